use std::path::Path;
use std::sync::Arc;

use crate::host;
use crate::source::{self, Diagnostic, Diagnostics, Format, Node, ReadError, Reason, SourceText, Span};

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

impl Codes {
    /// The finding that a text cannot be read.
    pub(in crate::manifest) fn refusal(
        &self,
        error: &ReadError,
        notation: &str,
        source: &Arc<SourceText>,
    ) -> Diagnostic {
        let help = match (error.reason, notation) {
            (Reason::Duplicate, _) => return self.duplicate(&error.message, source, error.at),
            (Reason::Syntax, "JSON") => {
                "comments and trailing commas are not JSON; TOML and YAML manifests may have comments"
            }
            (Reason::Syntax, "YAML") => "check the indentation and the quotes of this line and the one before it",
            (Reason::Syntax, "TOML") => {
                "check the quotes and brackets of this line; text stands in quotes, as in `key = \"text\"`"
            }
            _ => "",
        };
        let message = match (error.reason, notation) {
            (Reason::Syntax, "TOML") => format!("this is not TOML: {}", error.message),
            (Reason::Syntax, _) => format!("this is not {notation}: {}", error.message.to_lowercase()),
            _ => error.message.clone(),
        };
        let help = error.help.clone().unwrap_or_else(|| help.to_owned());
        let finding = Diagnostic::error(self.syntax, message).at(source, error.at);
        if help.is_empty() { finding } else { finding.help(help) }
    }

    fn duplicate(&self, key: &str, source: &Arc<SourceText>, at: Span) -> Diagnostic {
        Diagnostic::error(self.duplicate_key, format!("`{key}` is set twice"))
            .at(source, at)
            .label("set before")
            .help("keep one of the two")
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
        let name = match format {
            Format::Toml => "TOML",
            Format::Yaml => "YAML",
            Format::Json => "JSON",
        };
        let refused = |errors: Vec<ReadError>| errors.iter().map(|error| codes.refusal(error, name, source)).collect();
        let root = source::read(&source.text, format).map_err(|errors| Diagnostics(refused(errors)))?;
        let twice: Vec<Diagnostic> =
            root.duplicates().iter().map(|member| codes.duplicate(&member.key, source, member.key_at)).collect();
        if twice.is_empty() { Ok(Self { source: Arc::clone(source), root }) } else { Err(Diagnostics(twice)) }
    }
}

/// Reads a file as text. A byte order mark is dropped.
pub(in crate::manifest) fn read(path: &Path, codes: &Codes) -> Result<Arc<SourceText>, Diagnostic> {
    from_bytes(path, &bytes_of(path, codes)?, codes)
}

fn bytes_of(path: &Path, codes: &Codes) -> Result<Vec<u8>, Diagnostic> {
    host::read(path, host::LARGEST_TEXT).map_err(|error| {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string().to_lowercase(),
        };
        Diagnostic::error(codes.unreadable, format!("cannot read `{}`: {what}", path.display()))
    })
}

/// Reads what another program exported: UTF-8, or UTF-16 with a byte order mark, as spreadsheets and Blackboard write it.
pub(in crate::manifest) fn read_export(path: &Path) -> Result<Arc<SourceText>, Diagnostic> {
    let codes = &Codes::ROSTER;
    let bytes = bytes_of(path, codes)?;
    let units = |to_unit: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes.get(2..).unwrap_or_default().as_chunks().0.iter().map(|pair| to_unit(*pair)).collect()
    };
    let units = match bytes.get(..2) {
        Some(b"\xff\xfe") => units(u16::from_le_bytes),
        Some(b"\xfe\xff") => units(u16::from_be_bytes),
        _ => return from_bytes(path, &bytes, codes),
    };
    match String::from_utf16(&units) {
        Ok(text) if bytes.len() % 2 == 0 => Ok(SourceText::new(path, text)),
        _ => {
            let message = format!("`{}` begins as UTF-16 and is none", path.display());
            Err(Diagnostic::error(codes.not_utf8, message).help("save it again as UTF-8"))
        }
    }
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
