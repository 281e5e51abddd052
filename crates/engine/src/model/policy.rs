//! An IAM policy document, kept as text: a class has thousands, and a tree of one takes some ten times as much memory.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::canonical_json;

/// A policy in canonical JSON, so that two of one meaning are equal. Clones share the text.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy(Arc<str>);

impl Policy {
    /// A policy with this content.
    pub fn new(document: &Value) -> Self {
        Self(canonical_json(document).into())
    }

    /// The text as it is sent: keys sorted, no white space.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The content.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_is_its_content() {
        let document = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "é \"1\"", "Effect": "Allow" }] });
        let policy = Policy::new(&document);
        assert_eq!((policy.value(), json!(policy)), (document.clone(), document));
        assert_eq!(policy, Policy::new(&serde_json::from_str(policy.as_str()).unwrap()));
        assert_ne!(policy, Policy::new(&json!({})));
    }
}
