//! The steps of an execution: every stay in a state, with what went in and came out.

use std::collections::BTreeMap;

use labctl_asl::Outline;
use labctl_asl::trace::{Attempt, End, Trace, Visit, function_name};
use serde_json::{Value, json};

use super::words::{lasted, pretty, when};
use crate::console::ask::Ask;

/// Steps on the page at the most.
const MOST: usize = 500;

/// The steps in the order of reading, and what is left out.
pub(super) async fn of(ask: &Ask<'_>, trace: &Trace, outline: &Outline) -> Value {
    let lines = super::handler_lines::of(ask, trace).await;
    let rows: Vec<Value> = trace
        .visits
        .iter()
        .enumerate()
        .take(MOST)
        .map(|(at, visit)| step(ask, trace, outline, at, visit, &lines))
        .collect();
    let left_out = trace.visits.len().saturating_sub(MOST);
    json!({"rows": rows, "left_out": (left_out > 0).then_some(left_out)})
}

fn step(
    ask: &Ask<'_>,
    trace: &Trace,
    outline: &Outline,
    at: usize,
    visit: &Visit,
    lines: &BTreeMap<usize, Vec<(i64, String)>>,
) -> Value {
    let (word, class) = ended(visit.end);
    let place = outline.states.iter().position(|state| state.name == visit.state);
    let function = visit.attempts.iter().find_map(|attempt| attempt.function.as_deref()).map(function_name);
    let group = function.map(|name| format!("/aws/lambda/{name}"));
    let attempts: Vec<Value> = visit.attempts.iter().enumerate().map(|(at, attempt)| tried(at, attempt)).collect();
    let log: Vec<Value> = lines
        .get(&at)
        .into_iter()
        .flatten()
        .map(|(ms, line)| json!({"at": when(*ms), "line": line.trim_end()}))
        .collect();
    json!({
        "at": at + 1, "depth": depth(trace, visit).min(6), "name": visit.state, "type": visit.state_type,
        "state": place, "where": lane(trace, visit),
        "status": word, "class": class,
        "duration": visit.entered_ms.zip(visit.left_ms).map(|(from, to)| lasted(from, to)),
        "entered": visit.entered_ms.map(when),
        "input": visit.input.as_ref().map(|input| pretty(&input.text)),
        "output": visit.output.as_ref().map(|output| pretty(&output.text)),
        "error": visit.error.as_ref().and_then(|error| error.error.clone()),
        "cause": visit.error.as_ref().and_then(|error| error.cause.as_deref()).map(pretty),
        "caught_by": visit.caught_by, "attempts": attempts, "retries": visit.retries(),
        "function": function, "function_path": function.filter(|name| ask.sees(name)).map(|name| ask.path(&["functions", name])),
        "group": group, "group_path": group.as_deref().filter(|group| ask.sees_group(group)).map(|group| ask.path(&["log-groups", group])),
        "log": log,
    })
}

fn tried(at: usize, attempt: &Attempt) -> Value {
    json!({
        "number": at + 1, "at": when(attempt.scheduled_ms), "resource": attempt.resource,
        "duration": attempt.ended_ms.map(|ended| lasted(attempt.scheduled_ms, ended)),
        "error": attempt.error.as_ref().and_then(|error| error.error.clone()),
        "cause": attempt.error.as_ref().and_then(|error| error.cause.clone()),
        "next": attempt.next_in_ms.map(|ms| lasted(0, ms)),
    })
}

/// How many states are around it.
fn depth(trace: &Trace, visit: &Visit) -> usize {
    let outer = |visit: &Visit| visit.inside.and_then(|inside| trace.visits.get(inside.visit));
    std::iter::successors(outer(visit), |visit| outer(visit)).count()
}

/// The branch or the iteration that it is in.
fn lane(trace: &Trace, visit: &Visit) -> Option<String> {
    let inside = visit.inside?;
    let around = trace.visits.get(inside.visit)?;
    let index = around.lanes.get(inside.lane)?.index;
    let word = if around.state_type == "Map" { "iteration" } else { "branch" };
    Some(format!("{word} {index} of {}", around.state))
}

fn ended(end: Option<End>) -> (&'static str, &'static str) {
    match end {
        None => ("Running", "busy"),
        Some(End::Succeeded) => ("Succeeded", "good"),
        Some(End::Caught) => ("Caught error", "warn"),
        Some(End::Failed) => ("Failed", "bad"),
        Some(End::TimedOut) => ("Timed out", "bad"),
        Some(End::Aborted) => ("Aborted", "dim"),
    }
}
