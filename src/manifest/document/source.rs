use std::path::Path;
use std::sync::Arc;

use super::{Node, json, toml, yaml};
use crate::host;
use crate::model::{Diagnostic, Diagnostics, SourceText, Span};

/// The stable codes of the findings that every kind of file can have.
#[derive(Clone, Copy, Debug)]
pub(in crate::manifest) struct Codes {
    /// The file cannot be read.
    pub unreadable: &'static str,
    /// The file is not text in UTF-8.
    pub not_utf8: &'static str,
    /// The file is not TOML, YAML, JSON or CSV.
    pub syntax: &'static str,
    /// A key or column that nobody reads.
    pub unknown_key: &'static str,
    /// A value of another type than is expected.
    pub wrong_type: &'static str,
    /// A key that must be there.
    pub missing_key: &'static str,
    /// A value of the right type that is not allowed.
    pub bad_value: &'static str,
    /// A key or column twice.
    pub duplicate_key: &'static str,
}

impl Codes {
    /// Codes of findings in a manifest.
    pub(in crate::manifest) const MANIFEST: Self = Self {
        unreadable: "manifest::unreadable",
        not_utf8: "manifest::not-utf8",
        syntax: "manifest::syntax",
        unknown_key: "manifest::unknown-key",
        wrong_type: "manifest::wrong-type",
        missing_key: "manifest::missing-key",
        bad_value: "manifest::bad-value",
        duplicate_key: "manifest::duplicate-key",
    };
    /// Codes of findings in a roster file.
    pub(in crate::manifest) const ROSTER: Self = Self {
        unreadable: "roster::unreadable",
        not_utf8: "roster::not-utf8",
        syntax: "roster::syntax",
        unknown_key: "roster::unknown-column",
        wrong_type: "roster::wrong-type",
        missing_key: "roster::missing-name",
        bad_value: "roster::bad-value",
        duplicate_key: "roster::duplicate-column",
    };
    /// Codes of findings in a pack.
    pub(in crate::manifest) const PACK: Self = Self {
        unreadable: "pack::unreadable",
        not_utf8: "pack::not-utf8",
        syntax: "pack::syntax",
        unknown_key: "pack::unknown-key",
        wrong_type: "pack::wrong-type",
        missing_key: "pack::missing-key",
        bad_value: "pack::bad-value",
        duplicate_key: "pack::duplicate-key",
    };
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::manifest) enum Format {
    /// <https://toml.io/en/v1.0.0>
    Toml,
    /// <https://yaml.org/spec/1.2.2/>, core schema, one document.
    Yaml,
    /// <https://www.rfc-editor.org/rfc/rfc8259>
    Json,
}

impl Format {
    /// The format that a file's extension names.
    pub(in crate::manifest) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// A file, parsed.
#[derive(Clone, Debug)]
pub(in crate::manifest) struct Document {
    /// Its text.
    pub source: Arc<SourceText>,
    /// Its content.
    pub root: Node,
}

impl Document {
    /// Parses a text; every syntax error the parser can tell apart is a finding.
    pub(in crate::manifest) fn parse(
        source: &Arc<SourceText>,
        format: Format,
        codes: &Codes,
    ) -> Result<Self, Diagnostics> {
        let parsed = match format {
            Format::Toml => toml::parse(source, codes),
            Format::Yaml => yaml::parse(source, codes),
            Format::Json => json::parse(source, codes),
        };
        parsed.map(|root| Self { source: Arc::clone(source), root }).map_err(Diagnostics)
    }
}

/// A stretch widened to whole characters inside the text: parsers that count bytes may point into one.
pub(super) fn whole(text: &str, span: Span) -> Span {
    let mut start = span.offset.min(text.len());
    let mut end = (span.offset + span.length).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Span { offset: start, length: end.saturating_sub(start) }
}

/// Reads a file as text. A byte order mark is dropped.
pub(in crate::manifest) fn read(path: &Path, codes: &Codes) -> Result<Arc<SourceText>, Diagnostic> {
    let bytes = host::read(path, host::LARGEST_TEXT).map_err(|error| {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string().to_lowercase(),
        };
        Diagnostic::error(codes.unreadable, format!("cannot read `{}`: {what}", path.display()))
    })?;
    from_bytes(path, &bytes, codes)
}

/// Takes a file's bytes as text. A byte order mark is dropped.
pub(in crate::manifest) fn from_bytes(path: &Path, bytes: &[u8], codes: &Codes) -> Result<Arc<SourceText>, Diagnostic> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(SourceText::new(path, text)),
        Err(error) => error,
    };
    let message = format!("`{}` is not text in UTF-8", path.display());
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Diagnostic::error(codes.not_utf8, message).help("it looks like UTF-16: save it again as UTF-8"));
    }
    let source = SourceText::new(path, String::from_utf8_lossy(bytes));
    // Everything before the bad byte is valid, so the offset holds in the repaired text too.
    let span = Span { offset: error.valid_up_to(), length: char::REPLACEMENT_CHARACTER.len_utf8() };
    Err(Diagnostic::error(codes.not_utf8, message).at(&source, span).label("not UTF-8").help("save it again as UTF-8"))
}
