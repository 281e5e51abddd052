//! What runs do, case by case.

#![expect(clippy::needless_pass_by_value, reason = "`json!` makes values, and a borrow at each of them hides the case")]

use std::sync::Arc;

use serde_json::{Value, json};

use super::trial::{Answer, Trial, echo, seed};
use crate::effect::{Command, Outcome, Signal, Task};
use crate::{Run, parse};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:f";
const CALLBACK: &str = "arn:aws:states:::lambda:invoke.waitForTaskToken";

fn run(states: Value, input: Value, answer: impl FnMut(&Task) -> Answer) -> Trial {
    run_as(json!({"StartAt": "A", "States": states}), input, false, answer)
}

fn run_as(definition: Value, input: Value, express: bool, answer: impl FnMut(&Task) -> Answer) -> Trial {
    let machine = parse(&definition.to_string()).unwrap_or_else(|findings| panic!("{findings:#?}"));
    Trial::run(Arc::new(machine), seed(input, express), 100_000, answer)
}

fn fails(task: &Task, error: &str) -> Answer {
    vec![(0, Signal::TaskFailed { task: task.id, error: error.to_owned(), cause: "why".to_owned() })]
}

fn silent(_: &Task) -> Answer {
    Vec::new()
}

fn previous(trial: &Trial) -> Vec<i64> {
    trial.events.iter().map(|event| event.previous_id).collect()
}

#[test]
fn data_flows_through_all_fields_in_order() {
    let states = json!({"A": {"Type": "Task", "Resource": FUNCTION, "InputPath": "$.in", "Parameters": {"p.$": "$.x", "q": 1},
        "ResultSelector": {"r.$": "$.p"}, "ResultPath": "$.out", "OutputPath": "$['in', 'out']", "End": true}});
    let trial = run(states, json!({"in": {"x": 5}, "rest": 0}), echo);
    assert_eq!(trial.tasks[0].input, json!({"p": 5, "q": 1}));
    assert_eq!(trial.output(), &json!({"in": {"x": 5}, "out": {"r": 5}}));
}

#[test]
fn a_path_that_leads_nowhere_ends_the_execution() {
    let cause = |state: Value| {
        let mut states = json!({"A": state});
        if states["A"]["Type"] == "Choice" {
            states["B"] = json!({"Type": "Succeed"});
        }
        let trial = run(states, json!({"a": "text"}), echo);
        let (error, cause) = trial.failure();
        assert_eq!(error, "States.Runtime");
        cause.replacen("An error occurred while executing the state 'A' (entered at the event id #2). ", "", 1)
    };
    assert_eq!(
        cause(json!({"Type": "Pass", "InputPath": "$.b", "End": true})),
        "Invalid path '$.b' : No results for path: $['b']"
    );
    assert_eq!(
        cause(json!({"Type": "Pass", "Parameters": {"x.$": "$.b.c"}, "End": true})),
        r#"The JSONPath '$.b.c' specified for the field 'x.$' could not be found in the input '{"a":"text"}'"#
    );
    assert_eq!(
        cause(json!({"Type": "Choice", "Choices": [{"Variable": "$.b", "IsNull": true, "Next": "B"}], "Default": "B"})),
        "Invalid path '$.b': The choice state's condition path references an invalid value."
    );
    assert_eq!(
        cause(json!({"Type": "Map", "ItemsPath": "$.a", "End": true,
            "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}})),
        "Reference path \"$.a\" must point to array."
    );
    assert_eq!(
        cause(json!({"Type": "Wait", "SecondsPath": "$.a", "End": true})),
        "The SecondsPath parameter cannot be parsed as a long value: $.a == text"
    );
}

#[test]
fn a_result_without_a_place_has_a_name_of_its_own() {
    let states = json!({"A": {"Type": "Pass", "ResultPath": "$.a.b", "Result": 1, "End": true}});
    assert_eq!(run(states, json!({"a": 1}), echo).failure().0, "States.ResultPathMatchFailure");
}

#[test]
fn a_choice_without_a_match_fails() {
    let states = json!({"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "B"}]}, "B": {"Type": "Succeed"}});
    let trial = run(states, json!({"a": 1}), echo);
    let cause = "An error occurred while executing the state 'A' (entered at the event id #2). Failed to transition out of the state. \
                 The state does not point to a next state.";
    assert_eq!(trial.failure(), ("States.Runtime", cause));
    assert_eq!(trial.types(), ["ExecutionStarted", "ChoiceStateEntered", "ExecutionFailed"]);
}

#[test]
fn is_present_needs_no_value() {
    let rule = json!({"And": [{"Variable": "$.a.b", "IsPresent": false}, {"Variable": "$.n", "IsPresent": true}], "Next": "B"});
    let states = json!({"A": {"Type": "Choice", "Choices": [rule]}, "B": {"Type": "Succeed"}});
    assert_eq!(run(states, json!({"n": null}), echo).output(), &json!({"n": null}));
}

#[test]
fn a_wait_waits_in_virtual_time() {
    let states = json!({
        "A": {"Type": "Wait", "Seconds": 90, "Next": "B"},
        "B": {"Type": "Wait", "TimestampPath": "$.t", "Next": "C"},
        "C": {"Type": "Wait", "SecondsPath": "$.s", "Next": "D"},
        "D": {"Type": "Wait", "Timestamp": "2001-01-01T00:00:00Z", "End": true},
    });
    let trial = run(states, json!({"t": "2023-11-14T22:15:00.5Z", "s": 3}), echo);
    let exits: Vec<i64> = trial
        .events
        .iter()
        .filter(|event| event.event_type == "WaitStateExited")
        .map(|event| event.timestamp_ms - 1_700_000_000_000)
        .collect();
    assert_eq!(exits, [90_000, 100_500, 103_500, 103_500]);
}

#[test]
fn retries_come_after_growing_delays_and_then_the_catch() {
    let states = json!({
        "A": {"Type": "Task", "Resource": FUNCTION, "Next": "B",
            "Retry": [{"ErrorEquals": ["X"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 3}, {"ErrorEquals": ["States.ALL"]}],
            "Catch": [{"ErrorEquals": ["Y"], "Next": "C"}, {"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "B"}]},
        "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"},
    });
    let trial = run(states, json!({"k": 1}), |task| fails(task, "X"));
    assert_eq!(trial.tasks.len(), 3);
    assert_eq!(trial.now_ms - 1_700_000_000_000, 8_000);
    assert_eq!(trial.output(), &json!({"k": 1, "error": {"Error": "X", "Cause": "why"}}));
}

#[test]
fn the_retry_count_can_be_seen() {
    let states = json!({"A": {"Type": "Task", "Resource": FUNCTION, "Parameters": {"n.$": "$$.State.RetryCount"}, "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"]}]}});
    let trial = run(states, json!({}), |task| if task.id < 3 { fails(task, "X") } else { echo(task) });
    assert_eq!(trial.output(), &json!({"n": 2}));
}

#[test]
fn a_task_that_takes_too_long_is_cancelled() {
    let states = json!({
        "A": {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 5, "Next": "B",
            "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "B"}, {"ErrorEquals": ["States.Timeout"], "Next": "C"}]},
        "B": {"Type": "Fail"}, "C": {"Type": "Succeed"},
    });
    let trial = run(states, json!({}), silent);
    assert_eq!(trial.output(), &json!({"Error": "States.Timeout", "Cause": ""}));
    assert!(trial.types().contains(&"LambdaFunctionTimedOut"));
}

#[test]
fn a_heartbeat_counts_from_the_submission() {
    let callback = |heartbeats: i64| {
        let states = json!({"A": {"Type": "Task", "Resource": CALLBACK, "HeartbeatSeconds": 10, "TimeoutSeconds": 300,
            "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}, "Next": "B",
            "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "C"}]},
            "B": {"Type": "Succeed"}, "C": {"Type": "Pass", "Result": "missed", "End": true}});
        run(states, json!({}), |task| {
            assert_eq!(task.input["Payload"]["token"].as_str(), task.token.as_deref());
            let mut answer = vec![
                (0, Signal::TaskStarted(task.id)),
                (60_000, Signal::TaskSubmitted { task: task.id, output: json!({"StatusCode": 200}) }),
            ];
            answer.extend((1..=heartbeats).map(|beat| (60_000 + beat * 9_000, Signal::TaskHeartbeat(task.id))));
            if heartbeats > 0 {
                let at = 60_000 + heartbeats * 9_000 + 5_000;
                answer.push((at, Signal::TaskSucceeded { task: task.id, output: json!("done") }));
            }
            answer
        })
    };
    assert_eq!(callback(3).output(), &json!("done"));
    let missed = callback(0);
    assert_eq!(missed.output(), &json!("missed"));
    assert_eq!(missed.now_ms - 1_700_000_000_000, 70_000);
    assert!(missed.types().windows(2).any(|pair| pair == ["TaskSubmitted", "TaskTimedOut"]));
}

#[test]
fn limits_may_come_from_the_input() {
    let states = json!({"A": {"Type": "Task", "Resource": FUNCTION, "TimeoutSecondsPath": "$.t", "End": true}});
    let trial = run(states.clone(), json!({"t": 7}), silent);
    assert_eq!(trial.failure(), ("States.Timeout", ""));
    assert_eq!(trial.now_ms - 1_700_000_000_000, 7_000);
    assert_eq!(run(states, json!({"t": 0}), silent).failure().0, "States.Runtime");
}

#[test]
fn branches_join_in_their_order() {
    let branch = |name: &str, seconds: u64| {
        json!({"StartAt": name, "States": {name: {"Type": "Wait", "Seconds": seconds, "Next": format!("{name}2")},
        format!("{name}2"): {"Type": "Pass", "Result": name, "End": true}}})
    };
    let states = json!({"A": {"Type": "Parallel", "Branches": [branch("slow", 9), branch("fast", 1)], "End": true}});
    let trial = run(states, json!({}), echo);
    assert_eq!(trial.output(), &json!(["slow", "fast"]));
    let count = trial.events.len();
    assert_eq!(trial.types()[count - 3..], ["ParallelStateSucceeded", "ParallelStateExited", "ExecutionSucceeded"]);
    let last_exit = trial.events[count - 4].id;
    assert_eq!(previous(&trial)[count - 3..count - 1], [last_exit, last_exit]);
}

#[test]
fn a_failed_branch_takes_its_siblings_with_it() {
    let states = json!({
        "A": {"Type": "Parallel", "Next": "B", "Catch": [{"ErrorEquals": ["Broken"], "Next": "C"}], "Branches": [
            {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 99, "End": true}}},
            {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": FUNCTION, "End": true}}},
            {"StartAt": "F", "States": {"F": {"Type": "Wait", "Seconds": 1, "Next": "G"}, "G": {"Type": "Fail", "Error": "Broken"}}},
        ]},
        "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"},
    });
    let trial = run(states, json!({}), silent);
    assert_eq!(trial.output(), &json!({"Error": "Broken", "Cause": null}));
    let types = trial.types();
    let tail = &types[types.len() - 8..];
    assert_eq!(tail[..4], ["FailStateEntered", "WaitStateAborted", "TaskStateAborted", "ParallelStateFailed"]);
    assert_eq!(trial.now_ms - 1_700_000_000_000, 1_000);
}

#[test]
fn a_map_runs_no_more_than_allowed_at_a_time() {
    let most = |concurrency: Value| {
        let states = json!({"A": {"Type": "Map", "MaxConcurrency": concurrency, "ItemSelector": {"n.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"},
            "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": FUNCTION, "End": true}}}, "End": true}});
        let items: Vec<u64> = (10..60).collect();
        let trial = run(states, json!(items), echo);
        assert_eq!(trial.output()[49], json!({"n": 49, "v": 59}));
        let (mut open, mut most) = (0, 0);
        for event_type in trial.types() {
            open += i32::from(event_type == "MapIterationStarted") - i32::from(event_type == "MapIterationSucceeded");
            most = most.max(open);
        }
        most
    };
    assert_eq!([most(json!(1)), most(json!(7)), most(json!(0)), most(json!(1000))], [1, 7, 40, 40]);
}

#[test]
fn a_failed_iteration_fails_the_map() {
    let states = json!({"A": {"Type": "Map", "End": true, "Iterator": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": FUNCTION, "End": true}}}}});
    let trial = run(states, json!([1, 2]), |task| if task.input == 2 { fails(task, "X") } else { Vec::new() });
    assert_eq!(trial.failure(), ("X", "why"));
    let types = trial.types();
    assert_eq!(
        types[types.len() - 5..],
        ["MapIterationFailed", "TaskStateAborted", "MapIterationAborted", "MapStateFailed", "ExecutionFailed"]
    );
}

#[test]
fn an_empty_map_is_done_at_once() {
    let states =
        json!({"A": {"Type": "Map", "End": true, "Iterator": {"StartAt": "T", "States": {"T": {"Type": "Succeed"}}}}});
    assert_eq!(run(states, json!([]), echo).output(), &json!([]));
}

#[test]
fn nested_maps_see_their_own_item() {
    let inner = json!({"Type": "Map", "ItemSelector": {"outer.$": "$", "inner.$": "$$.Map.Item.Value"}, "End": true,
        "Iterator": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"o.$": "$.outer", "i.$": "$.inner", "at.$": "$$.Map.Item.Index"}, "End": true}}}});
    let states = json!({"A": {"Type": "Map", "Iterator": {"StartAt": "M", "States": {"M": inner}}, "End": true}});
    let trial = run(states, json!([[7, 8]]), echo);
    assert_eq!(trial.output(), &json!([[{"o": [7, 8], "i": 7, "at": 0}, {"o": [7, 8], "i": 8, "at": 1}]]));
}

#[test]
fn the_machine_and_the_express_limit_end_an_execution() {
    let states = json!({"A": {"Type": "Wait", "Seconds": 1000, "End": true}});
    let limited = json!({"StartAt": "A", "TimeoutSeconds": 30, "States": states});
    let trial = run_as(limited, json!({}), false, echo);
    assert!(matches!(trial.outcome, Some(Outcome::TimedOut { .. })));
    assert_eq!(trial.types().last(), Some(&"ExecutionTimedOut"));
    let express = run_as(json!({"StartAt": "A", "States": states}), json!({}), true, echo);
    assert_eq!(express.now_ms - 1_700_000_000_000, 300_000);
    assert!(matches!(express.outcome, Some(Outcome::TimedOut { .. })));
}

#[test]
fn stopping_aborts_and_cancels() {
    let definition = json!({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 9, "End": true}}});
    let (mut run, _) = Run::start(Arc::new(parse(&definition.to_string()).unwrap()), seed(json!({}), false));
    let effects = run.handle(1_700_000_000_500, Signal::Stop { error: None, cause: Some("enough".to_owned()) });
    assert_eq!(effects.commands, [Command::CancelTask(1), Command::CancelTimer(1)]);
    let event = &effects.events[0];
    assert_eq!((event.event_type, event.previous_id), ("ExecutionAborted", 0));
    assert_eq!(event.details, Some(("executionAbortedEventDetails", json!({"cause": "enough"}).into())));
    assert!(run.is_over());
    assert_eq!(run.handle(1_700_000_000_600, Signal::TaskStarted(1)), crate::Effects::default());
}

#[test]
fn late_signals_are_ignored() {
    let states = json!({
        "A": {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 1, "Next": "B", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]},
        "B": {"Type": "Wait", "Seconds": 60, "End": true},
    });
    let trial = run(states, json!({}), |task| {
        vec![
            (2_000, Signal::TaskStarted(task.id)),
            (3_000, Signal::TaskSucceeded { task: task.id, output: json!(1) }),
            (4_000, Signal::TimerFired(99)),
            (5_000, Signal::TaskHeartbeat(42)),
        ]
    });
    assert_eq!(trial.output(), &json!({"Error": "States.Timeout", "Cause": ""}));
}

#[test]
fn a_long_loop_runs_in_one_call_until_the_history_is_full() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 5000, "Next": "A"}], "Default": "C"},
        "C": {"Type": "Succeed"},
    }});
    let machine = Arc::new(parse(&definition.to_string()).unwrap());
    let (run, effects) = Run::start(Arc::clone(&machine), seed(json!({"n": 0}), false));
    assert!(run.is_over());
    assert_eq!(effects.outcome, Some(Outcome::Succeeded { output: json!({"n": 5000}) }));
    assert_eq!(effects.events.len(), 20_004);
    let (_, effects) = Run::start(machine, seed(json!({"n": -9999}), false));
    let last = effects.events.last().unwrap();
    assert_eq!((last.id, last.event_type), (25_000, "ExecutionFailed"));
    assert_eq!(
        last.details.as_ref().unwrap().1["cause"],
        "The execution reached the maximum number of history events (25000)."
    );
}

#[test]
fn an_endless_express_loop_meets_its_time_limit() {
    let definition = json!({"StartAt": "A", "TimeoutSeconds": 15, "States": {
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsNull": true, "Next": "B"}], "Default": "A"},
        "B": {"Type": "Succeed"},
    }});
    let trial = run_as(definition, json!({"n": 0}), true, echo);
    assert!(matches!(trial.outcome, Some(Outcome::TimedOut { .. })));
}

#[test]
fn too_much_data_is_refused() {
    let big = "x".repeat(270_000);
    let states = json!({"A": {"Type": "Pass", "Parameters": {"a.$": "$.a", "b.$": "$.a"}, "End": true}});
    let half = "x".repeat(140_000);
    assert_eq!(run(states, json!({"a": half}), echo).failure().0, "States.DataLimitExceeded");
    let caught = |name: &str| json!({"A": {"Type": "Task", "Resource": FUNCTION, "End": true, "Catch": [{"ErrorEquals": [name], "Next": "B"}]}, "B": {"Type": "Pass", "Result": 1, "End": true}});
    let trial = run(caught("States.ALL"), json!({}), |task| {
        vec![(0, Signal::TaskSucceeded { task: task.id, output: json!(big) })]
    });
    assert_eq!(trial.output(), &json!(1));
    // What the state itself makes too large is another matter.
    let made = json!({"A": {"Type": "Task", "Resource": FUNCTION, "ResultPath": "$.b", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]}, "B": {"Type": "Succeed"}});
    let trial =
        run(made, json!({"a": half}), |task| vec![(0, Signal::TaskSucceeded { task: task.id, output: json!(half) })]);
    assert_eq!(trial.failure().0, "States.DataLimitExceeded");
}

#[test]
fn data_that_nests_ever_deeper_is_refused() {
    let states = json!({"A": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.never", "IsPresent": true, "Next": "C"}], "Default": "A"}, "C": {"Type": "Succeed"}});
    assert_eq!(run(states, json!({}), echo).failure().0, "States.Runtime");
}

#[test]
fn tokens_differ_and_repeat_with_their_seed() {
    let states = json!({"A": {"Type": "Task", "Resource": CALLBACK, "Parameters": {"t.$": "$$.Task.Token"}, "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"]}]}});
    let tokens = || {
        let trial = run(states.clone(), json!({}), |task| fails(task, "X"));
        trial.tasks.into_iter().map(|task| task.token.unwrap()).collect::<Vec<_>>()
    };
    let first = tokens();
    assert_eq!(first, tokens());
    assert_eq!(first.len(), 4);
    assert!(first.iter().all(|token| token.len() <= 2048 && first.iter().filter(|other| *other == token).count() == 1));
}

#[test]
fn chance_comes_from_the_seed() {
    let states = json!({"A": {"Type": "Pass", "Parameters": {"u.$": "States.UUID()", "r.$": "States.MathRandom(0, 1000000)"}, "End": true}});
    let made = |token_seed: u64| {
        let definition = json!({"StartAt": "A", "States": states}).to_string();
        let seed = crate::Seed { token_seed, ..seed(json!({}), false) };
        Run::start(Arc::new(parse(&definition).unwrap()), seed).1.outcome
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
}

#[test]
fn an_error_without_a_name_is_null_to_its_catch() {
    let states = json!({"A": {"Type": "Task", "Resource": CALLBACK, "Parameters": {}, "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]}, "B": {"Type": "Succeed"}});
    let trial = run(states, json!({}), |task| {
        vec![(0, Signal::TaskFailed { task: task.id, error: String::new(), cause: String::new() })]
    });
    assert_eq!(trial.output(), &json!({"Error": null, "Cause": null}));
    let failed = trial.events.iter().find(|event| event.event_type == "TaskFailed").unwrap();
    assert_eq!(
        failed.details.as_ref().unwrap().1,
        json!({"resourceType": "lambda", "resource": "invoke.waitForTaskToken"})
    );
}

#[test]
fn a_runtime_error_in_a_branch_ends_everything() {
    let states = json!({
        "A": {"Type": "Parallel", "Next": "B", "Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
            "Branches": [{"StartAt": "P", "States": {"P": {"Type": "Pass", "InputPath": "$.none", "End": true}}}]},
        "B": {"Type": "Succeed"},
    });
    let trial = run(states, json!({}), echo);
    assert_eq!(trial.failure().0, "States.Runtime");
    assert_eq!(trial.types()[3..], ["PassStateEntered", "ParallelStateFailed", "ExecutionFailed"]);
}

#[test]
fn intrinsic_failures_can_be_caught() {
    let states = json!({
        "A": {"Type": "Task", "Resource": FUNCTION, "Parameters": {"x.$": "States.StringToJson('{')"}, "Next": "B",
            "Catch": [{"ErrorEquals": ["States.IntrinsicFailure"], "Next": "C"}]},
        "B": {"Type": "Fail"}, "C": {"Type": "Pass", "Result": "caught", "End": true},
    });
    let trial = run(states, json!({}), echo);
    assert_eq!(trial.output(), &json!("caught"));
    assert!(trial.tasks.is_empty());
}

#[test]
fn machines_and_runs_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<crate::Definition>();
    shared::<Run>();
}

#[test]
fn a_branch_that_fails_again_and_again_is_retried_as_a_whole() {
    let states = json!({"A": {"Type": "Parallel", "End": true, "Retry": [{"ErrorEquals": ["X"], "MaxAttempts": 2}], "Branches": [
        {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": FUNCTION, "End": true}}},
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}},
    ]}});
    let trial = run(states, json!({"k": 1}), |task| if task.id < 3 { fails(task, "X") } else { echo(task) });
    assert_eq!(trial.output(), &json!([{"k": 1}, {"k": 1}]));
    let count = |event_type: &str| trial.types().iter().filter(|one| **one == event_type).count();
    assert_eq!([count("ParallelStateStarted"), count("ParallelStateFailed"), count("WaitStateAborted")], [3, 0, 2]);
}

#[test]
fn the_timer_of_an_answered_task_is_cancelled() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 9, "Next": "B"}, "B": {"Type": "Wait", "Seconds": 60, "End": true}}});
    let (mut run, effects) = Run::start(Arc::new(parse(&definition.to_string()).unwrap()), seed(json!({}), false));
    assert!(matches!(
        effects.commands[..],
        [Command::SetTimer { timer: 1, at_ms: 1_700_000_009_000 }, Command::RunTask(_)]
    ));
    let effects = run.handle(1_700_000_001_000, Signal::TaskSucceeded { task: 1, output: json!(1) });
    assert_eq!(effects.commands, [Command::CancelTimer(1), Command::SetTimer { timer: 2, at_ms: 1_700_000_061_000 }]);
}

#[test]
fn a_branch_inside_a_map_sees_the_item() {
    let branch = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"v.$": "$$.Map.Item.Value"}, "End": true}}});
    let states = json!({"A": {"Type": "Map", "End": true, "ItemSelector": {}, "ItemProcessor": {"StartAt": "Q", "States": {
        "Q": {"Type": "Parallel", "Branches": [branch], "End": true}}}}});
    assert_eq!(run(states, json!([5, 6]), echo).output(), &json!([[{"v": 5}], [{"v": 6}]]));
}

#[test]
fn a_state_entered_again_has_all_its_retries_again() {
    let states = json!({
        "A": {"Type": "Task", "Resource": FUNCTION, "Next": "B", "ResultPath": null,
            "Retry": [{"ErrorEquals": ["X"], "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["X"], "Next": "B", "ResultPath": null}]},
        "B": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 3, "Next": "A"}], "Default": "D"},
        "D": {"Type": "Succeed"},
    });
    let trial = run(states, json!({"n": 0}), |task| fails(task, "X"));
    assert_eq!(trial.tasks.len(), 6);
}
