//! Members between a workflow, where every name begins with a capital, and an API.

use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::wire::{is_timestamp, iso_time};

/// Members that hold JSON in a text: a workflow may give the value itself.
const TEXTS: [&str; 10] = [
    "AssumeRolePolicyDocument",
    "Cause",
    "DashboardBody",
    "Definition",
    "Input",
    "Message",
    "MessageBody",
    "Output",
    "PolicyDocument",
    "Payload",
];

/// Members that are maps: the names in them are a user's own.
const MAPS: [&str; 6] =
    ["Attributes", "MessageAttributes", "MessageSystemAttributes", "Tags", "VariableReferences", "Variables"];

/// Names that are written otherwise in the API than in a workflow, beyond the first letter.
const ODD: [(&str, &str); 1] = [("KmsKeyArn", "KMSKeyArn")];

/// A task's parameters as the service takes them.
pub(super) fn to_api(service: &Api, parameters: &Value) -> Value {
    let Value::Object(members) = parameters else { return json!({}) };
    structure(members, false, &|name| match ODD.iter().find(|(shown, _)| *shown == name) {
        Some((_, api)) => (*api).to_owned(),
        None if service.sdk.is_camel => with_first(name, char::to_ascii_lowercase),
        None => name.to_owned(),
    })
}

fn structure(members: &Map<String, Value>, is_map: bool, rename: &impl Fn(&str) -> String) -> Value {
    let renamed = members.iter().map(|(name, value)| {
        let value = if TEXTS.contains(&name.as_str()) && !is_map { text(value) } else { inner(name, value, rename) };
        (if is_map { name.clone() } else { rename(name) }, value)
    });
    Value::Object(renamed.collect())
}

fn inner(name: &str, value: &Value, rename: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::Object(members) => structure(members, MAPS.contains(&name), rename),
        Value::Array(list) => list.iter().map(|value| inner("", value, rename)).collect(),
        other => other.clone(),
    }
}

fn text(value: &Value) -> Value {
    match value {
        Value::String(_) | Value::Null => value.clone(),
        other => json!(other.to_string()),
    }
}

/// A service's answer as a workflow sees it. What is absent is left out.
pub(super) fn to_workflow(service: &Api, answer: &Value) -> Value {
    match answer {
        Value::Object(members) => shown(service, members, false),
        _ => json!({}),
    }
}

fn shown(service: &Api, members: &Map<String, Value>, is_map: bool) -> Value {
    let present = members.iter().filter(|(_, value)| !value.is_null()).map(|(api, value)| {
        let name = if is_map { api.clone() } else { java_name(api) };
        let is_time = !is_map && is_timestamp(service.signing, api);
        let value = shown_inner(service, &name, value, is_time);
        (name, value)
    });
    Value::Object(present.collect())
}

fn shown_inner(service: &Api, name: &str, value: &Value, is_time: bool) -> Value {
    match value {
        Value::Object(members) => shown(service, members, MAPS.contains(&name)),
        Value::Array(list) => list.iter().map(|value| shown_inner(service, "", value, is_time)).collect(),
        Value::Number(seconds) if is_time => seconds.as_f64().map_or(Value::Null, |seconds| json!(iso_time(seconds))),
        other => other.clone(),
    }
}

/// The SDK for Java's name with a capital: `MD5OfBody` is `Md5OfBody`, `KMSKeyArn` `KmsKeyArn`.
fn java_name(api: &str) -> String {
    let letters: Vec<char> = api.chars().collect();
    let starts_word = |at: usize| letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
    let small = 1 + letters
        .iter()
        .enumerate()
        .skip(1)
        .take_while(|(at, letter)| letter.is_ascii_uppercase() && !starts_word(*at))
        .count();
    let lowered = letters.iter().enumerate().map(|(at, letter)| match at {
        0 => letter.to_ascii_uppercase(),
        at if at < small => letter.to_ascii_lowercase(),
        _ => *letter,
    });
    lowered.collect()
}

fn with_first(name: &str, change: impl Fn(&char) -> char) -> String {
    let mut letters = name.chars();
    letters.next().iter().map(change).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sdk_service::find;
    use super::*;

    #[test]
    fn names_are_those_of_the_sdk_for_java() {
        for (api, shown) in [
            ("MD5OfBody", "Md5OfBody"),
            ("KMSKeyArn", "KmsKeyArn"),
            ("ResourceARN", "ResourceARN"),
            ("stateMachineArn", "StateMachineArn"),
            ("ETag", "ETag"),
            ("Arn", "Arn"),
            ("id", "Id"),
        ] {
            assert_eq!(java_name(api), shown);
        }
    }

    #[test]
    fn parameters_reach_the_api_under_its_names() {
        let sfn = find("sfn").unwrap();
        let given = json!({
            "Name": "m", "Definition": {"StartAt": "A"}, "Tags": [{"Key": "K", "Value": "V"}],
            "LoggingConfiguration": {"Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": "a"}}]},
        });
        let taken = json!({
            "name": "m", "definition": "{\"StartAt\":\"A\"}", "tags": [{"key": "K", "value": "V"}],
            "loggingConfiguration": {"destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": "a"}}]},
        });
        assert_eq!(to_api(sfn, &given), taken);
        let logs = find("cloudwatchlogs").unwrap();
        assert_eq!(
            to_api(logs, &json!({"LogGroupName": "g", "Tags": {"Owner": "x"}})),
            json!({"logGroupName": "g", "tags": {"Owner": "x"}})
        );
        let lambda = find("lambda").unwrap();
        let given = json!({"KmsKeyArn": "k", "Environment": {"Variables": {"Message": "m", "a": "b"}}});
        assert_eq!(
            to_api(lambda, &given),
            json!({"KMSKeyArn": "k", "Environment": {"Variables": {"Message": "m", "a": "b"}}})
        );
    }

    #[test]
    fn answers_have_capitals_times_as_text_and_nothing_that_is_absent() {
        let sfn = find("sfn").unwrap();
        let answer = json!({
            "executionArn": "a", "startDate": 1.5, "traceHeader": null, "input": "{\"startDate\":1}",
            "events": [{"id": 1, "timestamp": 2.0}], "variableReferences": {"some state": ["x"]},
        });
        let seen = json!({
            "ExecutionArn": "a", "StartDate": "1970-01-01T00:00:01.500Z", "Input": "{\"startDate\":1}",
            "Events": [{"Id": 1, "Timestamp": "1970-01-01T00:00:02Z"}], "VariableReferences": {"some state": ["x"]},
        });
        assert_eq!(to_workflow(sfn, &answer), seen);
        assert_eq!(to_workflow(sfn, &Value::Null), json!({}));
    }
}
