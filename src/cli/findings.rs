//! Findings as `--json` gives them.

use serde::Serialize;

use crate::model::{Diagnostic, Diagnostics, Severity};

/// One finding with its place.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    severity: Severity,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl From<&Diagnostic> for Finding {
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

/// All findings, in order.
pub(super) fn findings(found: &Diagnostics) -> Vec<Finding> {
    found.0.iter().map(Finding::from).collect()
}
