//! What runs do with JSONata, variables and distributed Maps, case by case.

#![expect(clippy::needless_pass_by_value, reason = "`json!` makes values, and a borrow at each of them hides the case")]

use std::sync::Arc;

use serde_json::{Value, json};

use super::trial::{Answer, Trial, echo, seed};
use crate::effect::{Event, Signal, Task};
use crate::parse;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:f";

/// Runs states in JSONata, unless they say otherwise.
fn run(states: Value, input: Value, answer: impl FnMut(&Task) -> Answer) -> Trial {
    run_in("JSONata", states, input, answer)
}

fn run_in(language: &str, states: Value, input: Value, answer: impl FnMut(&Task) -> Answer) -> Trial {
    let definition = json!({"StartAt": "A", "QueryLanguage": language, "States": states});
    let machine = parse(&definition.to_string()).unwrap_or_else(|findings| panic!("{findings:#?}"));
    Trial::run(Arc::new(machine), seed(input, false), 100_000, answer)
}

fn fails(task: &Task, error: &str) -> Answer {
    vec![(0, Signal::TaskFailed { task: task.id, error: error.to_owned(), cause: "why".to_owned() })]
}

fn event<'t>(trial: &'t Trial, event_type: &str) -> &'t Event {
    trial.events.iter().find(|event| event.event_type == event_type).unwrap()
}

fn assigned(trial: &Trial) -> Vec<Value> {
    let details = trial.events.iter().filter_map(|event| event.details.as_ref());
    details.filter_map(|(_, details)| details.get("assignedVariables").cloned()).collect()
}

fn pass(rest: Value) -> Value {
    let mut state = json!({"Type": "Pass", "End": true});
    state.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    state
}

#[test]
fn arguments_and_output_take_the_place_of_the_paths() {
    let states = json!({"A": {"Type": "Task", "Resource": FUNCTION, "End": true,
        "Arguments": {"p": "{% $states.input.x + 1 %}", "q": ["{% $states.context.State.Name %}", "plain"]},
        "Output": {"in": "{% $states.input %}", "got": "{% $states.result.p %}"}}});
    let trial = run(states, json!({"x": 5}), echo);
    assert_eq!(trial.tasks[0].input, json!({"p": 6, "q": ["A", "plain"]}));
    assert_eq!(trial.output(), &json!({"in": {"x": 5}, "got": 6}));
    let bare = json!({"A": {"Type": "Task", "Resource": FUNCTION, "End": true}});
    assert_eq!(run(bare, json!({"x": 5}), echo).output(), &json!({"x": 5}));
}

#[test]
fn variables_are_assigned_together_and_seen_by_later_states() {
    let states = json!({
        "A": {"Type": "Pass", "Assign": {"x": 1, "y": "{% $states.input.n %}"}, "Next": "B"},
        "B": {"Type": "Pass", "Assign": {"x": "{% $y %}", "y": "{% $x %}"}, "Output": "{% $x %}", "Next": "C"},
        "C": {"Type": "Pass", "Output": ["{% $x %}", "{% $y %}", "{% $states.input %}"], "End": true},
    });
    let trial = run(states, json!({"n": 2}), echo);
    assert_eq!(trial.output(), &json!([2, 1, 1]));
    assert_eq!(assigned(&trial), [json!({"x": "1", "y": "2"}), json!({"x": "2", "y": "1"})]);
}

#[test]
fn paths_see_variables_too() {
    let states = json!({
        "A": {"Type": "Pass", "Assign": {"o.$": "$", "seconds": 7, "list": [1, 2]}, "Next": "B"},
        "B": {"Type": "Wait", "SecondsPath": "$seconds", "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$o.k", "StringEqualsPath": "$o.k", "Next": "D", "Assign": {"chosen": true}}]},
        "D": {"Type": "Pass", "Parameters": {"k.$": "$o.k", "text.$": "States.Format('{}-{}', $o.k, $list[1])", "c.$": "$chosen"}, "End": true},
    });
    let trial = run_in("JSONPath", states, json!({"k": "v"}), echo);
    assert_eq!(trial.output(), &json!({"k": "v", "text": "v-2", "c": true}));
    assert_eq!(trial.now_ms - 1_700_000_000_000, 7_000);
    let missing = json!({"A": {"Type": "Pass", "InputPath": "$gone", "End": true}});
    assert_eq!(run_in("JSONPath", missing, json!({}), echo).failure().0, "States.Runtime");
}

#[test]
fn inner_scopes_see_outer_variables_and_keep_their_own() {
    let inner = |name: &str| {
        json!({"StartAt": name, "States": {
            name: {"Type": "Pass", "Assign": {"own": "{% $x & '!' %}"}, "Next": format!("{name}2")},
            format!("{name}2"): pass(json!({"Output": "{% $own %}"})),
        }})
    };
    let states = json!({
        "A": {"Type": "Pass", "Assign": {"x": "outer"}, "Next": "B"},
        "B": {"Type": "Parallel", "Branches": [inner("P")], "Next": "C"},
        "C": {"Type": "Map", "Items": [1, 2], "ItemProcessor": inner("M"), "Assign": {"made": "{% $states.result %}"}, "Next": "D"},
        "D": pass(json!({"Output": ["{% $exists($own) %}", "{% $made %}"]})),
    });
    assert_eq!(run(states, json!({}), echo).output(), &json!([false, ["outer!", "outer!"]]));
    let distributed = json!({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "I", "States": {"I": pass(json!({"Output": "{% $exists($x) %}", "Assign": {"x": 2}}))}});
    let states = json!({
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
        "B": {"Type": "Map", "Items": [1], "ItemProcessor": distributed, "End": true},
    });
    assert_eq!(run(states, json!({}), echo).output(), &json!([false]));
}

#[test]
fn a_choice_asks_conditions() {
    let states = json!({
        "A": {"Type": "Choice", "Default": "C", "Output": "default", "Assign": {"way": "default"}, "Choices": [
            {"Condition": "{% $states.input.n > 10 %}", "Next": "B", "Output": {"big": "{% $states.input.n %}"}, "Assign": {"way": "rule"}},
            {"Condition": "{% $states.input.n = 0 %}", "Next": "B"}]},
        "B": pass(json!({"Output": ["{% $states.input %}", "{% $exists($way) ? $way : 'none' %}"]})),
        "C": pass(json!({"Output": ["{% $states.input %}", "{% $way %}"]})),
    });
    let output = |n: i64| run(states.clone(), json!({"n": n}), echo).output().clone();
    assert_eq!(output(11), json!([{"big": 11}, "rule"]));
    assert_eq!(output(0), json!([{"n": 0}, "none"]));
    assert_eq!(output(1), json!(["default", "default"]));
    let wrong = json!({"A": {"Type": "Choice", "Choices": [{"Condition": "{% 'yes' %}", "Next": "B"}]}, "B": {"Type": "Succeed"}});
    let trial = run(wrong, json!({}), echo);
    let cause = "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression ''yes'' specified for \
                 the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'string' for value: \"yes\"";
    assert_eq!(trial.failure(), ("States.QueryEvaluationError", cause));
}

#[test]
fn a_failed_expression_is_reported_and_can_be_caught() {
    let states = json!({
        "A": {"Type": "Task", "Resource": FUNCTION, "Arguments": {"x": "{% $states.input.gone %}"}, "Next": "B",
            "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "B", "Assign": {"error": "{% $states.errorOutput.Error %}"},
                "Output": "{% $states.input %}"}]},
        "B": pass(json!({"Output": ["{% $error %}", "{% $states.input %}"]})),
    });
    let trial = run(states, json!({"k": 1}), echo);
    assert_eq!(trial.output(), &json!(["States.QueryEvaluationError", {"k": 1}]));
    assert_eq!(trial.types()[..4], ["ExecutionStarted", "TaskStateEntered", "EvaluationFailed", "TaskStateExited"]);
    let (member, details) = event(&trial, "EvaluationFailed").details.clone().unwrap();
    assert_eq!(member, "evaluationFailedEventDetails");
    assert_eq!((&details["location"], &details["state"]), (&json!("Arguments/x"), &json!("A")));
    assert_eq!(event(&trial, "EvaluationFailed").previous_id, 0);
}

#[test]
fn a_catcher_that_fails_itself_is_not_caught() {
    let states = json!({
        "A": {"Type": "Task", "Resource": FUNCTION, "Next": "B",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B", "Output": "{% $states.errorOutput.gone %}"}]},
        "B": {"Type": "Succeed"},
    });
    let trial = run(states, json!({}), |task| fails(task, "X"));
    let (error, cause) = trial.failure();
    assert_eq!(error, "States.QueryEvaluationError");
    assert!(cause.contains("'Catch[0]/Output' returned nothing (undefined)."), "{cause}");
    assert_eq!(trial.types()[trial.events.len() - 2..], ["EvaluationFailed", "ExecutionFailed"]);
}

#[test]
fn numbers_and_times_may_be_expressions() {
    let states = json!({
        "A": {"Type": "Wait", "Seconds": "{% $states.input.s %}", "Next": "B"},
        "B": {"Type": "Wait", "Timestamp": "{% '2023-11-14T22:15:00Z' %}", "Next": "C"},
        "C": {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": "{% $states.input.s * 2 %}", "Next": "D",
            "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "D", "Output": {"e": "{% $states.errorOutput %}", "code": "E7"}}]},
        "D": {"Type": "Fail", "Error": "{% $states.input.code %}", "Cause": "{% 'after ' & $states.input.e.Error %}"},
    });
    let trial = run(states, json!({"s": 5}), |_| Vec::new());
    assert_eq!(trial.failure(), ("E7", "after States.Timeout"));
    assert_eq!(trial.now_ms - 1_700_000_000_000, 110_000);
    for (field, value) in
        [("Seconds", json!(-1)), ("Seconds", json!("a")), ("Seconds", json!(1.5)), ("Timestamp", json!("today"))]
    {
        let states = json!({"A": {"Type": "Wait", field: "{% $states.input %}", "End": true}});
        assert_eq!(run(states, value, echo).failure().0, "States.QueryEvaluationError");
    }
}

fn distributed(rest: Value) -> Value {
    let inner = json!({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "T",
        "States": {"T": {"Type": "Task", "Resource": FUNCTION, "End": true}}});
    let mut map = json!({"Type": "Map", "Items": "{% $states.input %}", "ItemProcessor": inner, "End": true});
    map.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    json!({"A": map})
}

#[test]
fn children_of_a_distributed_map_are_executions_of_their_own() {
    let trial = run(distributed(json!({"Label": "Mine", "MaxConcurrency": 2})), json!([1, 2, 3]), echo);
    assert_eq!(trial.output(), &json!([1, 2, 3]));
    let types = ["MapStateStarted", "MapRunStarted", "MapRunSucceeded", "MapStateSucceeded", "MapStateExited"];
    assert_eq!(trial.types()[2..7], types);
    let arn = event(&trial, "MapRunStarted").details.as_ref().unwrap().1["mapRunArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:states:us-east-1:111111111111:mapRun:machine/Mine:"), "{arn}");
    assert_eq!(run(distributed(json!({})), json!([]), echo).output(), &json!([]));
}

#[test]
fn failures_are_tolerated_up_to_a_limit() {
    let some_fail = |task: &Task| if task.input.as_i64() > Some(7) { fails(task, "X") } else { echo(task) };
    let items: Vec<i64> = (0..10).collect();
    let run = |rest: Value| run(distributed(rest), json!(items), some_fail);
    assert_eq!(run(json!({"ToleratedFailureCount": 2})).output(), &json!([0, 1, 2, 3, 4, 5, 6, 7]));
    assert_eq!(run(json!({"ToleratedFailurePercentage": "{% 20 %}"})).output(), &json!([0, 1, 2, 3, 4, 5, 6, 7]));
    for rest in [
        json!({}),
        json!({"ToleratedFailureCount": 1}),
        json!({"ToleratedFailurePercentage": 19, "ToleratedFailureCount": 5}),
    ] {
        let trial = run(rest);
        assert_eq!(trial.failure().0, "States.ExceedToleratedFailureThreshold");
        let types = trial.types();
        assert_eq!(types[types.len() - 3..], ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]);
        assert!(trial.open.is_empty(), "{:?}", trial.open);
    }
}

#[test]
fn elements_come_in_batches() {
    let batched = |batcher: Value| {
        let rest = json!({"ItemSelector": {"n": "{% $states.context.Map.Item.Value %}", "at": "{% $states.context.Map.Item.Index %}"}, "ItemBatcher": batcher});
        let trial = run(distributed(rest), json!([7, 8, 9]), echo);
        trial.tasks.iter().map(|task| task.input.clone()).collect::<Vec<_>>()
    };
    let item = |index: usize| json!({"n": 7 + index, "at": index});
    let expected = [
        json!({"BatchInput": {"all": 3}, "Items": [item(0), item(1)]}),
        json!({"BatchInput": {"all": 3}, "Items": [item(2)]}),
    ];
    assert_eq!(batched(json!({"MaxItemsPerBatch": 2, "BatchInput": {"all": "{% $count($states.input) %}"}})), expected);
    assert_eq!(batched(json!({"MaxInputBytesPerBatch": 20})).len(), 3);
    assert_eq!(batched(json!({"MaxItemsPerBatch": "{% 3 %}"})).len(), 1);
}

#[test]
fn a_map_that_an_expression_stops_is_reported_as_failed() {
    let inner = json!({"StartAt": "I", "States": {"I": {"Type": "Succeed"}}});
    let map = |field: &str| json!({"A": {"Type": "Map", "Items": [1], field: "{% $gone %}", "ItemProcessor": inner, "End": true}});
    for field in ["Items", "ItemSelector", "MaxConcurrency", "ToleratedFailureCount"] {
        let trial = run(map(field), json!({}), echo);
        assert_eq!(trial.failure().0, "States.QueryEvaluationError");
        let types = trial.types();
        assert_eq!(types[types.len() - 3..], ["EvaluationFailed", "MapStateFailed", "ExecutionFailed"], "{field}");
    }
}

#[test]
fn a_map_without_items_takes_lists_only() {
    let inner = json!({"StartAt": "I", "States": {"I": {"Type": "Succeed"}}});
    let map = json!({"A": {"Type": "Map", "ItemProcessor": inner, "End": true}});
    for input in [json!({"foo": "bar"}), json!("x"), json!(1), json!(null)] {
        let trial = run(map.clone(), input.clone(), echo);
        let (error, cause) = trial.failure();
        assert_eq!(error, "States.QueryEvaluationError");
        assert!(cause.ends_with(&format!("Map state input must be an array but was: {input}")), "{cause}");
        let types = trial.types();
        assert_eq!(types[types.len() - 3..], ["EvaluationFailed", "MapStateFailed", "ExecutionFailed"]);
        let (_, details) = event(&trial, "EvaluationFailed").details.clone().unwrap();
        assert!(details.get("location").is_none() && details["state"] == "A", "{details:?}");
    }
    assert_eq!(run(map, json!([1]), echo).output(), &json!([1]));
}

#[test]
fn what_is_tolerated_is_looked_at_after_the_start() {
    let map = |mode: &str, field: &str| {
        json!({"A": {"Type": "Map", field: "$.p", "ItemsPath": "$.items", "End": true, "ItemProcessor": {
            "ProcessorConfig": if mode == "INLINE" { json!({"Mode": mode}) } else { json!({"Mode": mode, "ExecutionType": "STANDARD"}) },
            "StartAt": "I", "States": {"I": {"Type": "Succeed"}}}}})
    };
    for (field, value, words) in [
        ("ToleratedFailureCountPath", json!(-1), "ToleratedFailureCount cannot be negative."),
        (
            "ToleratedFailureCountPath",
            json!("many"),
            "The ToleratedFailureCountPath field refers to value \"many\" which is not a valid integer: $.p",
        ),
        (
            "ToleratedFailureCountPath",
            json!({}),
            "The ToleratedFailureCountPath field refers to value \"{}\" which is not a valid integer: $.p",
        ),
        ("ToleratedFailurePercentagePath", json!(100.1), "ToleratedFailurePercentage must be between 0 and 100."),
        (
            "ToleratedFailurePercentagePath",
            json!("some"),
            "The ToleratedFailurePercentagePath field refers to value \"some\" which is not a valid float: $.p",
        ),
    ] {
        let trial = run_in("JSONPath", map("DISTRIBUTED", field), json!({"p": value, "items": [1]}), echo);
        assert!(trial.failure().1.ends_with(words), "{}", trial.failure().1);
        assert_eq!(trial.types(), ["ExecutionStarted", "MapStateEntered", "MapStateStarted", "ExecutionFailed"]);
    }
    let trial = run(distributed(json!({"ToleratedFailureCount": "{% -1 %}"})), json!([1]), echo);
    assert_eq!(trial.types()[2..], ["MapStateStarted", "EvaluationFailed", "MapStateFailed", "ExecutionFailed"]);
}

#[test]
fn a_wait_ends_within_32_bits_of_seconds() {
    // The run begins in November 2023.
    let until = |language: &str, state: Value, time: &str| {
        let mut state = state;
        state["Type"] = json!("Wait");
        state["End"] = json!(true);
        run_in(language, json!({"A": state}), json!({"t": time}), echo)
    };
    for (language, field, text) in
        [("JSONPath", "TimestampPath", "$.t"), ("JSONata", "Timestamp", "{% $states.input.t %}")]
    {
        let far = until(language, json!({ field: text }), "2091-12-03T01:27:28Z");
        assert_eq!(far.failure().0, "States.Runtime");
        assert!(far.failure().1.ends_with("Wait state delay is too long."), "{}", far.failure().1);
        until(language, json!({ field: text }), "2091-12-02T01:27:27Z").output();
    }
    let far = until("JSONPath", json!({"Timestamp": "9000-01-01T00:00:00Z"}), "");
    assert_eq!(far.types(), ["ExecutionStarted", "WaitStateEntered", "ExecutionFailed"]);
    for wrong in ["2016-13-05T21:29:29Z", "2016-12-05 21:29:29Z", "soon"] {
        let trial = until("JSONata", json!({"Timestamp": "{% $states.input.t %}"}), wrong);
        let words = format!(
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {wrong}"
        );
        assert!(
            trial.failure().0 == "States.QueryEvaluationError" && trial.failure().1.ends_with(&words),
            "{}",
            trial.failure().1
        );
    }
}

#[test]
fn too_much_in_variables_fails_the_state() {
    let assign = "{% $join($map([1..300], function($n) { $pad('', 1000, 'x') })) %}";
    let trial = run(json!({"A": pass(json!({"Assign": {"x": assign}}))}), json!({}), echo);
    assert_eq!(trial.failure().0, "States.DataLimitExceeded");
}
