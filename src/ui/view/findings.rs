//! Findings and the rules behind them.

use serde::Serialize;

use crate::source::{Diagnostic, Diagnostics, Severity};

/// Counts of a lint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LintSummary {
    /// Definitions looked at.
    pub files: usize,
    /// What AWS refuses.
    pub errors: usize,
    /// What AWS accepts and what will go wrong.
    pub warnings: usize,
    /// What could be better; counted only when asked for.
    pub notes: usize,
    /// Findings beyond those that are listed.
    pub unlisted: usize,
}

/// One finding with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingView {
    /// `error`, `warning` or `note`.
    pub severity: Severity,
    /// Stable, for scripts and for `labctl explain`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The file it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// From 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl FindingView {
    /// All findings, in order.
    pub fn all(found: &Diagnostics) -> Vec<Self> {
        found.0.iter().map(Self::from).collect()
    }
}

impl From<&Diagnostic> for FindingView {
    fn from(diagnostic: &Diagnostic) -> Self {
        let place = diagnostic.place.as_ref().map(|(source, span)| (source, source.line_column(span.offset)));
        Self {
            severity: diagnostic.severity,
            code: diagnostic.code,
            message: diagnostic.message.clone(),
            file: place.map(|(source, _)| source.path.display().to_string()),
            line: place.map(|(_, (line, _))| line),
            column: place.map(|(_, (_, column))| column),
            help: diagnostic.help.clone(),
        }
    }
}

/// `lint`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LintView {
    /// Counts.
    pub summary: LintSummary,
    /// In the order of the files and of their text.
    pub findings: Vec<FindingView>,
    /// The same, with the texts they point into.
    #[serde(skip)]
    pub shown: Diagnostics,
}

/// A rule, explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleView {
    /// `asl::missing-next`
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// AWS's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_code: Option<&'static str>,
    /// The mistake.
    pub title: &'static str,
    /// What AWS does, and what to do instead.
    pub text: &'static str,
    /// The file that the examples are parts of; absent for the language's own, which are parts of a definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'static str>,
    /// An example of it; empty where none can be shown.
    pub wrong: String,
    /// The example, put right.
    pub right: String,
    /// The documentation.
    pub page: &'static str,
}

/// `explain`: one rule in full, or all of them in a line each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExplainView {
    /// The rules.
    pub rules: Vec<RuleView>,
    /// Whether the list is shown.
    #[serde(skip)]
    pub listed: bool,
}
