//! A mistake in a file the user wrote, with its place: collected by the rooms, shown by `ui`.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

/// How bad a finding is. Only errors stop a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Could be better; told only when asked for.
    Note,
    /// Worth knowing; nothing stops.
    Warning,
    /// The command cannot go on.
    Error,
}

/// A stretch of a file, in bytes from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// Bytes before the stretch.
    pub offset: usize,
    /// Bytes in the stretch; 0 points between two characters.
    pub length: usize,
}

impl Span {
    /// Whether two stretches have a byte in common, or one is empty and lies in the other.
    pub fn overlaps(self, other: Self) -> bool {
        let end = |span: Self| span.offset + span.length.max(1);
        self.offset < end(other) && other.offset < end(self)
    }
}

/// A file's text as it was read, shared by every diagnostic that points into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The path as the user would type it (`lab-manifest.toml`, `templates/step-functions/asl/order.asl.json.hbs`).
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
}

impl SourceText {
    /// A text and the path it came from.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into() })
    }

    /// Line and column of a byte offset, both counted from 1, columns in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = self.text.get(..end).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// The byte offset of a line and column (both from 1, columns in characters); past the end of a line is its end.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let start: usize = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let rest = self.text.get(start..).unwrap_or_default().split('\n').next().unwrap_or_default();
        let before = column.saturating_sub(1);
        // Definitions without line ends are long, and nearly all of them are ASCII.
        if rest.is_ascii() {
            return start + before.min(rest.len());
        }
        start + rest.chars().take(before).map(char::len_utf8).sum::<usize>()
    }
}

/// One finding: what is wrong, where, and what to do next. Lower-case, no full stop, the user's words in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A stable code (`manifest::unknown-key`), for scripts.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where, when there is a file to point into.
    pub place: Option<(Arc<SourceText>, Span)>,
    /// The words under the caret.
    pub label: Option<String>,
    /// What to do next.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a place; add one with [`Diagnostic::at`].
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), place: None, label: None, help: None }
    }

    /// A warning without a place.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Points the finding into a file.
    #[must_use]
    pub fn at(mut self, source: &Arc<SourceText>, span: Span) -> Self {
        self.place = Some((Arc::clone(source), span));
        self
    }

    /// The words under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// What to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Every finding of one run, in the order of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Adds one finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds what a later look found, but for what stands where an error was told before: it is mostly that error's consequence.
    pub fn follow(&mut self, later: impl IntoIterator<Item = Diagnostic>) {
        let errors: Vec<(PathBuf, Span)> = self
            .0
            .iter()
            .filter(|known| known.severity == Severity::Error)
            .filter_map(|known| known.place.as_ref().map(|(source, span)| (source.path.clone(), *span)))
            .collect();
        let told = |finding: &Diagnostic| {
            let Some((source, span)) = &finding.place else { return false };
            errors.iter().any(|(path, known)| source.path == *path && known.overlaps(*span))
        };
        self.0.extend(later.into_iter().filter(|finding| !told(finding)));
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, iter: I) {
        self.0.extend(iter);
    }
}
