//! What an event tells beside its type.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::variables::Assigned;

/// The details of a history event. They share their texts with the run, and become JSON only for whoever looks at them.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>
#[derive(Clone)]
pub struct Details {
    reported: Reported,
    value: OnceLock<Box<Value>>,
}

#[derive(Clone)]
enum Reported {
    /// `StateEnteredEventDetails`
    Entered { name: Box<str>, input: Arc<str> },
    /// `StateExitedEventDetails`
    Exited { name: Box<str>, output: Arc<str>, assigned: Assigned },
    /// Any other.
    Object(Value),
}

impl Details {
    pub(super) fn entered(name: &str, input: Arc<str>) -> Self {
        Reported::Entered { name: name.into(), input }.into()
    }

    pub(super) fn exited(name: &str, output: Arc<str>, assigned: Assigned) -> Self {
        Reported::Exited { name: name.into(), output, assigned }.into()
    }

    /// The details as JSON; made when they are first asked for.
    pub fn value(&self) -> &Value {
        match &self.reported {
            Reported::Object(value) => value,
            // Texts and numbers only, which always make a value.
            reported => self.value.get_or_init(|| Box::new(serde_json::to_value(reported).unwrap_or_default())),
        }
    }
}

impl From<Reported> for Details {
    fn from(reported: Reported) -> Self {
        Self { reported, value: OnceLock::new() }
    }
}

impl From<Value> for Details {
    fn from(value: Value) -> Self {
        Reported::Object(value).into()
    }
}

impl Deref for Details {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.value()
    }
}

impl PartialEq for Details {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl PartialEq<Value> for Details {
    fn eq(&self, other: &Value) -> bool {
        self.value() == other
    }
}

impl fmt::Debug for Details {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(formatter)
    }
}

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.reported.serialize(serializer)
    }
}

impl Serialize for Reported {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Object(value) = self {
            return value.serialize(serializer);
        }
        let mut members = serializer.serialize_map(None)?;
        match self {
            Self::Object(_) => {}
            Self::Entered { name, input } => {
                members.serialize_entry("name", name)?;
                members.serialize_entry("input", input)?;
                members.serialize_entry("inputDetails", &Whole)?;
            }
            Self::Exited { name, output, assigned } => {
                members.serialize_entry("name", name)?;
                members.serialize_entry("output", output)?;
                members.serialize_entry("outputDetails", &Whole)?;
                if !assigned.is_empty() {
                    members.serialize_entry("assignedVariables", &assigned.texts())?;
                    members.serialize_entry("assignedVariablesDetails", &Whole)?;
                }
            }
        }
        members.end()
    }
}

/// `HistoryEventExecutionDataDetails` of a text that was not cut.
struct Whole;

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(1))?;
        members.serialize_entry("truncated", &false)?;
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_and_value_say_the_same() {
        let assigned = Assigned::new(json!({"x": [1, "é\n"], "y": null}));
        for details in [
            Details::entered("a \"state\"", r#"{"k":"v"}"#.into()),
            Details::exited("s", "null".into(), Assigned::default()),
            Details::exited("s", "7".into(), assigned),
            Details::from(json!({"cause": "why"})),
        ] {
            assert_eq!(serde_json::to_string(&details).unwrap(), details.value().to_string());
        }
        let exited = Details::exited("s", "7".into(), Assigned::new(json!({"x": {"a": 1}})));
        let expected = r#"{"name":"s","output":"7","outputDetails":{"truncated":false},"assignedVariables":{"x":"{\"a\":1}"},"assignedVariablesDetails":{"truncated":false}}"#;
        assert_eq!(exited.value().to_string(), expected);
    }
}
