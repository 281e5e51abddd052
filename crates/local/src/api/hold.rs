//! Requests, held to what the rows say of their members before an operation begins.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::constraint::{Constraint, Rule, Step};
use super::operation::Api;
use super::table::{ALL, find};
use super::wording::{Violation, Violations};
use crate::member::Member as _;
use crate::wire::{Call, Fault};

/// The constraints of each operation, by service and operation.
fn constraints(service: &str, operation: &str) -> &'static [Constraint] {
    static ROWS: OnceLock<BTreeMap<(&str, &str), Vec<Constraint>>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| {
        let rows = ALL.iter().flat_map(|api| api.operations.iter().map(|operation| (api.signing, operation)));
        rows.map(|(signing, operation)| ((signing, operation.name), read(operation.members))).collect()
    });
    // The keys are `'static`, so a map of them cannot be asked with shorter ones.
    let row = find(service).and_then(|api| Some((api.signing, api.operation(operation)?.name)));
    row.and_then(|row| rows.get(&row)).map_or(&[], Vec::as_slice)
}

fn read(members: &'static str) -> Vec<Constraint> {
    members.split_ascii_whitespace().filter_map(Constraint::read).collect()
}

/// Checks a call's members, those in headers too.
///
/// # Errors
/// A value of the wrong JSON type; every violation of the model, in the service's words.
pub(crate) fn hold(call: &Call) -> Result<(), Fault> {
    let api = find(call.service).unwrap_or(&Api::EMPTY);
    let headers = api.operation(&call.operation).map_or(&[][..], |operation| operation.headers);
    let given = headers.iter().filter_map(|(header, member)| Some((*member, call.header(header)?)));
    let given: Vec<(&str, &str)> = given.filter(|(_, value)| !value.is_empty()).collect();
    if given.is_empty() {
        return hold_input(call.service, &call.operation, &call.input);
    }
    let mut input = call.input.clone();
    if let Value::Object(members) = &mut input {
        members.extend(given.into_iter().map(|(member, value)| (member.to_owned(), Value::from(value))));
    }
    hold_input(call.service, &call.operation, &input)
}

/// As [`hold`], for the input of an operation.
///
/// # Errors
/// As [`hold`].
pub(crate) fn hold_input(service: &str, operation: &str, input: &Value) -> Result<(), Fault> {
    let api = find(service).unwrap_or(&Api::EMPTY);
    let mut violations = Violations::default();
    for constraint in constraints(service, operation) {
        walk(api, constraint, &constraint.path, input, &mut Vec::new(), &mut violations)?;
    }
    violations.told(api)
}

/// Follows the rest of a constraint's path from a value, and checks what stands at its end.
fn walk<'input>(
    api: &Api,
    constraint: &'static Constraint,
    rest: &[Step],
    value: &'input Value,
    at: &mut Vec<String>,
    violations: &mut Violations<'input>,
) -> Result<(), Fault> {
    let Some((step, rest)) = rest.split_first() else { return check(api, constraint, value, at, violations) };
    match (step, value) {
        (Step::Member(name), _) => {
            let inner = value.member(name);
            // What is not there is missing where it is the last step alone.
            if inner.is_null() && !rest.is_empty() {
                return Ok(());
            }
            at.push((*name).to_owned());
            walk(api, constraint, rest, inner, at, violations)?;
            at.pop();
        }
        (Step::Items, Value::Array(items)) if rest.is_empty() => {
            each(constraint, "Member", items.iter(), value, at, violations);
        }
        (Step::Items, Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                at.push(format!("{}.member", index + 1));
                walk(api, constraint, rest, item, at, violations)?;
                at.pop();
            }
        }
        (Step::Keys, Value::Object(members)) => {
            let keys: Vec<Value> = members.keys().map(|key| Value::from(key.as_str())).collect();
            each(constraint, "Map keys", keys.iter(), value, at, violations);
        }
        (Step::Values, Value::Object(members)) if rest.is_empty() => {
            each(constraint, "Map value", members.values(), value, at, violations);
        }
        // A structure in a map is checked by its service, and another type is refused by the rule of the list or map.
        _ => {}
    }
    Ok(())
}

/// Checks what stands in a list or map together: AWS names the list, and all that it asks of one.
fn each<'input, 'items>(
    constraint: &'static Constraint,
    what: &str,
    mut items: impl Iterator<Item = &'items Value>,
    whole: &'input Value,
    at: &[String],
    violations: &mut Violations<'input>,
) {
    let Some(rule) = &constraint.rule else { return };
    if items.any(|item| !rule.fits(item, false) || !rule.broken(item).is_empty()) {
        let said = format!("{what} must satisfy constraint: [{}]", rule.said());
        violations.push(Violation::Broken { value: Some(whole), at: at.join("."), said, limits: None });
    }
}

fn check<'input>(
    api: &Api,
    constraint: &'static Constraint,
    value: &'input Value,
    at: &[String],
    violations: &mut Violations<'input>,
) -> Result<(), Fault> {
    let at = at.join(".");
    if value.is_null() {
        if constraint.is_required {
            violations.push(Violation::Missing { at });
        }
        return Ok(());
    }
    let Some(rule) = &constraint.rule else { return Ok(()) };
    if !rule.fits(value, api.takes_text()) {
        let message = format!("`{at}` must be {}", rule.kind());
        return Err(Fault::client("SerializationException", message));
    }
    let limits = match rule {
        Rule::Number { least, most } => Some((*least, *most)),
        _ => None,
    };
    // Clients write an empty text into an address for what was left out.
    let is_left_out = api.takes_text() && matches!(rule, Rule::OneOf(_)) && value == "";
    for said in rule.broken(value).into_iter().filter(|_| !is_left_out) {
        let value = (!matches!(rule, Rule::Secret(_))).then_some(value);
        violations.push(Violation::Broken { value, at: at.clone(), said, limits });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused_by(service: &str, operation: &str, input: &Value) -> (String, String) {
        let fault = hold_input(service, operation, input).unwrap_err();
        (fault.code, fault.message)
    }

    fn refused(operation: &str, input: &Value) -> (String, String) {
        refused_by("states", operation, input)
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
            hold_input("states", "StartExecution", &json!({"stateMachineArn": "a", "input": "x".repeat(262_144)}))
                .is_ok()
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
    fn each_service_says_it_in_its_own_words() {
        let at = |service, operation, input: Value| refused_by(service, operation, &input);
        for (service, operation, input, code, message) in [
            (
                "iam",
                "GetRole",
                json!({}),
                "ValidationError",
                "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null",
            ),
            (
                "iam",
                "CreateRole",
                json!({"RoleName": "a b", "AssumeRolePolicyDocument": "{}"}),
                "ValidationError",
                "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the \
                 following: +=,.@_-",
            ),
            (
                "iam",
                "ListRoles",
                json!({"MaxItems": "0"}),
                "ValidationError",
                "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value \
                 greater than or equal to 1",
            ),
            (
                "lambda",
                "CreateFunction",
                json!({"FunctionName": "f", "Role": "r", "Timeout": 901, "Code": {}}),
                "ValidationException",
                "2 validation errors detected: Value 'r' at 'role' failed to satisfy constraint: Member must satisfy regular \
                 expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+; Value '901' at 'timeout' \
                 failed to satisfy constraint: Member must have value less than or equal to 900",
            ),
            (
                "logs",
                "PutLogEvents",
                json!({"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": ""}]}),
                "InvalidParameterException",
                "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member \
                 must have length greater than or equal to 1",
            ),
            (
                "logs",
                "DescribeLogGroups",
                json!({"limit": 51}),
                "InvalidParameterException",
                "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less \
                 than or equal to 50",
            ),
            (
                "monitoring",
                "ListTagsForResource",
                json!({}),
                "MissingRequiredParameterException",
                "1 validation error detected: Value null at 'resourceARN' failed to satisfy constraint: Member must not be null",
            ),
            (
                "sqs",
                "ReceiveMessage",
                json!({"QueueUrl": "q", "MaxNumberOfMessages": 11}),
                "InvalidParameterValue",
                "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
            ),
            ("sqs", "PurgeQueue", json!({}), "MissingParameter", "The request must contain the parameter QueueUrl."),
        ] {
            assert_eq!(at(service, operation, input), (code.to_owned(), message.to_owned()));
        }
    }

    #[test]
    fn items_keys_and_values_are_checked_together() {
        let (_, message) = refused_by("iam", "UntagRole", &json!({"RoleName": "r", "TagKeys": ["a", ""]}));
        assert!(
            message.starts_with(
                "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy \
                 constraint: [Member must have length less than or equal to 128, Member must have length greater than or \
                 equal to 1, "
            ),
            "{message}"
        );
        let variables = json!({"FunctionName": "f", "Environment": {"Variables": {"1": "x"}}});
        let (_, message) = refused_by("lambda", "UpdateFunctionConfiguration", &variables);
        assert!(
            message.contains("at 'environment.variables' failed to satisfy constraint: Map keys must"),
            "{message}"
        );
        assert!(
            hold_input(
                "lambda",
                "UntagResource",
                &json!({"Resource": "arn:aws:lambda:us-east-1:000000000000:function:f", "TagKeys": "a"})
            )
            .is_ok()
        );
    }
}
