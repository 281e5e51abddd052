//! Values in messages.

use std::borrow::Cow;

use serde_json::Value;

/// A string without its quotes, anything else as JSON.
pub(super) fn bare(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}
