//! From a text to its tree.

use std::path::Path;

use crate::{Node, ReadError, json, toml, yaml};

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// <https://toml.io/en/v1.0.0>
    Toml,
    /// <https://yaml.org/spec/1.2.2/>, core schema, one document.
    Yaml,
    /// <https://www.rfc-editor.org/rfc/rfc8259>
    Json,
}

impl Format {
    /// The format that a file's extension names.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// The tree of a text. Duplicate names are kept, see [`Node::duplicates`]; TOML has none.
///
/// # Errors
/// Every mistake that the parser can tell apart: several in TOML, one in the others.
pub fn read(text: &str, format: Format) -> Result<Node, Vec<ReadError>> {
    match format {
        Format::Toml => toml::read(text),
        Format::Yaml => yaml::read(text, usize::MAX).map(|document| document.root).map_err(|error| vec![error]),
        Format::Json => json::read(text).map_err(|error| vec![error]),
    }
}
