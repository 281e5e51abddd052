//! Trees of events that interleave, are missing, or come as they should not.

use serde_json::json;

use super::cases::{FUNCTION, parsed, path, taken, visit};
use super::event::HistoryEvent;
use super::tree::{End, Trace, TraceError};
use crate::outline::Outline;

fn event(id: i64, previous_id: i64, event_type: &str, name: &str) -> HistoryEvent {
    HistoryEvent {
        id,
        previous_id,
        timestamp_ms: id * 10,
        event_type: event_type.to_owned(),
        name: (!name.is_empty()).then(|| name.to_owned()),
        ..HistoryEvent::default()
    }
}

/// As [`machine`]; a Next and a Catch of its last Task lead to the same state.
fn orders() -> Outline {
    parsed(&json!({"StartAt": "Validate", "States": {
        "Validate": {"Type": "Task", "Resource": FUNCTION, "Next": "Both", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]},
        "Both": {"Type": "Parallel", "Next": "Fulfil", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}], "Branches": [
            {"StartAt": "Pay", "States": {"Pay": {"Type": "Task", "Resource": FUNCTION, "Next": "Receipt"}, "Receipt": {"Type": "Pass", "End": true}}},
            {"StartAt": "Reserve", "States": {"Reserve": {"Type": "Task", "Resource": FUNCTION, "End": true}}}]},
        "Fulfil": {"Type": "Task", "Resource": FUNCTION, "Next": "Failed", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]},
        "Failed": {"Type": "Pass", "End": true}}}))
    .outline()
}

#[test]
fn branches_are_listed_in_the_definitions_order_however_they_interleave() {
    let events = [
        event(1, 0, "ExecutionStarted", ""),
        event(2, 0, "ParallelStateEntered", "Both"),
        event(3, 2, "ParallelStateStarted", ""),
        event(4, 3, "TaskStateEntered", "Reserve"),
        event(5, 3, "TaskStateEntered", "Pay"),
        event(6, 4, "LambdaFunctionSucceeded", ""),
        event(7, 5, "LambdaFunctionSucceeded", ""),
        event(8, 7, "TaskStateExited", "Pay"),
        event(9, 6, "TaskStateExited", "Reserve"),
        event(10, 8, "PassStateEntered", "Receipt"),
        event(11, 10, "PassStateExited", "Receipt"),
        event(12, 11, "ParallelStateSucceeded", ""),
        event(13, 11, "ParallelStateExited", "Both"),
        event(14, 13, "TaskStateEntered", "Fulfil"),
    ];
    let trace = Trace::of(&orders(), &events);
    assert_eq!(path(&trace), ["Both", "Pay", "Receipt", "Reserve", "Fulfil"]);
    assert_eq!(taken(&trace), [("Both", "Fulfil", false), ("Pay", "Receipt", false)]);
    assert_eq!((visit(&trace, "Both").duration_ms(), visit(&trace, "Pay").duration_ms()), (Some(110), Some(30)));
}

/// States that ended by themselves, and how long they lasted.
fn stays(events: &[HistoryEvent]) -> Vec<(String, u64)> {
    let trace = Trace::of(&orders(), events);
    let over = trace.visits.iter().filter(|visit| visit.is_over());
    over.filter_map(|visit| Some((visit.state.clone(), visit.duration_ms()?))).collect()
}

#[test]
fn a_stay_that_ended_in_failure_counts() {
    let failed = [
        event(2, 0, "TaskStateEntered", "Validate"),
        event(3, 2, "LambdaFunctionScheduled", ""),
        event(5, 3, "LambdaFunctionFailed", ""),
        event(6, 5, "ExecutionFailed", ""),
    ];
    assert_eq!(stays(&failed), [("Validate".to_owned(), 40)]);
    let fails = [event(2, 0, "FailStateEntered", "Failed"), event(4, 2, "ExecutionFailed", "")];
    assert_eq!(stays(&fails), [("Failed".to_owned(), 20)]);
    let timed_out = [event(2, 0, "TaskStateEntered", "Fulfil"), event(9, 2, "ExecutionTimedOut", "")];
    assert_eq!(stays(&timed_out), [("Fulfil".to_owned(), 70)]);
    let running = [event(2, 0, "TaskStateEntered", "Fulfil"), event(3, 2, "LambdaFunctionScheduled", "")];
    assert_eq!(stays(&running), [], "it is not over");
    let both = [
        event(2, 0, "ParallelStateEntered", "Both"),
        event(3, 2, "ParallelStateStarted", ""),
        event(4, 3, "TaskStateEntered", "Pay"),
        event(5, 3, "TaskStateEntered", "Reserve"),
        event(6, 5, "LambdaFunctionScheduled", ""),
        event(7, 4, "LambdaFunctionFailed", ""),
        event(8, 7, "ExecutionFailed", ""),
    ];
    let stays = stays(&both);
    assert!(stays.contains(&("Pay".to_owned(), 40)) && stays.contains(&("Both".to_owned(), 60)), "{stays:?}");
    assert!(!stays.iter().any(|(state, _)| state == "Reserve"), "its sibling was cut off");
}

#[test]
fn a_catch_and_a_next_to_the_same_state_are_distinguished() {
    let caught = |outcome: &str| {
        let events = [
            event(2, 0, "TaskStateEntered", "Fulfil"),
            event(3, 2, outcome, ""),
            event(4, 3, "TaskStateExited", "Fulfil"),
            event(5, 4, "PassStateEntered", "Failed"),
        ];
        Trace::of(&orders(), &events).transitions.iter().map(|edge| edge.caught).collect::<Vec<_>>()
    };
    assert_eq!(caught("LambdaFunctionSucceeded"), [false]);
    assert_eq!(caught("LambdaFunctionFailed"), [true]);
    assert_eq!(caught("TaskTimedOut"), [true]);
}

#[test]
fn a_state_that_was_never_exited_was_caught() {
    let events = [event(2, 0, "TaskStateEntered", "Fulfil"), event(3, 2, "PassStateEntered", "Failed")];
    assert_eq!(taken(&Trace::of(&orders(), &events)), [("Fulfil", "Failed", true)]);
}

#[test]
fn a_caught_parallel_leads_out_of_its_branch() {
    let events = [
        event(2, 0, "ParallelStateEntered", "Both"),
        event(3, 2, "ParallelStateStarted", ""),
        event(4, 3, "TaskStateEntered", "Pay"),
        event(5, 3, "TaskStateEntered", "Reserve"),
        event(6, 4, "LambdaFunctionFailed", ""),
        event(7, 5, "TaskStateAborted", ""),
        event(8, 6, "ParallelStateFailed", ""),
        event(9, 8, "ParallelStateExited", "Both"),
        event(10, 9, "PassStateEntered", "Failed"),
    ];
    let trace = Trace::of(&orders(), &events);
    assert_eq!(path(&trace), ["Both", "Pay", "Reserve", "Failed"]);
    assert_eq!(taken(&trace), [("Both", "Failed", true)]);
    assert_eq!(visit(&trace, "Reserve").end, Some(End::Aborted));
    assert_eq!(visit(&trace, "Both").error, Some(TraceError { event_id: 6, at_ms: 60, error: None, cause: None }));
}

#[test]
fn iterations_of_a_map_follow_one_another() {
    let outline = parsed(&json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Inner", "States": {
        "Inner": {"Type": "Map", "Next": "After", "ItemProcessor": {"StartAt": "Leaf", "States": {"Leaf": {"Type": "Pass", "End": true}}}},
        "After": {"Type": "Pass", "End": true}}}}}}))
    .outline();
    let events = [
        event(2, 0, "MapStateEntered", "Each"),
        event(3, 2, "MapStateStarted", ""),
        event(4, 3, "MapIterationStarted", ""),
        event(5, 3, "MapIterationStarted", ""),
        event(6, 5, "MapStateEntered", "Inner"),
        event(7, 4, "MapStateEntered", "Inner"),
        event(8, 6, "MapStateStarted", ""),
        event(9, 7, "MapStateStarted", ""),
        event(10, 8, "MapIterationStarted", ""),
        event(11, 10, "PassStateEntered", "Leaf"),
        event(12, 11, "PassStateExited", "Leaf"),
        event(13, 12, "MapIterationStarted", ""),
        event(14, 13, "PassStateEntered", "Leaf"),
        event(15, 14, "PassStateExited", "Leaf"),
        event(16, 15, "MapStateExited", "Inner"),
        event(17, 9, "MapStateExited", "Inner"),
        event(18, 16, "PassStateEntered", "After"),
        event(19, 17, "PassStateEntered", "After"),
    ];
    let trace = Trace::of(&outline, &events);
    assert_eq!(path(&trace), ["Each", "Inner", "After", "Inner", "Leaf", "Leaf", "After"]);
    assert_eq!(taken(&trace), [("Inner", "After", false)]);
}

#[test]
fn a_missing_log_line_costs_no_state() {
    let events = [
        event(2, 0, "ParallelStateEntered", "Both"),
        event(4, 3, "TaskStateEntered", "Reserve"),
        event(5, 3, "TaskStateEntered", "Pay"),
        event(7, 6, "TaskStateExited", "Pay"),
    ];
    let trace = Trace::of(&orders(), &events);
    assert_eq!(path(&trace), ["Both", "Pay", "Reserve"]);
    assert_eq!(visit(&trace, "Pay").duration_ms(), Some(20), "no other visit of it is open");
}

#[test]
fn a_path_that_is_only_named_has_a_tree() {
    let path = |states: &[&str]| states.iter().map(|&state| state.to_owned()).collect::<Vec<_>>();
    let along = |states: &[&str]| Trace::along(&orders(), &path(states));
    let trace = along(&["Validate", "Both", "Pay", "Receipt", "Reserve", "Failed"]).unwrap();
    assert_eq!(taken(&trace), [("Both", "Failed", true), ("Pay", "Receipt", false), ("Validate", "Both", false)]);
    assert_eq!(visit(&trace, "Both").caught_by.as_deref(), Some("Failed"));
    assert!(trace.visits.iter().all(|visit| visit.end.is_some() && visit.duration_ms().is_none()));
    assert_eq!(taken(&along(&["Fulfil", "Failed"]).unwrap()), [("Fulfil", "Failed", false)], "nothing failed");
    assert_eq!(taken(&along(&["Validate", "Fulfil"]).unwrap()), [], "no way leads there");
    assert_eq!(along(&["Validate", "Pai"]), Err("Pai".to_owned()));
}

/// As AWS writes it.
#[test]
fn an_expression_that_failed_is_found_by_its_state() {
    let failed = HistoryEvent {
        error: Some("States.QueryEvaluationError".to_owned()),
        ..event(3, 0, "EvaluationFailed", "Validate")
    };
    let events = [event(2, 0, "TaskStateEntered", "Validate"), failed, event(4, 3, "ExecutionFailed", "")];
    let trace = Trace::of(&orders(), &events);
    let validate = visit(&trace, "Validate");
    assert_eq!((validate.end, validate.attempts.len()), (Some(End::Failed), 1));
    assert_eq!(validate.error.as_ref().and_then(|error| error.error.as_deref()), Some("States.QueryEvaluationError"));
}
