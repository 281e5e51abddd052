//! The JSON that flows from state to state.

use std::sync::{Arc, OnceLock};

use labctl_source::Node;
use serde_json::Value;

/// The most a state may take or give, in bytes of UTF-8.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
pub(super) const LARGEST: usize = 262_144;

/// A value that is shared, never copied, while it passes through states unchanged; its text is made once.
#[derive(Clone, Debug)]
pub(super) struct Payload(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    value: Value,
    text: OnceLock<Arc<str>>,
    too_deep: OnceLock<bool>,
}

impl Payload {
    pub(super) fn new(value: Value) -> Self {
        Self(Arc::new(Shared { value, text: OnceLock::new(), too_deep: OnceLock::new() }))
    }

    pub(super) fn value(&self) -> &Value {
        &self.0.value
    }

    /// The value, copied only if somebody else holds it too.
    pub(super) fn into_value(self) -> Value {
        Arc::try_unwrap(self.0).map_or_else(|shared| shared.value.clone(), |shared| shared.value)
    }

    /// Compact JSON.
    pub(super) fn text(&self) -> &str {
        self.shared_text()
    }

    /// Compact JSON, for whoever keeps it beyond the value.
    pub(super) fn shared_text(&self) -> &Arc<str> {
        self.0.text.get_or_init(|| self.0.value.to_string().into())
    }

    /// Whether its text is beyond what Step Functions carries.
    pub(super) fn is_too_large(&self) -> bool {
        self.text().len() > LARGEST
    }

    /// Whether it nests so deeply that readers of its text would refuse it.
    ///
    /// A loop that wraps its input again and again gets here; without the limit it would end in an exhausted stack.
    pub(super) fn is_too_deep(&self) -> bool {
        *self.0.too_deep.get_or_init(|| deeper_than(&self.0.value, Node::DEEPEST - 1))
    }
}

fn deeper_than(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(elements) => left == 0 || elements.iter().any(|element| deeper_than(element, left - 1)),
        Value::Object(members) => left == 0 || members.values().any(|member| deeper_than(member, left - 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn depth_has_a_limit() {
        let mut value = json!(1);
        for _ in 0..Node::DEEPEST - 1 {
            value = json!([value]);
        }
        assert!(!Payload::new(value.clone()).is_too_deep());
        assert!(serde_json::from_str::<Value>(&value.to_string()).is_ok());
        assert!(Payload::new(json!([value])).is_too_deep());
    }
}
