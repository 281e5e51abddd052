//! The ways in.

use super::reader::Reader;
use super::report::NOT_SUPPORTED;
use crate::asl::document::Node;
use crate::asl::finding::{Finding, Severity};
use crate::asl::machine::Machine;
use crate::asl::outline::Outline;
use crate::asl::{json, yaml};

/// How a definition is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// As AWS takes it.
    Json,
    /// Deployed as the JSON that [`crate::asl::yaml_to_json`] makes of it.
    Yaml,
}

/// The machine that a definition in JSON describes, or everything that is wrong with it, warnings included.
///
/// <https://states-language.net/spec.html>. Limits of EXPRESS machines are not looked at: see [`check`].
pub fn parse(text: &str) -> Result<Machine, Vec<Finding>> {
    let root = json::read(text).map_err(|finding| vec![finding])?;
    build(&root)
}

/// As [`parse`], for a definition in YAML.
pub fn parse_yaml(text: &str) -> Result<Machine, Vec<Finding>> {
    let root = yaml::read(text).map_err(|finding| vec![finding])?;
    build(&root)
}

fn build(root: &Node) -> Result<Machine, Vec<Finding>> {
    let (machine, findings) = Reader::read(root, false);
    machine.ok_or(findings)
}

/// The machine in words, also of a definition that AWS takes and this interpreter does not run.
///
/// # Errors
/// Everything for which AWS would refuse the definition.
pub fn outline(text: &str, syntax: Syntax) -> Result<Outline, Vec<Finding>> {
    let root = match syntax {
        Syntax::Json => json::read(text),
        Syntax::Yaml => yaml::read(text),
    };
    let (machine, mut findings) = Reader::read_all(&root.map_err(|finding| vec![finding])?, false);
    findings.retain(|finding| finding.severity == Severity::Error && finding.code != NOT_SUPPORTED);
    if findings.is_empty() { Ok(machine.outline()) } else { Err(findings) }
}

/// Everything that is wrong or doubtful in a definition, in the order of the text.
///
/// Errors are what CreateStateMachine refuses (and, with code `NOT_SUPPORTED`, what this interpreter does not do);
/// `express` adds what it refuses for an EXPRESS machine.
pub fn check(text: &str, syntax: Syntax, express: bool) -> Vec<Finding> {
    let root = match syntax {
        Syntax::Json => json::read(text),
        Syntax::Yaml => yaml::read(text),
    };
    let mut findings = match root {
        Ok(root) => Reader::read(&root, express).1,
        Err(finding) => vec![finding],
    };
    findings.sort_by_key(|finding| (finding.line, finding.column, finding.severity == Severity::Warning));
    findings
}
