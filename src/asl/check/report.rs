//! Where findings are collected.

use crate::asl::document::Position;
use crate::asl::finding::{Finding, Severity};

/// The code of most refusals.
pub(super) const SCHEMA: &str = "SCHEMA_VALIDATION_FAILED";
/// What AWS takes and this interpreter does not.
pub(super) const NOT_SUPPORTED: &str = "NOT_SUPPORTED";

/// The findings so far.
#[derive(Default)]
pub(super) struct Report {
    pub findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, severity: Severity, code: &'static str, message: String, pointer: &str, at: Position) {
        self.findings.push(Finding {
            code,
            severity,
            message,
            pointer: pointer.to_owned(),
            line: at.line,
            column: at.column,
            length: at.length,
            help: None,
        });
    }

    pub(super) fn error(&mut self, code: &'static str, message: impl Into<String>, pointer: &str, at: Position) {
        self.add(Severity::Error, code, message.into(), pointer, at);
    }

    pub(super) fn warn(&mut self, code: &'static str, message: impl Into<String>, pointer: &str, at: Position) {
        self.add(Severity::Warning, code, message.into(), pointer, at);
    }

    /// Tells what to do about the last finding.
    pub(super) fn help(&mut self, help: impl Into<String>) {
        if let Some(finding) = self.findings.last_mut() {
            finding.help = Some(help.into());
        }
    }

    /// Suggests the known word that is nearest to what was written, if one is near.
    pub(super) fn suggest<'k>(&mut self, written: &str, known: impl IntoIterator<Item = &'k str>) {
        let most = |word: &str| word.chars().count().max(3) / 3;
        let length = written.chars().count();
        let near = known
            .into_iter()
            // Comparing takes time and space as the product of the lengths, and a name may have any.
            .filter(|word| word.chars().count().abs_diff(length) <= most(word))
            .map(|word| (strsim::damerau_levenshtein(&word.to_lowercase(), &written.to_lowercase()), word))
            .filter(|(distance, word)| *distance <= most(word))
            .min();
        if let Some((_, word)) = near {
            self.help(format!("did you mean `{word}`?"));
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}
