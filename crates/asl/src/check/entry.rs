//! The ways in.

use labctl_source::{Node, Severity};

use super::reader::Reader;
use super::rules;
use crate::definition::Definition;
use crate::finding::Finding;
use crate::notation::{Syntax, read, read_template};
use crate::outline::Outline;

/// The machine that a definition in JSON describes, or everything that is wrong with it, warnings included.
///
/// <https://states-language.net/spec.html>. Limits of EXPRESS machines are not looked at: see [`check`].
pub fn parse(text: &str) -> Result<Definition, Vec<Finding>> {
    let root = read(text, Syntax::Json).map_err(|finding| vec![finding])?;
    build(&root)
}

/// As [`parse`], for a definition in YAML.
pub fn parse_yaml(text: &str) -> Result<Definition, Vec<Finding>> {
    let root = read(text, Syntax::Yaml).map_err(|finding| vec![finding])?;
    build(&root)
}

fn build(root: &Node) -> Result<Definition, Vec<Finding>> {
    let (machine, findings) = Reader::read(root, false);
    machine.ok_or(findings)
}

/// The machine in words, also of a definition that AWS takes and this interpreter does not run.
///
/// Whatever has states is described, as far as it can be read.
///
/// # Errors
/// Why there is no state to describe.
pub fn outline(text: &str, syntax: Syntax) -> Result<Outline, Vec<Finding>> {
    let root = read_template(text, syntax).map_err(|finding| vec![finding])?;
    let (machine, mut findings) = Reader::read_all(&root, false);
    let outline = machine.outline();
    if !outline.states.is_empty() {
        return Ok(outline);
    }
    findings.retain(|finding| Reader::stops(finding) && finding.rule.code != rules::NOT_IN_LOCAL.code);
    Err(findings)
}

/// What AWS says about a definition, in the order of the text; for all there is to say see [`super::lint()`].
///
/// Errors are what CreateStateMachine refuses (and, with code `NOT_SUPPORTED`, what this interpreter does not do);
/// `express` adds what it refuses for an EXPRESS machine. Warnings are those of ValidateStateMachineDefinition.
pub fn check(text: &str, syntax: Syntax, express: bool) -> Vec<Finding> {
    let mut findings = match read(text, syntax) {
        Ok(root) => Reader::read(&root, express).1,
        Err(finding) => vec![finding],
    };
    findings.retain(|finding| finding.rule.aws.is_some());
    // AWS knows no notes.
    findings.iter_mut().filter(|finding| !finding.is_error()).for_each(|finding| finding.severity = Severity::Warning);
    findings.sort_by_key(|finding| (finding.at.offset, !finding.is_error()));
    findings
}
