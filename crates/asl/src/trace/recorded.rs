//! Histories that were recorded on AWS.

use serde_json::Value;

use super::event::HistoryEvent;
use super::tree::{End, Trace};
use crate::recordings::recordings;
use crate::{Syntax, outline};

/// So many executions were recorded with their history; a recording that is taken away is missed.
const HISTORIES: usize = 300;

#[test]
fn recorded_histories_become_trees() {
    let Some(cases) = recordings(&["execution"]) else { return };
    let (mut traced, mut wrong) = (0, Vec::new());
    for case in cases {
        // Where branches run side by side, some recordings leave out which event follows which.
        let events = case["expect"]["events"].as_array().filter(|events| events.iter().all(|it| it["id"].is_i64()));
        let Some(events) = events else { continue };
        let id = case["id"].as_str().unwrap_or_default();
        let events: Vec<HistoryEvent> = serde_json::from_value(Value::from(events.clone())).unwrap();
        let outline = outline(case["definition_text"].as_str().unwrap(), Syntax::Json).unwrap();
        let trace = Trace::of(&outline, &events);
        let problems = problems(&trace, &events, &case);
        wrong.extend(problems.into_iter().map(|problem| format!("{id}: {problem}")));
        traced += 1;
    }
    assert!(wrong.is_empty(), "{} problems\n{}", wrong.len(), wrong.join("\n"));
    assert!(traced >= HISTORIES, "only {traced} histories");
}

/// In what a tree does not say what its history does.
fn problems(trace: &Trace, events: &[HistoryEvent], case: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let entered = events.iter().filter(|event| event.event_type.ends_with("StateEntered")).count();
    let exited = events.iter().filter(|event| event.event_type.ends_with("StateExited")).count();
    if trace.visits.len() != entered {
        problems.push(format!("{} visits of {entered}", trace.visits.len()));
    }
    let left = trace.visits.iter().filter(|visit| matches!(visit.end, Some(End::Succeeded | End::Caught))).count();
    if left != exited {
        problems.push(format!("{left} left well of {exited}"));
    }
    let scheduled = events.iter().filter(|event| event.event_type.ends_with("Scheduled")).count();
    let attempts = trace.visits.iter().filter(|visit| visit.state_type == "Task").map(|visit| visit.attempts.len());
    if attempts.sum::<usize>() < scheduled {
        problems.push("an attempt is missing".to_owned());
    }
    let iterations = events.iter().filter(|event| event.event_type == "MapIterationStarted").count();
    let lanes: usize =
        trace.visits.iter().filter(|visit| visit.state_type == "Map").map(|visit| visit.lanes.len()).sum();
    if iterations != lanes {
        problems.push(format!("{lanes} iterations of {iterations}"));
    }
    for visit in trace.visits.iter().filter(|visit| visit.end == Some(End::Caught)) {
        if visit.caught_by.is_none() {
            problems.push(format!("nobody caught `{}`", visit.state));
        }
        // A state may end in failure without a cause, never without an event.
        if visit.error.is_none() {
            problems.push(format!("`{}` was caught and has no error", visit.state));
        }
    }
    if case["expect"]["status"] == "FAILED" && trace.end == Some(End::Failed) {
        let failed: Vec<_> = trace.visits.iter().filter(|visit| visit.end == Some(End::Failed)).collect();
        let is_reported = |error: &str| {
            failed.iter().any(|visit| visit.error.as_ref().and_then(|it| it.error.as_deref()) == Some(error))
        };
        if let Some(error) = case["expect"]["error"].as_str().filter(|error| !is_reported(error)) {
            problems.push(format!("no visit failed with {error}"));
        }
    }
    problems
}
