//! All there is to say about a definition.

use super::doubt;
use super::entry::{Syntax, read};
use super::outline::Outline;
use super::place;
use super::reader::Reader;
use super::report::Report;
use super::rules;
use crate::asl::finding::{Finding, Severity};

/// What a definition is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// It is for an EXPRESS machine.
    pub express: bool,
    /// It is for the local endpoint, which refuses some things that AWS takes; otherwise these are notes.
    pub local: bool,
}

/// Every finding of every severity, in the order of the text, each mistake once: nothing that only follows from another one.
///
/// `${Names}` in texts, which other tools replace before AWS sees them, stand for anything.
pub fn lint(text: &str, syntax: Syntax, asked: Asked) -> Vec<Finding> {
    let root = match read(text, syntax) {
        Ok(root) => root,
        Err(finding) => return vec![finding],
    };
    let (machine, mut findings) = Reader::read(&root, asked.express);
    findings.retain(|finding| !finding.follows);
    if !asked.local {
        for finding in findings.iter_mut().filter(|finding| *finding.rule == rules::NOT_IN_LOCAL) {
            finding.severity = Severity::Note;
        }
    }
    let mut doubts = Report::default();
    if let Some(outline) = Outline::of(&root) {
        doubt::all(&outline, machine.as_ref(), asked.express, &mut doubts);
    }
    findings.extend(doubts.findings);
    let lines: Vec<&str> = text.split('\n').collect();
    findings.retain(|finding| !place::is_replaced(&lines, finding));
    for finding in &mut findings {
        place::narrow(&lines, finding, syntax);
    }
    findings.sort_by_key(|finding| (finding.line, finding.column, finding.severity));
    findings.dedup_by(|second, first| {
        first.rule == second.rule && (first.line, first.column) == (second.line, second.column)
    });
    findings
}
