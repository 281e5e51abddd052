use std::sync::Arc;

use serde_json::Value;

use super::check::Checker;
use super::document::Codes;
use crate::source::{Diagnostic, Diagnostics, Node, Severity, SourceText, Span};

/// Findings whose words have no control characters: a roster's text must not steer a terminal.
pub(super) fn printable(findings: Diagnostics) -> Diagnostics {
    let plain = |text: String| {
        if !text.contains(char::is_control) {
            return text;
        }
        let escaped = |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
        text.chars().map(escaped).collect()
    };
    let findings = findings.0.into_iter().map(|finding| Diagnostic {
        message: plain(finding.message),
        label: finding.label.map(plain),
        help: finding.help.map(plain),
        ..finding
    });
    Diagnostics(findings.collect())
}

/// Where the findings of one file go.
pub(super) struct Reporter<'a> {
    /// The file.
    pub source: &'a Arc<SourceText>,
    /// The codes of its findings.
    pub codes: &'a Codes,
    /// Every finding so far.
    pub findings: &'a mut Diagnostics,
}

impl<'a> Reporter<'a> {
    /// A reporter for one file.
    pub(super) fn new(source: &'a Arc<SourceText>, codes: &'a Codes, findings: &'a mut Diagnostics) -> Self {
        Self { source, codes, findings }
    }

    /// Holds a value against a schema; `root` is what `$ref` is looked up in. True when all is well.
    pub(super) fn check(&mut self, node: &Node, schema: &Value, root: &Value, path: &str) -> bool {
        Checker { source: self.source, root, codes: self.codes, findings: self.findings }.check(node, schema, path)
    }

    /// Whether an error was told at a place of the file.
    pub(super) fn has_error_at(&self, place: Span) -> bool {
        let mut errors = self.findings.0.iter().filter(|finding| finding.severity == Severity::Error);
        errors.any(|error| {
            error.place.as_ref().is_some_and(|(source, span)| source.path == self.source.path && span.overlaps(place))
        })
    }

    /// Adds a finding at a place of the file.
    pub(super) fn tell(&mut self, finding: Diagnostic, span: Span) {
        self.findings.push(finding.at(self.source, span));
    }

    /// Adds the finding that a value is not allowed, and what to write instead.
    pub(super) fn refuse(&mut self, span: Span, message: String, help: impl Into<String>) {
        self.tell(Diagnostic::error(self.codes.bad_value, message).help(help), span);
    }
}
