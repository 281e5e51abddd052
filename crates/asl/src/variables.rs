//! Workflow variables: what `Assign` keeps for later states.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::failure::{Failure, FailureKind};
use super::payload::{LARGEST, Payload};

/// All variables of an execution together, in bytes.
const LARGEST_OF_ALL: usize = 10 * 1024 * 1024;

/// The variables that a thread sees: those of the scopes around it as they were when it began, and its own.
///
/// What it assigns is gone when its scope ends, which is AWS's rule. Copies share everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(Arc<BTreeMap<String, Payload>>);

impl Variables {
    pub(super) fn get(&self, name: &str) -> Option<&Payload> {
        self.0.get(name)
    }

    /// Takes in what a state assigned.
    pub(super) fn assign(&mut self, assigned: &Assigned) -> Result<(), Failure> {
        if assigned.0.is_empty() {
            return Ok(());
        }
        let sizes = assigned.0.iter().map(|(_, value)| value.text().len());
        if sizes.clone().any(|size| size > LARGEST) || sizes.sum::<usize>() > LARGEST {
            return Err(too_large("The variables that one state assigns must not exceed 262144 bytes."));
        }
        let variables = Arc::make_mut(&mut self.0);
        variables.extend(assigned.0.iter().cloned());
        if variables.values().map(|value| value.text().len()).sum::<usize>() > LARGEST_OF_ALL {
            return Err(too_large("The variables of an execution must not exceed 10485760 bytes."));
        }
        Ok(())
    }
}

fn too_large(cause: &str) -> Failure {
    Failure { kind: FailureKind::DataLimit, ..Failure::named("States.DataLimitExceeded", cause) }
}

/// What a state assigns on its way out.
#[derive(Clone, Debug, Default)]
pub(super) struct Assigned(Vec<(String, Payload)>);

impl Assigned {
    /// From the object that an Assign field evaluates to.
    pub(super) fn new(values: Value) -> Self {
        match values {
            Value::Object(members) => {
                Self(members.into_iter().map(|(name, value)| (name, Payload::new(value))).collect())
            }
            _ => Self::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As an event tells them: an object of JSON texts.
    pub(super) fn texts(&self) -> impl Serialize + '_ {
        Texts(&self.0)
    }
}

struct Texts<'a>(&'a [(String, Payload)]);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            members.serialize_entry(name, value.text())?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_copy_does_not_see_what_comes_later() {
        let mut outer = Variables::default();
        outer.assign(&Assigned::new(json!({"a": 1}))).unwrap();
        let mut inner = outer.clone();
        inner.assign(&Assigned::new(json!({"a": 2, "b": 3}))).unwrap();
        assert_eq!(outer.get("a").unwrap().value(), 1);
        assert_eq!((inner.get("a").unwrap().value(), inner.get("b").unwrap().value()), (&json!(2), &json!(3)));
        assert!(outer.get("b").is_none());
    }

    #[test]
    fn sizes_have_limits() {
        let mut variables = Variables::default();
        let half = "x".repeat(LARGEST / 2 + 1);
        assert!(variables.assign(&Assigned::new(json!({"a": half}))).is_ok());
        let failure = variables.assign(&Assigned::new(json!({"a": half, "b": half}))).unwrap_err();
        assert_eq!(failure.error.as_deref(), Some("States.DataLimitExceeded"));
        let whole = "x".repeat(LARGEST - 2);
        let mut assign = |index: usize| variables.assign(&Assigned::new(json!({format!("v{index}"): whole})));
        assert!((0..39).all(|index| assign(index).is_ok()));
        assert!(assign(39).is_err());
    }
}
