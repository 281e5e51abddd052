//! The constraints of the API's model, checked before an operation begins.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html>

use serde_json::Value;

use crate::member::Member as _;
use crate::wire::Fault;

/// A member of an operation's input.
struct Member {
    name: &'static str,
    is_required: bool,
    rule: Rule,
}

/// What its value may be.
enum Rule {
    /// So many characters.
    Text {
        least: usize,
        most: usize,
    },
    /// At most so many bytes; AWS does not repeat the value in its answer.
    Secret {
        least: usize,
        most: usize,
    },
    /// One of these, in AWS's order.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Number {
        most: i64,
    },
    Truth,
    List,
    Structure,
}

const fn required(name: &'static str, rule: Rule) -> Member {
    Member { name, is_required: true, rule }
}

const fn optional(name: &'static str, rule: Rule) -> Member {
    Member { name, is_required: false, rule }
}

const ARN: Rule = Rule::Text { least: 1, most: 256 };
const NAME: Rule = Rule::Text { least: 1, most: 80 };
const DEFINITION: Rule = Rule::Secret { least: 1, most: 1 << 20 };
const DATA: Rule = Rule::Secret { least: 0, most: 262_144 };
const ERROR: Rule = Rule::Secret { least: 0, most: 256 };
const CAUSE: Rule = Rule::Secret { least: 0, most: 32_768 };
const TRACE: Rule = Rule::Text { least: 0, most: 256 };
const TOKEN: Rule = Rule::Text { least: 1, most: 2048 };
const PAGE_TOKEN: Rule = Rule::Text { least: 1, most: 1024 };
const PAGE_SIZE: Rule = Rule::Number { most: 1000 };
const DESCRIPTION: Rule = Rule::Secret { least: 0, most: 256 };
const TYPE: Rule = Rule::OneOf(&["STANDARD", "EXPRESS"]);
const INCLUDED: Rule = Rule::OneOf(&["ALL_DATA", "METADATA_ONLY"]);
const STATUS: Rule = Rule::OneOf(&["SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"]);

const CREATE: &[Member] = &[
    required("name", NAME),
    required("definition", DEFINITION),
    required("roleArn", ARN),
    optional("type", TYPE),
    optional("loggingConfiguration", Rule::Structure),
    optional("tags", Rule::List),
    optional("tracingConfiguration", Rule::Structure),
    optional("publish", Rule::Truth),
    optional("versionDescription", DESCRIPTION),
    optional("encryptionConfiguration", Rule::Structure),
];
const UPDATE: &[Member] = &[
    required("stateMachineArn", ARN),
    optional("definition", DEFINITION),
    optional("roleArn", ARN),
    optional("loggingConfiguration", Rule::Structure),
    optional("tracingConfiguration", Rule::Structure),
    optional("publish", Rule::Truth),
    optional("versionDescription", DESCRIPTION),
    optional("encryptionConfiguration", Rule::Structure),
];
const START: &[Member] = &[
    required("stateMachineArn", ARN),
    optional("name", NAME),
    optional("input", DATA),
    optional("traceHeader", TRACE),
    optional("includedData", INCLUDED),
];
const ONE_MACHINE: &[Member] = &[required("stateMachineArn", ARN), optional("includedData", INCLUDED)];
const ONE_EXECUTION: &[Member] = &[required("executionArn", ARN), optional("includedData", INCLUDED)];
const HISTORY: &[Member] = &[
    required("executionArn", ARN),
    optional("maxResults", PAGE_SIZE),
    optional("reverseOrder", Rule::Truth),
    optional("nextToken", PAGE_TOKEN),
    optional("includeExecutionData", Rule::Truth),
];
const MACHINES: &[Member] = &[optional("maxResults", PAGE_SIZE), optional("nextToken", PAGE_TOKEN)];
const EXECUTIONS: &[Member] = &[
    optional("stateMachineArn", ARN),
    optional("statusFilter", STATUS),
    optional("maxResults", PAGE_SIZE),
    optional("nextToken", Rule::Text { least: 1, most: 3096 }),
    optional("mapRunArn", Rule::Text { least: 1, most: 2000 }),
    optional("redriveFilter", Rule::OneOf(&["REDRIVEN", "NOT_REDRIVEN"])),
];
const STOP: &[Member] = &[required("executionArn", ARN), optional("error", ERROR), optional("cause", CAUSE)];
const SUCCESS: &[Member] = &[required("taskToken", TOKEN), required("output", DATA)];
const FAILURE: &[Member] = &[required("taskToken", TOKEN), optional("error", ERROR), optional("cause", CAUSE)];
const HEARTBEAT: &[Member] = &[required("taskToken", TOKEN)];
const VALIDATE: &[Member] = &[
    required("definition", DEFINITION),
    optional("type", TYPE),
    optional("severity", Rule::OneOf(&["ERROR", "WARNING"])),
    optional("maxResults", Rule::Number { most: 100 }),
];
const TAG: &[Member] = &[required("resourceArn", ARN), required("tags", Rule::List)];
const UNTAG: &[Member] = &[required("resourceArn", ARN), required("tagKeys", Rule::List)];
const TAGS: &[Member] = &[required("resourceArn", ARN)];

fn members(operation: &str) -> &'static [Member] {
    match operation {
        "CreateStateMachine" => CREATE,
        "UpdateStateMachine" => UPDATE,
        "StartExecution" | "StartSyncExecution" => START,
        "DescribeStateMachine" | "DeleteStateMachine" => ONE_MACHINE,
        "DescribeExecution" | "DescribeStateMachineForExecution" => ONE_EXECUTION,
        "GetExecutionHistory" => HISTORY,
        "ListStateMachines" => MACHINES,
        "ListExecutions" => EXECUTIONS,
        "StopExecution" => STOP,
        "SendTaskSuccess" => SUCCESS,
        "SendTaskFailure" => FAILURE,
        "SendTaskHeartbeat" => HEARTBEAT,
        "ValidateStateMachineDefinition" => VALIDATE,
        "TagResource" => TAG,
        "UntagResource" => UNTAG,
        "ListTagsForResource" => TAGS,
        _ => &[],
    }
}

/// Checks an operation's input against the model.
///
/// # Errors
/// `SerializationException` for a value of the wrong JSON type; `ValidationException` that names every other violation.
pub(super) fn check(operation: &str, input: &Value) -> Result<(), Fault> {
    let mut violations = Vec::new();
    for member in members(operation) {
        let value = input.member(member.name);
        if value.is_null() {
            if member.is_required {
                violations.push(violation(Some("null"), member.name, "Member must not be null"));
            }
            continue;
        }
        if !member.rule.fits(value) {
            let message = format!("`{}` must be {}", member.name, member.rule.kind());
            return Err(Fault::client("SerializationException", message));
        }
        violations.extend(member.rule.violated(member.name, value));
    }
    if violations.is_empty() {
        return Ok(());
    }
    let plural = if violations.len() == 1 { "" } else { "s" };
    let message = format!("{} validation error{plural} detected: {}", violations.len(), violations.join("; "));
    Err(Fault::client("ValidationException", message))
}

impl Rule {
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
        let fault = check(operation, input).unwrap_err();
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
        assert!(check("StartExecution", &json!({"stateMachineArn": "a", "input": "x".repeat(262_144)})).is_ok());
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
}
