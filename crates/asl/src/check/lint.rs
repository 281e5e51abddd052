//! All there is to say about a definition.

use labctl_source::{Severity, Span};

use super::help;
use super::place;
use super::reader::Reader;
use super::report::Report;
use super::rule::Rule;
use super::rules;
use super::warnings;
use super::written::Written;
use crate::finding::Finding;
use crate::notation::{Syntax, read, read_template};

/// What a definition is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// It is for an EXPRESS machine.
    pub express: bool,
    /// It is for a lesson: what the local endpoint refuses is an error, and what is only doubtful a warning; elsewhere both are
    /// notes.
    pub lesson: bool,
}

/// The largest definition that CreateStateMachine takes, in bytes.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const LARGEST: usize = 1024 * 1024;

/// What may be meant as it is written, or works by luck.
static DOUBTFUL: [&Rule; 5] = [
    &rules::CALLBACK_WITHOUT_TIMEOUT,
    &rules::DOLLAR_KEY,
    &rules::ERROR_NEVER_HANDLED,
    &rules::NOT_IN_MARKS,
    &rules::STATIC_RESULT,
];

/// How bad a finding is for what it is held against: in a lesson nothing doubtful should stand.
fn severity(finding: &Finding, asked: Asked) -> Severity {
    let rule = finding.rule;
    // In Assign, texts that look like paths are common constants.
    let is_constant = *rule == rules::MISSING_DOLLAR && finding.pointer.contains("/Assign/");
    if finding.unfilled && !asked.lesson {
        Severity::Warning
    } else if asked.lesson {
        if DOUBTFUL.contains(&rule) { Severity::Warning } else { rule.severity }
    } else if is_constant || *rule == rules::NOT_IN_LOCAL {
        Severity::Note
    } else {
        rule.severity
    }
}

/// Every finding of every severity, in the order of the text, each mistake once: nothing that only follows from another one.
///
/// `${Names}`, which other tools replace before AWS sees them, stand for anything, in quotes and without.
pub fn lint(text: &str, syntax: Syntax, asked: Asked) -> Vec<Finding> {
    // What a lesson sends goes to AWS as it is.
    let tree = if asked.lesson { read(text, syntax) } else { read_template(text, syntax) };
    let root = match tree {
        Ok(root) => root,
        Err(mut finding) => {
            finding.help.get_or_insert_with(|| help::of(finding.rule).to_owned());
            return vec![finding];
        }
    };
    let (definition, mut findings) = Reader::read_all(&root, asked.express);
    let good = !findings.iter().any(Reader::stops);
    findings.retain(|finding| !finding.follows);
    let mut warnings = Report::default();
    if let Some(written) = Written::of(&root, &definition) {
        warnings::all(&written, Some(&definition).filter(|_| good), asked.express, &mut warnings);
    }
    if text.len() > LARGEST {
        let message = format!("the definition has {} bytes, and Step Functions takes {LARGEST}", text.len());
        warnings.tell(&rules::TOO_LARGE, message, "", Span { offset: 0, length: 1 });
        warnings.help("split the workflow, or move data out of it");
    }
    findings.extend(warnings.findings);
    for finding in &mut findings {
        finding.severity = severity(finding, asked);
        finding.help.get_or_insert_with(|| help::of(finding.rule).to_owned());
    }
    findings.retain(|finding| !place::is_replaced(text, finding));
    for finding in &mut findings {
        place::narrow(text, finding, syntax);
    }
    findings.sort_by_key(|finding| (finding.at.offset, std::cmp::Reverse(finding.severity)));
    findings.dedup_by(|second, first| first.rule == second.rule && first.at.offset == second.at.offset);
    findings
}
