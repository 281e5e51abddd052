//! Where findings are collected.

use labctl_source::{Span, nearest};

use super::Rule;
use super::rules;
use crate::finding::Finding;

/// The findings so far.
#[derive(Default)]
pub(super) struct Report {
    pub findings: Vec<Finding>,
    /// Whether another tool says in which query language the state at hand is.
    pub open_language: bool,
}

/// What is a mistake in one of the two query languages only.
static OF_A_LANGUAGE: [&Rule; 11] = [
    &rules::BAD_INTRINSIC,
    &rules::BAD_JSONATA,
    &rules::BAD_PATH,
    &rules::BAD_REFERENCE_PATH,
    &rules::INTRINSIC_IN_JSONATA,
    &rules::JSONATA_MARKS,
    &rules::OTHER_QUERY_LANGUAGE,
    &rules::QUERY_LANGUAGE_DOWNGRADE,
    &rules::STATES_MEMBER,
    &rules::TOP_LEVEL_REFERENCE,
    &rules::TWIN_FIELDS,
];

impl Report {
    /// A breach of a rule, as bad as the rule says.
    pub(super) fn tell(&mut self, rule: &'static Rule, message: impl Into<String>, pointer: &str, at: Span) {
        let unfilled = self.open_language && OF_A_LANGUAGE.contains(&rule);
        self.findings.push(Finding { unfilled, ..Finding::new(rule, message.into(), pointer, at) });
    }

    /// Tells what to do about the last finding.
    pub(super) fn help(&mut self, help: impl Into<String>) {
        if let Some(finding) = self.findings.last_mut() {
            finding.help = Some(help.into());
        }
    }

    /// Marks the last finding as one that another one brought about.
    pub(super) fn follows(&mut self, follows: bool) {
        if let Some(finding) = self.findings.last_mut() {
            finding.follows = follows;
        }
    }

    /// Marks the last finding as one that hangs on what is still to be filled in.
    pub(super) fn unfilled(&mut self) {
        if let Some(finding) = self.findings.last_mut() {
            finding.unfilled = true;
        }
    }

    /// Moves the last finding to a character inside the text it points at, counted from 0.
    pub(super) fn inside(&mut self, character: usize) {
        if let Some(finding) = self.findings.last_mut() {
            finding.inside = Some(character);
        }
    }

    /// Suggests the known word that is nearest to what was written, if one is near.
    pub(super) fn suggest<'k>(&mut self, written: &str, known: impl IntoIterator<Item = &'k str>) {
        if let Some(word) = nearest(written, known) {
            self.help(format!("did you mean `{word}`?"));
        }
    }
}
