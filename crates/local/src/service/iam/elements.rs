//! Values that may be one thing or a list of them.

use serde_json::Value;

/// A value that may be one thing or a list of them.
pub(super) fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let list = match value {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    list.iter()
}

/// The strings of a value that may be one or a list; numbers and truths are written out.
pub(super) fn texts(value: &Value) -> Vec<String> {
    elements(Some(value))
        .map(|element| match element {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect()
}
