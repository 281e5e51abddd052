//! One state machine: what it is, its executions, its graph, its states.

use labctl_asl::{Outline, Syntax};
use labctl_picture::{Direction, Picture};
use serde_json::{Value, json};

use super::express;
use super::machines::kind;
use super::state_machine::Machine;
use super::words::{came_to, lasted, ms, pretty, status, when};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// Executions on a page.
const EXECUTIONS: i64 = 25;
/// The statuses by which executions are chosen.
const STATUSES: [&str; 5] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

/// The page.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    let machine = Machine::find(ask, name).await?;
    let executions =
        if machine.is_express { express::listed(ask, &machine).await? } else { listed(ask, request, &machine).await? };
    let role = machine.described.member("roleArn").as_str().unwrap_or_default();
    let role_name = role.rsplit('/').next().unwrap_or_default();
    let group = machine.log_group();
    let level = machine.described.pointer("/loggingConfiguration/level").and_then(Value::as_str).unwrap_or("OFF");
    let outline = labctl_asl::outline(machine.definition(), Syntax::Json).ok();
    let here = &request.path;
    let steps = ["machines", name];
    let view = json!({
        "name": name, "arn": machine.arn, "kind": kind(machine.described.member("type").as_str()),
        "created": ms(machine.described.member("creationDate")).map(when),
        "role": role_name, "role_path": ask.sees(role_name).then(|| ask.path(&["roles", role_name])),
        "level": level, "group": group, "group_path": group.map(|group| ask.path(&["log-groups", group])),
        "start": ask.path(&[steps[0], steps[1], "start"]), "edit": ask.path(&[steps[0], steps[1], "edit"]),
        "metrics": ask.path(&[steps[0], steps[1], "metrics"]),
        "executions": executions, "here": here, "is_express": machine.is_express,
        "status": request.query("status"),
        "statuses": STATUSES.map(|of| json!({"value": of, "word": status(of).0, "is_current": request.query("status") == Some(of)})),
        "svg": outline.as_ref().map(|outline| graph(outline, name)),
        "states": outline.as_ref().map(|outline| configured(outline, machine.definition())),
        "definition": machine.definition(),
    });
    Ok(Outcome::Page(Page {
        template: "machine",
        title: name.to_owned(),
        trail: machine.trail(ask),
        is_live: true,
        view,
    }))
}

fn graph(outline: &Outline, title: &str) -> String {
    Picture { outline, title, direction: Direction::Down, marks: None }.linked_svg("state-")
}

/// Every state as the definition has it, in the order of the outline.
pub(super) fn configured(outline: &Outline, definition: &str) -> Vec<Value> {
    let definition: Value = serde_json::from_str(definition).unwrap_or_default();
    let shown = |(at, state): (usize, &labctl_asl::OutlineState)| {
        let text = state_of(&definition, &state.name).and_then(|state| serde_json::to_string_pretty(state).ok());
        json!({"at": at, "name": state.name, "type": state.state_type, "detail": state.detail, "text": text})
    };
    outline.states.iter().enumerate().map(shown).collect()
}

/// A state of any scope by its name.
fn state_of<'value>(scope: &'value Value, name: &str) -> Option<&'value Value> {
    let states = scope.get("States")?.as_object()?;
    if let Some(state) = states.get(name) {
        return Some(state);
    }
    states.values().find_map(|state| {
        let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten();
        let processors = ["ItemProcessor", "Iterator"].iter().filter_map(|member| state.get(*member));
        branches.chain(processors).find_map(|scope| state_of(scope, name))
    })
}

/// Executions as ListExecutions has them, each with what it came to.
async fn listed(ask: &Ask<'_>, request: &Request, machine: &Machine) -> Result<Value, Refusal> {
    let mut input = json!({"stateMachineArn": machine.arn, "maxResults": EXECUTIONS});
    for (member, given) in [("statusFilter", "status"), ("nextToken", "page")] {
        if let (Some(given), Some(input)) = (request.query(given), input.as_object_mut()) {
            input.insert(member.to_owned(), given.into());
        }
    }
    let answer = ask.call("states", "ListExecutions", input).await?;
    let mut rows = Vec::new();
    for item in answer.member("executions").as_array().into_iter().flatten() {
        rows.push(row(ask, machine, item).await);
    }
    Ok(json!({"rows": rows, "next": answer.member("nextToken"), "note": null}))
}

async fn row(ask: &Ask<'_>, machine: &Machine, item: &Value) -> Value {
    let name = item.member("name").as_str().unwrap_or_default();
    let described = ask.call("states", "DescribeExecution", json!({"executionArn": item.member("executionArn")})).await;
    let described = described.unwrap_or_default();
    let outcome = came_to(described.member("output").as_str(), described.member("error").as_str());
    let (started, stopped) = (ms(item.member("startDate")), ms(item.member("stopDate")));
    let (word, class) = status(item.member("status").as_str().unwrap_or_default());
    json!({
        "name": name, "path": ask.path(&["machines", &machine.name, "executions", name]),
        "status": word, "class": class, "outcome": outcome,
        "started": started.map(when), "stopped": stopped.map(when),
        "duration": started.zip(stopped).map(|(from, to)| lasted(from, to)),
    })
}

/// Inputs for a new execution: of the lesson, and of the execution before.
pub(super) async fn last_input(ask: &Ask<'_>, machine: &Machine) -> Option<String> {
    if machine.is_express {
        return express::last_input(ask, machine).await;
    }
    let input = json!({"stateMachineArn": machine.arn, "maxResults": 1});
    let listed = ask.call("states", "ListExecutions", input).await.ok()?;
    let arn = listed.pointer("/executions/0/executionArn")?.clone();
    let described = ask.call("states", "DescribeExecution", json!({"executionArn": arn})).await.ok()?;
    Some(pretty(described.member("input").as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_every_scope_are_found() {
        let definition = json!({"States": {
            "P": {"Type": "Parallel", "Branches": [{"States": {"A": {"Type": "Pass", "n": 1}}}]},
            "M": {"Type": "Map", "ItemProcessor": {"States": {"B": {"Type": "Pass", "n": 2}}}},
        }});
        for (name, found) in [("A", json!(1)), ("B", json!(2)), ("P", Value::Null)] {
            assert_eq!(*state_of(&definition, name).unwrap().member("n"), found, "{name}");
        }
        assert!(state_of(&definition, "C").is_none());
    }
}
