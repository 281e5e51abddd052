//! State machine definitions, held against the language.

use serde_json::Value;

/// Reads YAML; a mistake comes with line and column, both from 1.
pub(super) fn read_yaml(text: &str) -> Result<Value, (String, usize, usize)> {
    serde_yaml::from_str(text).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
        (error.to_string(), line, column)
    })
}
