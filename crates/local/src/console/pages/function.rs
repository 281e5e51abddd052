//! One function: what it is, a test of it, its code.

use serde_json::{Value, json};

use super::function_code;
use super::function_test::{self, Test};
use super::functions::modified;
use super::machines;
use super::words::{bytes, span, tags};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// Machines that are searched for calls of the function, at the most.
const MACHINES: usize = 10_000;

/// The page, or what comes of a test.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    ask.must_see(name)?;
    let found = ask.call("lambda", "GetFunction", json!({"FunctionName": name})).await;
    let found = found.map_err(|_| Refusal::NotFound)?;
    let configuration = found.member("Configuration");
    // An ARN or a version is another way to a function, and no name.
    if configuration.member("FunctionName") != name {
        return Err(Refusal::NotFound);
    }
    let Test { event, said, result } = function_test::of(ask, request, name).await;
    let offered: Vec<Value> = ask
        .suggested(name)
        .enumerate()
        .map(|(at, offered)| json!({"title": offered.title, "path": format!("{}?use={at}#test", request.path)}))
        .collect();
    let handler = configuration.member("Handler").as_str().unwrap_or_default();
    let view = json!({
        "name": name, "facts": facts(ask, configuration), "variables": variables(configuration),
        "tags": tags(found.member("Tags")), "metrics": ask.path(&["functions", name, "metrics"]),
        "callers": callers(ask, name).await?,
        "form": ask.form(&request.path), "event": event, "said": said, "result": result, "offered": offered,
        "code": function_code::of(ask, found.member("Code"), handler).await,
    });
    let trail = vec![("Functions".to_owned(), ask.path(&["functions"])), (name.to_owned(), request.path.clone())];
    Ok(Outcome::Page(Page { template: "function", title: name.to_owned(), trail, is_live: false, view }))
}

/// The configuration as GetFunction tells it.
fn facts(ask: &Ask<'_>, configuration: &Value) -> Value {
    let text = |member: &str| configuration.member(member).as_str().unwrap_or_default();
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let role = text("Role").rsplit('/').next().unwrap_or_default();
    let group = configuration.member("LoggingConfig").member("LogGroup").as_str().unwrap_or_default();
    json!({
        "arn": text("FunctionArn"), "description": text("Description"), "runtime": text("Runtime"),
        "handler": text("Handler"), "architecture": configuration.member("Architectures").get(0),
        "timeout": span(number(configuration.member("Timeout"))), "memory": configuration.member("MemorySize"),
        "storage": configuration.member("EphemeralStorage").member("Size"),
        "role": role, "role_path": ask.sees(role).then(|| ask.path(&["roles", role])),
        "group": group, "group_path": ask.sees_group(group).then(|| ask.path(&["log-groups", group])),
        "modified": modified(configuration), "size": bytes(number(configuration.member("CodeSize"))),
        "digest": text("CodeSha256"), "state": text("State"), "update": text("LastUpdateStatus"),
    })
}

fn variables(configuration: &Value) -> Vec<Value> {
    let variables = configuration.member("Environment").member("Variables").as_object();
    variables.into_iter().flatten().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// The machines that name the function, of those that this browser may see.
async fn callers(ask: &Ask<'_>, name: &str) -> Result<Vec<Value>, Refusal> {
    let more = ("nextToken", "nextToken");
    let found =
        ask.all("states", "ListStateMachines", json!({"maxResults": 1000}), "stateMachines", more, MACHINES).await?;
    let mut callers = Vec::new();
    for machine in &found {
        let Some(machine_name) = machine.member("name").as_str().filter(|name| ask.sees(name)) else { continue };
        let input = json!({"stateMachineArn": machine.member("stateMachineArn")});
        let described = ask.call("states", "DescribeStateMachine", input).await.unwrap_or_default();
        if described.member("definition").as_str().is_some_and(|definition| names(definition, name)) {
            let kind = machines::kind(machine.member("type").as_str());
            callers.push(json!({"name": machine_name, "path": ask.path(&["machines", machine_name]), "kind": kind}));
        }
    }
    Ok(callers)
}

/// Whether a definition names a function: alone, or in an ARN.
fn names(definition: &str, function: &str) -> bool {
    definition.match_indices(function).any(|(at, _)| {
        let before = definition.get(..at).and_then(|text| text.chars().next_back());
        let after = definition.get(at + function.len()..).and_then(|text| text.chars().next());
        matches!(before, Some('"' | '\'' | ':')) && matches!(after, Some('"' | '\'' | ':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_whole() {
        for definition in [
            r#"{"Resource": "arn:aws:lambda:us-east-1:1:function:ann-f"}"#,
            r#"{"FunctionName": "ann-f"}"#,
            r#"{"FunctionName": "arn:aws:lambda:us-east-1:1:function:ann-f:$LATEST"}"#,
        ] {
            assert!(names(definition, "ann-f"), "{definition}");
        }
        for definition in [r#"{"FunctionName": "ann-f2"}"#, r#"{"FunctionName": "joann-f"}"#, "ann-f", ""] {
            assert!(!names(definition, "ann-f"), "{definition}");
        }
    }
}
