//! Arguments of a call, as functions want them.

use serde_json::Value;

/// The arguments were counted when the definition was read.
pub(super) fn argument(arguments: &[Value], at: usize) -> &Value {
    arguments.get(at).unwrap_or(&Value::Null)
}

/// An argument that must be a string.
pub(super) fn string(arguments: &[Value], at: usize) -> Result<&str, String> {
    let value = argument(arguments, at);
    value.as_str().ok_or_else(|| format!("argument {} must be a string, not {value}", at + 1))
}

/// An argument that must be an array.
pub(super) fn list(arguments: &[Value], at: usize) -> Result<&[Value], String> {
    let value = argument(arguments, at);
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("argument {} must be an array, not {value}", at + 1))
}

/// An argument that must be a number; fractions are rounded as AWS rounds them: halves upwards.
pub(super) fn integer(arguments: &[Value], at: usize) -> Result<i64, String> {
    let value = argument(arguments, at);
    if let Some(number) = value.as_i64() {
        return Ok(number);
    }
    let rounded = value.as_f64().map(|number| (number + 0.5).floor());
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the filter")]
    let number = rounded.filter(|number| number.abs() < 9.0e15).map(|number| number as i64);
    number.ok_or_else(|| format!("argument {} must be an integer, not {value}", at + 1))
}
