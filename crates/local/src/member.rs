//! Reading JSON: a member that is not there reads as null.

use serde_json::Value;

/// What [`Member::member`] gives for what is not there.
static NULL: Value = Value::Null;

/// Reading JSON members without asking first.
pub(crate) trait Member {
    /// The member of an object; null when there is none, and for what is no object.
    fn member(&self, name: &str) -> &Value;

    /// Whether the member is `true`.
    fn is_true(&self, name: &str) -> bool {
        *self.member(name) == Value::Bool(true)
    }
}

impl Member for Value {
    fn member(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&NULL)
    }
}
