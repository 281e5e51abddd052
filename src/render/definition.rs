//! State machine definitions, held against the language.

use serde_json::Value;

use crate::asl;

/// Reads YAML; a mistake comes with line and column, both from 1.
pub(super) fn read_yaml(text: &str) -> Result<Value, (String, usize, usize)> {
    let json = asl::yaml_to_json(text).map_err(|findings| match findings.into_iter().next() {
        Some(finding) => (finding.message, finding.line, finding.column),
        None => ("it cannot be read".to_owned(), 1, 1),
    })?;
    serde_json::from_str(&json).map_err(|error| (error.to_string(), 1, 1))
}
