//! Trees of executions, case by case: of the stepper's own histories.

use std::sync::Arc;

use serde_json::{Value, json};

use super::event::HistoryEvent;
use super::tree::{End, Trace, Transition, Visit};
use crate::effect::{Resource, Signal, Task};
use crate::run::trial::{Answer, Trial, seed};
use crate::{Definition, parse};

pub(super) const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:f";

pub(super) fn parsed(definition: &Value) -> Definition {
    parse(&definition.to_string()).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

fn events_of(trial: &Trial) -> Vec<HistoryEvent> {
    trial.events.iter().map(|event| serde_json::from_value(serde_json::to_value(event).unwrap()).unwrap()).collect()
}

fn executed(states: &Value, input: Value, stop: Answer, answer: impl FnMut(&Task) -> Answer) -> Trace {
    traced(&json!({"StartAt": "A", "States": states}), input, stop, answer)
}

fn traced(definition: &Value, input: Value, stop: Answer, answer: impl FnMut(&Task) -> Answer) -> Trace {
    let machine = Arc::new(parsed(definition));
    let trial = Trial::run_with(Arc::clone(&machine), seed(input, false), 10_000, stop, answer);
    Trace::of(&machine.outline(), &events_of(&trial))
}

fn succeeds(task: &Task) -> Answer {
    vec![(0, Signal::TaskStarted(task.id)), (100, Signal::TaskSucceeded { task: task.id, output: json!({}) })]
}

fn fails(task: &Task, error: &str) -> Answer {
    let failed = Signal::TaskFailed { task: task.id, error: error.to_owned(), cause: format!("why {error}") };
    vec![(0, Signal::TaskStarted(task.id)), (200, failed)]
}

/// What a machine does when the tasks of these functions fail: `f-a`, given as `a`, with the error `Broken-a`.
pub(super) fn failing(definition: &Value, functions: &[&str]) -> Trace {
    traced(definition, json!({"items": [1]}), Vec::new(), |task| {
        let Resource::LambdaFunction { arn } = &task.resource else { return succeeds(task) };
        match functions.iter().find(|function| arn.ends_with(&format!("-{function}"))) {
            Some(function) => fails(task, &format!("Broken-{function}")),
            None => succeeds(task),
        }
    })
}

pub(super) fn visit<'t>(trace: &'t Trace, state: &str) -> &'t Visit {
    trace.visits.iter().find(|visit| visit.state == state).unwrap_or_else(|| panic!("no visit of {state}: {trace:#?}"))
}

fn error(visit: &Visit) -> &str {
    visit.error.as_ref().and_then(|error| error.error.as_deref()).unwrap_or_default()
}

pub(super) fn path(trace: &Trace) -> Vec<&str> {
    trace.path().collect()
}

fn ends(trace: &Trace) -> Vec<(&str, Option<End>)> {
    trace.visits.iter().map(|visit| (visit.state.as_str(), visit.end)).collect()
}

pub(super) fn taken(trace: &Trace) -> Vec<(&str, &str, bool)> {
    trace.transitions.iter().map(|it| (it.from.as_str(), it.to.as_str(), it.caught)).collect()
}

/// A Parallel with a Task in each branch, a Map with a Task for each item, and catchers.
pub(super) fn machine() -> Definition {
    parsed(&json!({"StartAt": "Check", "States": {
        "Check": {"Type": "Pass", "Next": "Both"},
        "Both": {"Type": "Parallel", "Next": "Each", "ResultPath": null,
            "Retry": [{"ErrorEquals": ["Again"], "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Sorry"}],
            "Branches": [
                {"StartAt": "Pay", "States": {
                    "Pay": {"Type": "Task", "Resource": FUNCTION, "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}], "Next": "Receipt"},
                    "Receipt": {"Type": "Pass", "End": true}}},
                {"StartAt": "Reserve", "States": {"Reserve": {"Type": "Task", "Resource": FUNCTION, "End": true}}}]},
        "Each": {"Type": "Map", "ItemsPath": "$.items", "End": true, "ItemProcessor": {"StartAt": "One", "States": {
            "One": {"Type": "Task", "Resource": FUNCTION, "End": true,
                "Catch": [{"ErrorEquals": ["Busy"], "Next": "Mend"}]},
            "Mend": {"Type": "Pass", "End": true}}}},
        "Sorry": {"Type": "Pass", "End": true}}}))
}

/// What the machine does when its tasks fare like this, one after the other.
pub(super) fn history(fates: &[u8], input: Value) -> Vec<HistoryEvent> {
    let mut fates = fates.iter();
    let trial = Trial::run(Arc::new(machine()), seed(input, false), 10_000, |task| match fates.next() {
        Some(1) => fails(task, "Busy"),
        Some(2) => fails(task, "Again"),
        Some(3) => fails(task, "Other"),
        _ => succeeds(task),
    });
    events_of(&trial)
}

#[test]
fn attempts_are_distinguished() {
    let mut tries = 0;
    let states = json!({"A": {"Type": "Task", "Resource": FUNCTION, "End": true,
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 3}]}});
    let trace = executed(&states, json!({}), Vec::new(), |task| {
        tries += 1;
        if tries < 3 { fails(task, "Busy") } else { succeeds(task) }
    });
    let visit = visit(&trace, "A");
    assert_eq!((visit.end, visit.retries(), visit.duration_ms()), (Some(End::Succeeded), 2, Some(9500)));
    assert_eq!(visit.error, None, "the Retry mended it");
    let reported: Vec<_> = visit
        .attempts
        .iter()
        .map(|attempt| {
            let error = attempt.error.as_ref().and_then(|error| error.cause.as_deref());
            (attempt.ended_ms.unwrap() - attempt.scheduled_ms, error, attempt.next_in_ms)
        })
        .collect();
    assert_eq!(reported, [(200, Some("why Busy"), Some(3000)), (200, Some("why Busy"), Some(6000)), (100, None, None)]);
    assert_eq!(visit.attempts[0].resource.as_deref(), Some(FUNCTION));
    assert_eq!(visit.attempts[0].started_ms, Some(visit.attempts[0].scheduled_ms));
}

#[test]
fn attempts_that_run_out_end_the_execution() {
    let states = json!({"A": {"Type": "Task", "Resource": FUNCTION, "End": true,
        "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}]}});
    let trace = executed(&states, json!({}), Vec::new(), |task| fails(task, "Busy"));
    assert_eq!(
        (trace.end, trace.visits[0].end, error(&trace.visits[0])),
        (Some(End::Failed), Some(End::Failed), "Busy")
    );
    assert_eq!(trace.visits[0].attempts.len(), 2);
    assert_eq!(trace.error.as_ref().and_then(|error| error.cause.as_deref()), Some("why Busy"));
}

#[test]
fn a_parallel_that_is_tried_again_has_its_branches_twice() {
    let events = history(&[2, 0, 0, 0, 0, 0, 0], json!({"items": []}));
    let trace = Trace::of(&machine().outline(), &events);
    let both = visit(&trace, "Both");
    assert_eq!((both.end, both.retries()), (Some(End::Succeeded), 1), "{both:#?}");
    assert_eq!(both.attempts[0].error.as_ref().and_then(|error| error.error.as_deref()), Some("Again"));
    assert_eq!(both.attempts[0].next_in_ms, Some(1000));
    let lanes: Vec<_> = both.lanes.iter().map(|lane| (lane.index, lane.attempt, lane.visits.len())).collect();
    assert_eq!(lanes, [(0, 0, 1), (0, 1, 2), (1, 0, 1), (1, 1, 1)]);
    assert_eq!(path(&trace), ["Check", "Both", "Pay", "Pay", "Receipt", "Reserve", "Reserve", "Each"]);
    let pays: Vec<_> = trace.visits.iter().filter(|visit| visit.state == "Pay").map(|visit| visit.end).collect();
    assert_eq!(pays, [Some(End::Failed), Some(End::Succeeded)]);
    assert_eq!(taken(&trace), [("Both", "Each", false), ("Check", "Both", false), ("Pay", "Receipt", false)]);
}

#[test]
fn what_fails_in_a_branch_is_caught_around_it() {
    let events = history(&[3, 0], json!({"items": []}));
    let trace = Trace::of(&machine().outline(), &events);
    let (both, pay, reserve) = (visit(&trace, "Both"), visit(&trace, "Pay"), visit(&trace, "Reserve"));
    assert_eq!((both.end, error(both), both.caught_by.as_deref()), (Some(End::Caught), "Other", Some("Sorry")));
    assert_eq!((pay.end, error(pay), pay.caught_by.as_deref()), (Some(End::Failed), "Other", None));
    assert_eq!(both.error, pay.error, "one failure, one event");
    assert_eq!((reserve.end, trace.end), (Some(End::Succeeded), Some(End::Succeeded)), "it was quicker");
    assert!(trace.transitions.contains(&Transition { from: "Both".into(), to: "Sorry".into(), caught: true }));
}

#[test]
fn what_runs_beside_a_failure_is_cut_off() {
    let states = json!({"A": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 100, "End": true}}},
        {"StartAt": "Bad", "States": {"Bad": {"Type": "Task", "Resource": FUNCTION, "End": true}}}]}});
    let trace = executed(&states, json!({}), Vec::new(), |task| fails(task, "E"));
    let expected = [("A", Some(End::Failed)), ("Slow", Some(End::Aborted)), ("Bad", Some(End::Failed))];
    assert_eq!(ends(&trace), expected);
    assert_eq!(visit(&trace, "Slow").duration_ms(), Some(200));
    assert!(!visit(&trace, "Slow").is_over() && visit(&trace, "Bad").is_over());
    assert_eq!(visit(&trace, "A").error, visit(&trace, "Bad").error);
    assert_eq!(visit(&trace, "A").attempts.len(), 1);
}

#[test]
fn a_fail_state_in_a_branch_is_known_by_what_was_caught() {
    let states = json!({"A": {"Type": "Parallel", "End": true,
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.x.error", "Next": "B"}],
            "Branches": [{"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "Stopped", "Cause": "on purpose"}}}]},
        "B": {"Type": "Pass", "End": true}});
    let earlier = json!({"before": {"Error": "Earlier", "Cause": ""}});
    let trace = executed(&states, earlier, Vec::new(), succeeds);
    assert_eq!((error(visit(&trace, "A")), error(visit(&trace, "Stop"))), ("Stopped", "Stopped"));
    assert_eq!(visit(&trace, "A").caught_by.as_deref(), Some("B"));
    assert_eq!(visit(&trace, "Stop").end, Some(End::Failed));
}

#[test]
fn iterations_are_distinguished_and_caught_one_by_one() {
    let mut calls = 0;
    let events = {
        let trial = Trial::run(Arc::new(machine()), seed(json!({"items": [1, 2, 3]}), false), 10_000, |task| {
            calls += usize::from(task.state == "One");
            if task.state == "One" && calls == 2 { fails(task, "Busy") } else { succeeds(task) }
        });
        events_of(&trial)
    };
    let trace = Trace::of(&machine().outline(), &events);
    let each = visit(&trace, "Each");
    let lanes: Vec<Vec<&str>> =
        each.lanes.iter().map(|lane| lane.visits.iter().map(|at| trace.visits[*at].state.as_str()).collect()).collect();
    assert_eq!(lanes, [vec!["One"], vec!["One", "Mend"], vec!["One"]]);
    assert_eq!(each.lanes.iter().map(|lane| lane.index).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(each.lanes.iter().all(|lane| lane.ended_ms.is_some()));
    let caught = trace.visits.iter().find(|visit| visit.end == Some(End::Caught)).unwrap();
    assert_eq!((error(caught), caught.caught_by.as_deref()), ("Busy", Some("Mend")));
    assert_eq!((each.end, each.error.as_ref()), (Some(End::Succeeded), None));
}

#[test]
fn an_iteration_that_fails_fails_the_map() {
    let events = {
        let trial = Trial::run(Arc::new(machine()), seed(json!({"items": [1, 2]}), false), 10_000, |task| {
            if task.state == "One" { fails(task, "Other") } else { succeeds(task) }
        });
        events_of(&trial)
    };
    let trace = Trace::of(&machine().outline(), &events);
    assert_eq!((visit(&trace, "Each").end, error(visit(&trace, "Each"))), (Some(End::Failed), "Other"));
    let ones: Vec<_> = trace.visits.iter().filter(|visit| visit.state == "One").map(|visit| visit.end).collect();
    assert_eq!(ones, [Some(End::Failed), Some(End::Aborted)]);
}

#[test]
fn an_execution_out_of_time_was_somewhere() {
    let states = json!({"A": {"Type": "Wait", "Seconds": 100, "End": true}});
    let definition = json!({"StartAt": "A", "TimeoutSeconds": 5, "States": states});
    let trace = traced(&definition, json!({}), Vec::new(), succeeds);
    assert_eq!((trace.end, trace.visits[0].left_ms), (Some(End::TimedOut), trace.ended_ms));
    assert_eq!(trace.visits[0].duration_ms(), Some(5000));
}

#[test]
fn an_execution_that_was_stopped_cut_off_all_that_ran() {
    let wait = json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": true}}});
    let mut other = wait.clone();
    other["StartAt"] = json!("V");
    other["States"] = json!({"V": {"Type": "Wait", "Seconds": 100, "End": true}});
    let states = json!({"A": {"Type": "Parallel", "End": true, "Branches": [wait, other]}});
    let stop = vec![(1000, Signal::Stop { error: Some("Enough".to_owned()), cause: None })];
    let trace = executed(&states, json!({}), stop, succeeds);
    assert_eq!(trace.end, Some(End::Aborted));
    assert!(trace.visits.iter().all(|visit| visit.end == Some(End::Aborted)), "{:?}", ends(&trace));
    assert!(trace.visits.iter().all(|visit| visit.duration_ms() == Some(1000)));
    assert_eq!(trace.error.as_ref().and_then(|error| error.error.as_deref()), Some("Enough"));
}

#[test]
fn an_expression_that_fails_is_an_attempt_too() {
    let states = json!({"A": {"Type": "Task", "QueryLanguage": "JSONata", "Resource": FUNCTION, "End": true,
            "Output": "{% $error('no') %}", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]},
        "B": {"Type": "Pass", "End": true}});
    let trace = executed(&states, json!({}), Vec::new(), succeeds);
    let visit = visit(&trace, "A");
    assert_eq!(
        (visit.end, error(visit), visit.caught_by.as_deref()),
        (Some(End::Caught), "States.QueryEvaluationError", Some("B"))
    );
    assert_eq!(visit.attempts.len(), 1, "the call itself went well");
    assert_eq!(visit.attempts[0].error, visit.error);
}

#[test]
fn a_callback_waits_from_its_submission_on() {
    let states = json!({"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": true,
        "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}}});
    let trace = executed(&states, json!({}), Vec::new(), |task| {
        assert!(matches!(task.resource, Resource::Integration { .. }));
        let answer = |output| (5000, Signal::TaskSucceeded { task: task.id, output });
        let submitted = Signal::TaskSubmitted { task: task.id, output: json!({}) };
        vec![(0, Signal::TaskStarted(task.id)), (300, submitted), answer(json!(1))]
    });
    let attempt = &trace.visits[0].attempts[0];
    assert_eq!(attempt.submitted_ms.unwrap() - attempt.scheduled_ms, 300);
    assert_eq!(attempt.ended_ms.unwrap() - attempt.submitted_ms.unwrap(), 4700);
    assert_eq!(attempt.resource.as_deref(), Some("lambda:invoke.waitForTaskToken"));
}

#[test]
fn inputs_and_outputs_are_kept() {
    let states = json!({"A": {"Type": "Pass", "Result": {"b": 2}, "End": true}});
    let trace = executed(&states, json!({"a": 1}), Vec::new(), succeeds);
    let text = |data: &Option<super::EventData>| data.as_ref().map(|data| data.text.to_string());
    assert_eq!(text(&trace.input).as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(text(&trace.visits[0].input).as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(
        (text(&trace.visits[0].output), text(&trace.output)),
        (Some(r#"{"b":2}"#.into()), Some(r#"{"b":2}"#.into()))
    );
}

#[test]
fn what_ends_last_is_critical() {
    let states = json!({"A": {"Type": "Parallel", "Next": "B", "Branches": [
            {"StartAt": "Quick", "States": {"Quick": {"Type": "Wait", "Seconds": 1, "End": true}}},
            {"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 2, "Next": "Last"}, "Last": {"Type": "Pass", "End": true}}}]},
        "B": {"Type": "Pass", "End": true}});
    let trace = executed(&states, json!({}), Vec::new(), succeeds);
    let critical: Vec<&str> =
        trace.path().zip(trace.critical()).filter(|(_, critical)| *critical).map(|(state, _)| state).collect();
    assert_eq!(critical, ["A", "Slow", "Last", "B"]);
}

#[test]
fn a_page_that_is_missing_costs_what_was_on_it() {
    let events = history(&[0, 0, 1, 0, 0, 0], json!({"items": [1, 2, 3]}));
    let outline = machine().outline();
    let whole = Trace::of(&outline, &events);
    for (from, to) in [(0, 10), (10, 20), (20, 30), (5, events.len())] {
        let kept: Vec<HistoryEvent> = events
            .iter()
            .enumerate()
            .filter(|(at, _)| !(from..to).contains(at))
            .map(|(_, event)| event.clone())
            .collect();
        let trace = Trace::of(&outline, &kept);
        let there = |visit: &&Visit| kept.iter().any(|event| event.id == visit.event_id);
        assert_eq!(trace.visits.len(), whole.visits.iter().filter(there).count(), "without {from}..{to}");
        for visit in &trace.visits {
            let known = whole.visits.iter().find(|other| other.event_id == visit.event_id).unwrap();
            if visit.output.is_some() {
                assert_eq!((visit.left_ms, &visit.output), (known.left_ms, &known.output));
            }
        }
    }
    let running = Trace::of(&outline, &events[..8]);
    assert_eq!((running.end, running.ended_ms), (None, None));
    assert!(running.visits.last().is_some_and(|visit| visit.end.is_none()), "{:?}", ends(&running));
}

#[test]
fn a_log_without_data_tells_the_same_tree() {
    let events = history(&[1, 0, 0, 1, 0, 0], json!({"items": [1, 2]}));
    let lines = events.iter().map(|event| {
        let name = if event.event_type.contains("State") || event.event_type.starts_with("MapIteration") {
            event.name.clone()
        } else {
            None
        };
        json!({"id": event.id.to_string(), "type": event.event_type, "previous_event_id": event.previous_id.to_string(),
            "event_timestamp": event.timestamp_ms.to_string(), "execution_arn": "arn:e",
            "details": {"name": name, "index": event.index, "error": event.error}})
        .to_string()
    });
    let logged: Vec<HistoryEvent> = lines.map(|line| HistoryEvent::from_log_line(&line).unwrap().1).collect();
    let outline = machine().outline();
    let (reported, kept) = (Trace::of(&outline, &logged), Trace::of(&outline, &events));
    assert_eq!((path(&reported), &reported.transitions), (path(&kept), &kept.transitions));
    let shape = |trace: &Trace| {
        let of = |visit: &Visit| {
            (visit.inside.map(|it| (it.visit, it.lane)), visit.end, visit.left_ms, visit.attempts.len())
        };
        trace.visits.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(shape(&reported), shape(&kept));
    assert!(reported.visits.iter().all(|visit| visit.input.is_none() && visit.output.is_none()));
}
