//! From a text to its tree.

use std::path::Path;

use crate::text::Span;
use crate::{Node, json, toml, yaml};

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

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is not written in this notation; the message is the parser's.
    Syntax,
    /// A name is there twice, which the notation forbids.
    Duplicate,
    /// It nests deeper than [`Node::DEEPEST`].
    TooDeep,
    /// It holds, or its aliases repeat, more values than are taken.
    TooLarge,
    /// Well written, but without a meaning: a second document, an alias inside of what it names.
    Meaningless,
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// What kind of mistake it is.
    pub reason: Reason,
    /// What is wrong; of a duplicate, the name.
    pub message: String,
    /// Where it was noticed.
    pub at: Span,
    /// What to write instead, where the parser says so.
    pub help: Option<String>,
}

impl ReadError {
    pub(crate) fn new(reason: Reason, message: impl Into<String>, at: Span) -> Self {
        Self { reason, message: message.into(), at, help: None }
    }

    pub(crate) fn too_deep(at: Span) -> Self {
        Self::new(Reason::TooDeep, format!("more than {} levels of nesting", Node::DEEPEST), at)
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
