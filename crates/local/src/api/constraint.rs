//! The constraints of the API's models, checked before an operation begins.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::table::ALL;
use crate::member::Member as _;
use crate::wire::Fault;

/// A member that must be there or be something.
#[derive(Debug)]
struct Constraint {
    name: &'static str,
    is_required: bool,
    rule: Option<Rule>,
}

/// What a value may be.
#[derive(Debug)]
enum Rule {
    /// So many characters.
    Text {
        least: usize,
        most: usize,
    },
    /// So many bytes; AWS does not repeat the value in its answer.
    Secret {
        least: usize,
        most: usize,
    },
    /// One of these, in AWS's order.
    OneOf(Vec<&'static str>),
    /// A whole number.
    Number {
        most: i64,
    },
    Truth,
    List,
    Structure,
}

/// The constraints of each operation, by service and operation.
fn constraints<'row>(service: &'row str, operation: &'row str) -> &'row [Constraint] {
    static ROWS: OnceLock<BTreeMap<(&str, &str), Vec<Constraint>>> = OnceLock::new();
    let rows: &BTreeMap<(&str, &str), Vec<Constraint>> = ROWS.get_or_init(|| {
        let rows = ALL.iter().flat_map(|api| api.operations.iter().map(|operation| (api.signing, operation)));
        rows.map(|(signing, operation)| ((signing, operation.name), read(operation.members))).collect()
    });
    rows.get(&(service, operation)).map_or(&[], Vec::as_slice)
}

fn read(members: &'static str) -> Vec<Constraint> {
    members.split_ascii_whitespace().filter_map(Constraint::read).collect()
}

impl Constraint {
    /// What a word of a row says beyond that the member is taken.
    fn read(word: &'static str) -> Option<Self> {
        let (name, rule) = word.split_once(':').map_or((word, None), |(name, rule)| (name, Some(rule)));
        let bare = name.trim_end_matches('!');
        let is_required = bare != name;
        (is_required || rule.is_some()).then(|| Self { name: bare, is_required, rule: rule.and_then(Rule::read) })
    }
}

/// Checks an operation's input against the model.
///
/// # Errors
/// `SerializationException` for a value of the wrong JSON type; `ValidationException` that names every other violation.
pub(crate) fn hold(service: &str, operation: &str, input: &Value) -> Result<(), Fault> {
    let mut violations = Vec::new();
    for constraint in constraints(service, operation) {
        let value = input.member(constraint.name);
        if value.is_null() {
            if constraint.is_required {
                violations.push(violation(Some("null"), constraint.name, "Member must not be null"));
            }
            continue;
        }
        let Some(rule) = &constraint.rule else { continue };
        if !rule.fits(value) {
            let message = format!("`{}` must be {}", constraint.name, rule.kind());
            return Err(Fault::client("SerializationException", message));
        }
        violations.extend(rule.violated(constraint.name, value));
    }
    if violations.is_empty() {
        return Ok(());
    }
    let plural = if violations.len() == 1 { "" } else { "s" };
    let message = format!("{} validation error{plural} detected: {}", violations.len(), violations.join("; "));
    Err(Fault::client("ValidationException", message))
}

impl Rule {
    fn read(text: &'static str) -> Option<Self> {
        Some(match text {
            "bool" => Self::Truth,
            "list" => Self::List,
            "structure" => Self::Structure,
            _ if text.starts_with('#') => Self::Number { most: text.trim_start_matches('#').parse().ok()? },
            _ => match text.split_once("..") {
                Some((least, most)) => {
                    let least = least.parse().ok()?;
                    match most.strip_suffix('B') {
                        Some(bytes) => Self::Secret { least, most: bytes.parse().ok()? },
                        None => Self::Text { least, most: most.parse().ok()? },
                    }
                }
                None => Self::OneOf(text.split('|').collect()),
            },
        })
    }

    fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Text { .. } | Self::Secret { .. } | Self::OneOf(_) => value.is_string(),
            Self::Number { .. } => value.is_i64() || value.is_u64(),
            Self::Truth => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Structure => value.is_object(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } | Self::Secret { .. } | Self::OneOf(_) => "a string",
            Self::Number { .. } => "a whole number",
            Self::Truth => "true or false",
            Self::List => "a list",
            Self::Structure => "a structure",
        }
    }

    fn violated(&self, name: &str, value: &Value) -> Option<String> {
        let text = value.as_str().unwrap_or_default();
        let quoted = format!("'{text}'");
        match self {
            Self::Text { least, most } => {
                length(text.chars().count(), *least, *most).map(|rule| violation(Some(&quoted), name, &rule))
            }
            Self::Secret { least, most } => length(text.len(), *least, *most).map(|rule| violation(None, name, &rule)),
            Self::OneOf(known) => (!known.contains(&text)).then(|| {
                let rule = format!("Member must satisfy enum value set: [{}]", known.join(", "));
                violation(Some(&quoted), name, &rule)
            }),
            Self::Number { most } => {
                let number = value.as_i64().unwrap_or(i64::MAX);
                let rule = if number < 0 {
                    "Member must have value greater than or equal to 0".to_owned()
                } else if number > *most {
                    format!("Member must have value less than or equal to {most}")
                } else {
                    return None;
                };
                Some(violation(Some(&format!("'{value}'")), name, &rule))
            }
            Self::Truth | Self::List | Self::Structure => None,
        }
    }
}

fn length(length: usize, least: usize, most: usize) -> Option<String> {
    if length > most {
        return Some(format!("Member must have length less than or equal to {most}"));
    }
    (length < least).then(|| format!("Member must have length greater than or equal to {least}"))
}

fn violation(value: Option<&str>, name: &str, rule: &str) -> String {
    let value = value.map(|value| format!(" {value}")).unwrap_or_default();
    format!("Value{value} at '{name}' failed to satisfy constraint: {rule}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(operation: &str, input: &Value) -> (String, String) {
        let fault = hold("states", operation, input).unwrap_err();
        (fault.code, fault.message)
    }

    #[test]
    fn every_violation_of_the_model_is_named_in_awss_words() {
        let (code, message) = refused("ListStateMachines", &json!({"maxResults": 1001, "nextToken": "t".repeat(1025)}));
        assert_eq!(code, "ValidationException");
        assert!(
            message.starts_with(
                "2 validation errors detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must \
                 have value less than or equal to 1000; Value 'ttt"
            ),
            "{message}"
        );
        assert_eq!(
            refused("SendTaskHeartbeat", &json!({})).1,
            "1 validation error detected: Value null at 'taskToken' failed to satisfy constraint: Member must not be null"
        );
        assert!(refused("ListExecutions", &json!({"maxResults": -1})).1.ends_with("greater than or equal to 0"));
        assert!(refused("ListExecutions", &json!({"statusFilter": "x"})).1.ends_with("FAILED, RUNNING]"));
    }

    #[test]
    fn data_has_a_limit_in_bytes_and_is_not_repeated() {
        let data = format!("\"{}\"", "ü".repeat(131_072));
        let (_, message) = refused("SendTaskSuccess", &json!({"taskToken": "t", "output": data}));
        assert_eq!(
            message,
            "1 validation error detected: Value at 'output' failed to satisfy constraint: Member must have length less \
             than or equal to 262144"
        );
        assert!(
            hold("states", "StartExecution", &json!({"stateMachineArn": "a", "input": "x".repeat(262_144)})).is_ok()
        );
    }

    #[test]
    fn another_json_type_cannot_be_read() {
        for (operation, input) in [
            ("ListExecutions", json!({"maxResults": "5"})),
            ("StartExecution", json!({"stateMachineArn": "a", "input": {}})),
            ("TagResource", json!({"resourceArn": "a", "tags": {}})),
            ("CreateStateMachine", json!({"name": 5})),
        ] {
            assert_eq!(refused(operation, &input).0, "SerializationException", "{operation}");
        }
    }

    #[test]
    fn every_rule_of_every_row_can_be_read() {
        for api in ALL {
            for operation in api.operations {
                for word in operation.members.split_ascii_whitespace().filter(|word| word.contains(':')) {
                    let read = Constraint::read(word).unwrap();
                    assert!(read.rule.is_some() && !read.name.contains(['.', '~', '=']), "{}: {word}", operation.name);
                }
            }
        }
    }
}
