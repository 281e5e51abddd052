//! What holds for every run, whatever the machine and whatever happens to its tasks.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::trial::{Answer, Trial, seed};
use crate::effect::{Event, Signal, Task};
use crate::parse;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:f";
const CALLBACK: &str = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";

/// A field's value in JSONata.
fn expression() -> impl Strategy<Value = String> {
    let texts = [
        "$states.input.a",
        "$states.input.list",
        "$S0",
        "$exists($S1) ? $S1 : 1",
        "$states.input ~> $string",
        "$random()",
    ];
    prop::sample::select(texts.to_vec()).prop_map(|text| format!("{{% {text} %}}"))
}

/// A state without its name and its successor.
fn leaf() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "$",
        "$.a",
        "$.a.b",
        "$.list",
        "$.list[0]",
        "$$.Execution.Input",
        "$$.Map.Item.Value",
        "$..a",
    ]);
    let error = prop::sample::select(vec!["X", "States.ALL", "States.Timeout", "States.TaskFailed", "States.Runtime"]);
    prop_oneof![
        Just(json!({"Type": "Pass"})),
        path.clone().prop_map(|path| json!({"Type": "Pass", "InputPath": path})),
        path.clone().prop_map(|path| json!({"Type": "Pass", "Parameters": {"a.$": path, "list": [1, {"b": 2}]}})),
        Just(json!({"Type": "Pass", "Result": {"a": {"b": 1}, "list": [1, 2]}, "ResultPath": "$.a"})),
        Just(json!({"Type": "Pass", "OutputPath": null})),
        (0_u64..3).prop_map(|seconds| json!({"Type": "Wait", "Seconds": seconds})),
        path.prop_map(|path| json!({"Type": "Wait", "SecondsPath": path})),
        (any::<bool>(), 0_u64..3, error).prop_map(|(callback, attempts, error)| {
            json!({"Type": "Task", "Resource": if callback { CALLBACK } else { FUNCTION }, "TimeoutSeconds": 20, "HeartbeatSeconds": 10,
                "Retry": [{"ErrorEquals": [error], "MaxAttempts": attempts, "JitterStrategy": "FULL"}], "ResultPath": "$.a"})
        }),
        expression().prop_map(|text| json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a": text, "list": [1, 2]}})),
        expression().prop_map(|text| json!({"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": 1, "Assign": {"v": text}})),
        Just(json!({"Type": "Pass", "Assign": {"v.$": "$"}, "InputPath": "$S0"})),
        Just(json!({"Type": "Succeed"})),
        Just(json!({"Type": "Fail", "Error": "X"})),
        Just(json!({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true}, {"Variable": "$.list", "NumericEquals": 1}]})),
    ]
}

/// States with states inside.
fn state() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(prop::collection::vec(inner.clone(), 1..4), 1..4)
                .prop_map(|branches| json!({"Type": "Parallel", "branches": branches, "ResultPath": "$.list", "caught": true})),
            (prop::collection::vec(inner, 1..4), 0_u64..3, any::<bool>()).prop_map(|(states, concurrency, caught)| {
                json!({"Type": "Map", "states": states, "MaxConcurrency": concurrency, "ItemsPath": "$.list", "ResultPath": "$.list", "caught": caught})
            }),
        ]
    })
}

/// Names the states and ties them together: each leads to the next one, some of them back.
///
/// What comes after an end is left out, since nothing would lead there.
fn scope(states: &[Value], names: &mut usize) -> Value {
    let ends = |state: &Value| ["Succeed", "Fail"].iter().any(|kind| state["Type"] == **kind);
    let states = states.get(..states.iter().position(ends).map_or(states.len(), |at| at + 1)).unwrap_or(states);
    let first = *names;
    *names += states.len();
    let name = |index: usize| format!("S{}", first + index);
    let mut built = serde_json::Map::new();
    for (index, state) in states.iter().enumerate() {
        let last = index + 1 == states.len();
        let mut state = if last && state["Type"] == "Choice" { json!({"Type": "Pass"}) } else { state.clone() };
        let members = state.as_object_mut().expect("a state is an object");
        let kind = members["Type"].as_str().unwrap_or_default().to_owned();
        let next = if last { name(index) } else { name(index + 1) };
        if let Some(Value::Array(branches)) = members.remove("branches") {
            let branches: Vec<Value> =
                branches.iter().map(|branch| scope(branch.as_array().expect("a list"), names)).collect();
            members.insert("Branches".to_owned(), Value::Array(branches));
        }
        if let Some(Value::Array(inner)) = members.remove("states") {
            members.insert("ItemProcessor".to_owned(), scope(&inner, names));
        }
        // A variable is its state's alone, since scopes must not share names.
        if let Some(Value::Object(assign)) = members.remove("Assign") {
            let renamed = assign.into_iter().map(|(key, value)| (key.replacen('v', &name(index), 1), value)).collect();
            members.insert("Assign".to_owned(), Value::Object(renamed));
        }
        if members.remove("caught") == Some(json!(true)) {
            let catch = json!([{"ErrorEquals": ["States.ALL"], "Next": next, "ResultPath": "$.error"}]);
            // A state that catches into itself would never end.
            if !last {
                members.insert("Catch".to_owned(), catch);
            }
        }
        match kind.as_str() {
            "Succeed" | "Fail" => {}
            "Choice" => {
                for rule in members["Choices"].as_array_mut().expect("a list") {
                    rule["Next"] = json!(name(0));
                }
                members.insert("Default".to_owned(), json!(next));
            }
            _ if last => {
                members.insert("End".to_owned(), json!(true));
            }
            _ => {
                members.insert("Next".to_owned(), json!(next));
            }
        }
        built.insert(name(index), state);
    }
    json!({"StartAt": name(0), "States": built})
}

fn input() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(vec!["a", "b", "list"]), inner, 0..4).prop_map(
                |members| members.into_iter().map(|(name, member)| (name.to_owned(), member)).collect::<Value>()
            ),
        ]
    })
}

/// A value made of the language's own words, in no good order.
fn jumble() -> impl Strategy<Value = Value> {
    let words = vec![
        "Pass",
        "Task",
        "Choice",
        "Wait",
        "Parallel",
        "Map",
        "Fail",
        "A",
        "B",
        "$",
        "$.a",
        "$$",
        "States.ALL",
        FUNCTION,
        "INLINE",
        "States.UUID()",
        "",
    ];
    let fields = vec![
        "Type",
        "Next",
        "End",
        "StartAt",
        "States",
        "Choices",
        "Default",
        "Variable",
        "And",
        "Not",
        "IsNull",
        "StringEquals",
        "NumericLessThanPath",
        "Branches",
        "ItemProcessor",
        "Iterator",
        "ProcessorConfig",
        "Mode",
        "Retry",
        "Catch",
        "ErrorEquals",
        "BackoffRate",
        "MaxAttempts",
        "Resource",
        "Parameters",
        "x.$",
        "ResultPath",
        "InputPath",
        "ItemsPath",
        "MaxConcurrency",
        "Seconds",
        "Timestamp",
        "TimeoutSeconds",
        "Result",
        "Comment",
        "A",
        "B",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(words).prop_map(Value::from)
    ];
    leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::btree_map(prop::sample::select(fields.clone()), inner, 0..6)
                .prop_map(|members| members.into_iter().map(|(name, member)| (name.to_owned(), member)).collect::<Value>()),
        ]
    })
}

/// What the world does to a task, by a number.
fn react(task: &Task, fate: u64) -> Answer {
    let (id, output) = (task.id, task.input.clone());
    match fate % 6 {
        0 => Vec::new(),
        1 => vec![(0, Signal::TaskFailed { task: id, error: "X".to_owned(), cause: String::new() })],
        2 => vec![(0, Signal::TaskStarted(id)), (5, Signal::TaskSubmitted { task: id, output: json!({}) })],
        3 => vec![
            (0, Signal::TaskSucceeded { task: id, output: json!([1]) }),
            (0, Signal::TaskStarted(id)),
            (9, Signal::TaskSubmitted { task: id, output }),
        ],
        4 => vec![
            (3, Signal::TaskSubmitted { task: id, output: json!(1) }),
            (8_000, Signal::TaskHeartbeat(id)),
            (30_000, Signal::TaskSucceeded { task: id, output }),
        ],
        _ => vec![(0, Signal::TaskStarted(id)), (1, Signal::TaskSucceeded { task: id, output })],
    }
}

/// Whether the end of a state or of an iteration goes back, event by event, to its own beginning.
fn is_rooted(events: &[Event], event: &Event) -> bool {
    let wanted = ["StateExited", "StateAborted", "IterationSucceeded", "IterationFailed", "IterationAborted"];
    let Some(end) = wanted.iter().find(|end| event.event_type.ends_with(**end)) else { return true };
    let beginning =
        event.event_type.replace(end, if end.starts_with("State") { "StateEntered" } else { "IterationStarted" });
    let identity =
        |event: &Event| event.details.as_ref().map(|(_, details)| (details["name"].clone(), details["index"].clone()));
    let mut at = event.previous_id;
    while let Some(before) = usize::try_from(at - 1).ok().and_then(|index| events.get(index)) {
        let same = event.details.is_none() || identity(before) == identity(event);
        if before.event_type == beginning && same {
            return true;
        }
        at = before.previous_id;
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn histories_are_sound(
        states in prop::collection::vec(state(), 1..6),
        input in input(),
        express in any::<bool>(),
        fates in prop::collection::vec(any::<u64>(), 1..8),
        stop in prop::option::of(0_i64..60_000),
    ) {
        let mut definition = scope(&states, &mut 0);
        definition["TimeoutSeconds"] = json!(if express { 5 } else { 100_000 });
        let machine = Arc::new(parse(&definition.to_string()).map_err(|findings| TestCaseError::fail(format!("{definition} {findings:#?}")))?);
        let go = || {
            let mut at = 0;
            Trial::run(Arc::clone(&machine), seed(input.clone(), express), 20_000, |task| {
                at += 1;
                let mut answer = react(task, fates[at % fates.len()].wrapping_add(at as u64));
                if let Some(stop) = stop {
                    answer.push((stop, Signal::Stop { error: None, cause: None }));
                }
                answer
            })
        };
        let trial = go();
        for (index, event) in trial.events.iter().enumerate() {
            prop_assert_eq!(event.id, i64::try_from(index).unwrap() + 1);
            prop_assert!(event.previous_id < event.id);
        }
        let terminal = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"];
        let ends = trial.types().iter().filter(|event_type| terminal.contains(event_type)).count();
        prop_assert_eq!(ends, 1, "{} {:?}", definition, trial.types());
        prop_assert!(terminal.contains(trial.types().last().unwrap()));
        prop_assert_eq!(trial.outcomes, 1);
        prop_assert!(trial.run.is_over());
        prop_assert_eq!(trial.pending_timers(), 0);
        prop_assert!(trial.open.is_empty(), "{:?} {}", trial.open, definition);
        for event in &trial.events {
            prop_assert!(is_rooted(&trial.events, event), "{:?} in {}", event, definition);
        }
        // What has begun either ends or is swallowed by the end of the execution, never begins twice.
        let entered: BTreeSet<i64> = trial.events.iter().filter(|event| event.event_type.ends_with("Entered")).map(|event| event.id).collect();
        let exited = trial.events.iter().filter(|event| event.event_type.ends_with("Exited")).count();
        prop_assert!(exited <= entered.len());
        // The same again is the same again.
        prop_assert_eq!(&go().events, &trial.events);
    }

    #[test]
    fn no_definition_makes_the_checker_panic(definition in jumble(), kind in prop::sample::select(vec!["Pass", "Task", "Choice", "Wait", "Map", "Parallel", "Fail"]), text in ".{0,200}") {
        let mut state = definition.clone();
        if let Some(members) = state.as_object_mut() {
            members.insert("Type".to_owned(), json!(kind));
        }
        let wrapped = json!({"StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}}).to_string();
        if let Ok(machine) = parse(&wrapped) {
            let trial = Trial::run(Arc::new(machine), seed(json!({"a": [1]}), true), 1000, |task| react(task, 5));
            prop_assert_eq!(trial.outcomes, 1);
        }
        for text in [definition.to_string(), wrapped, text] {
            for syntax in [crate::Syntax::Json, crate::Syntax::Yaml] {
                for finding in crate::check(&text, syntax, true) {
                    prop_assert!(text.get(finding.at.offset..finding.at.offset + finding.at.length).is_some());
                }
            }
        }
    }

    #[test]
    fn no_path_or_call_makes_the_reader_panic(text in r"(\$|States\.)?[\$\.\[\]\(\)'@\?\*:,0-9a-zA-Z =<>&|\\/~!-]{0,40}") {
        let _ = crate::template::Expression::parse(&text);
        let definition = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"x.$": text}, "End": true}}});
        if let Ok(machine) = parse(&definition.to_string()) {
            let trial = Trial::run(Arc::new(machine), seed(json!({"a": [1, {"b": "c"}]}), false), 10, |_| Vec::new());
            prop_assert_eq!(trial.outcomes, 1);
        }
    }
}
