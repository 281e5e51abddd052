//! A mistake in what a person wrote, with its place.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::text::{SourceText, Span};

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

/// One finding: what is wrong, where, and what to do next. Lower-case, no full stop, the user's words in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A stable code (`job::unknown-key`), for scripts.
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
