//! What the checker finds, case by case.

#![expect(clippy::needless_pass_by_value, reason = "`json!` makes values, and a borrow at each of them hides the case")]

use labctl_source::Severity;
use serde_json::{Value, json};

use super::{check, parse, parse_yaml};
use crate::definition::EdgeKind;
use crate::effect::Resource;
use crate::finding::{Finding, aws_message};
use crate::notation::Syntax;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:f";

/// A machine of the state `A` and, if it leads there, a Succeed state `B`.
fn machine(state: Value) -> Value {
    let mut states = json!({"A": state});
    if state_text(&states).contains("\"B\"") {
        states["B"] = json!({"Type": "Succeed"});
    }
    json!({"StartAt": "A", "States": states})
}

fn state_text(states: &Value) -> String {
    states["A"].to_string()
}

fn findings(definition: &Value) -> Vec<Finding> {
    check(&definition.to_string(), Syntax::Json, false)
}

#[track_caller]
fn finds(definition: &Value, code: &str, pointer: &str) -> Finding {
    let all = findings(definition);
    let found = all.iter().find(|finding| finding.code == code && finding.pointer == pointer);
    found.unwrap_or_else(|| panic!("{code} at {pointer} is not among {all:#?}")).clone()
}

#[track_caller]
fn is_good(definition: &Value) {
    assert_eq!(findings(definition), [], "{definition}");
}

/// `rest` with the fields every Task needs.
fn task(rest: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": FUNCTION, "End": true});
    if let (Some(task), Value::Object(rest)) = (task.as_object_mut(), rest) {
        task.extend(rest);
    }
    task
}

fn choice(rule: Value) -> Value {
    machine(json!({"Type": "Choice", "Choices": [rule], "Default": "B"}))
}

#[test]
fn a_missing_target_is_reported_in_the_words_of_aws() {
    let definition = machine(json!({"Type": "Pass", "Next": "C"}));
    let finding = finds(&definition, "MISSING_TRANSITION_TARGET", "/States/A/Next");
    assert_eq!(
        aws_message(&[finding]),
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: C at /States/A/Next'"
    );
    finds(&json!({"StartAt": "X", "States": {"A": {"Type": "Succeed"}}}), "MISSING_TRANSITION_TARGET", "/StartAt");
    let choice =
        json!({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "X"}], "Default": "Y"});
    finds(&machine(choice.clone()), "MISSING_TRANSITION_TARGET", "/States/A/Choices/0/Next");
    finds(&machine(choice), "MISSING_TRANSITION_TARGET", "/States/A/Default");
    let catch = task(json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "X"}]}));
    finds(&machine(catch), "MISSING_TRANSITION_TARGET", "/States/A/Catch/0/Next");
}

#[test]
fn a_misspelt_target_is_suggested() {
    let definition = json!({"StartAt": "ValidateOrdr", "States": {"ValidateOrder": {"Type": "Succeed"}}});
    let finding = finds(&definition, "MISSING_TRANSITION_TARGET", "/StartAt");
    assert_eq!(finding.help.as_deref(), Some("did you mean `ValidateOrder`?"));
}

#[test]
fn findings_have_their_place_in_the_text() {
    let text = "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\"Type\": \"Pas\", \"End\": true}\n  }\n}";
    let found = check(text, Syntax::Json, false);
    assert_eq!((found[0].at.of(text), found[0].at.offset), ("\"Pas\"", text.find("\"Pas\"").unwrap()));
    assert_eq!(found[0].help.as_deref(), Some("did you mean `Pass`?"));
    let yaml = "StartAt: A\nStates:\n  A:\n    Type: Pass\n    Nxt: B\n    End: true\n";
    let found = check(yaml, Syntax::Yaml, false);
    assert_eq!((found[0].at.of(yaml), found[0].at.offset), ("Nxt", yaml.find("Nxt").unwrap()));
    assert_eq!(found[0].pointer, "/States/A");
    assert_eq!(found[0].help.as_deref(), Some("did you mean `Next`?"));
}

#[test]
fn recorded_refusals_are_repeated() {
    let message = |text: &str| {
        let found = check(text, Syntax::Json, false);
        (found[0].code, found[0].message.clone(), found[0].pointer.clone())
    };
    let schema = |message: &str, pointer: &str| ("SCHEMA_VALIDATION_FAILED", message.to_owned(), pointer.to_owned());
    assert_eq!(message("{}"), schema("These fields are required: [States, StartAt]", "/"));
    assert_eq!(message(" "), schema("Definition must be a valid JSON object", ""));
    let no_start = r#"{"States": {"S": {"Type": "Pass", "End": true}}}"#;
    assert_eq!(message(no_start), schema("These fields are required: [StartAt]", "/"));
    let branches = machine(json!({"Type": "Parallel", "Branches": [], "End": true}));
    assert_eq!(message(&branches.to_string()), schema("Value cannot be empty", "/States/A/Branches"));
    let wait = machine(json!({"Type": "Wait", "Timestamp": "2016-12-05 21:29:29Z", "End": true}));
    assert_eq!(
        aws_message(&findings(&wait)),
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/A/Timestamp'"
    );
    let activity =
        machine(json!({"Type": "Task", "Resource": "arn:aws:states:us-east-1:111111111111:activity:a", "End": true}));
    assert_eq!(
        aws_message(&check(&activity.to_string(), Syntax::Json, true)),
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Express state machine does not support Activity ARN at \
         /States/A/Resource'"
    );
}

#[test]
fn what_every_state_needs() {
    finds(&machine(json!({"End": true})), "SCHEMA_VALIDATION_FAILED", "/States/A");
    finds(&machine(json!({"Type": "Pass"})), "SCHEMA_VALIDATION_FAILED", "/States/A");
    finds(&machine(json!({"Type": "Pass", "End": true, "Next": "B"})), "SCHEMA_VALIDATION_FAILED", "/States/A");
    finds(&machine(json!({"Type": "Pass", "End": "yes"})), "SCHEMA_VALIDATION_FAILED", "/States/A/End");
    finds(&machine(json!([])), "SCHEMA_VALIDATION_FAILED", "/States/A");
    finds(&machine(json!({"Type": "Succeed", "Next": "B"})), "SCHEMA_VALIDATION_FAILED", "/States/A");
    finds(&machine(json!({"Type": "Pass", "End": true, "Retry": []})), "SCHEMA_VALIDATION_FAILED", "/States/A");
    is_good(&machine(json!({"Type": "Pass", "End": false, "Next": "B"})));
}

#[test]
fn states_that_cannot_be_reached_or_left() {
    let lost = json!({"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "Lost": {"Type": "Pass", "End": true}}});
    assert_eq!(finds(&lost, "MISSING_TRANSITION_TARGET", "/States/Lost").message, "State \"Lost\" is not reachable.");
    let round = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}});
    let finding = finds(&round, "MISSING_END_STATE", "");
    assert_eq!(
        aws_message(&[finding]),
        "Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state at null'"
    );
}

#[test]
fn several_refusals_are_joined_as_aws_joins_them() {
    let definition = json!({"StartAt": "pass1", "States": {
        "pass1": {"Type": "Pass", "Next": "pass3"}, "pass2": {"Type": "Pass", "End": true}}});
    assert_eq!(
        aws_message(&findings(&definition)),
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, \
         MISSING_TRANSITION_TARGET: State \"pass2\" is not reachable. at /States/pass2'"
    );
    let nowhere = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "NOPE"}}});
    let mut codes: Vec<&str> = findings(&nowhere).iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["MISSING_END_STATE", "MISSING_TRANSITION_TARGET"]);
}

#[test]
fn locations_are_written_as_aws_writes_them() {
    let location =
        |definition: &Value, pointer: &str| finds(definition, "MISSING_TRANSITION_TARGET", pointer).location().unwrap();
    let rule = choice(json!({"Variable": "$.a", "IsNull": true, "Next": "X"}));
    assert_eq!(location(&rule, "/States/A/Choices/0/Next"), "/States/A/Choices[0]/Next");
    let slash = json!({"StartAt": "0", "States": {"0": {"Type": "Succeed"}, "a/b": {"Type": "Succeed"}}});
    assert_eq!(location(&slash, "/States/a~1b"), "/States/a/b");
    let digits = json!({"StartAt": "0", "States": {"0": {"Type": "Pass", "Next": "X"}, "B": {"Type": "Succeed"}}});
    assert_eq!(location(&digits, "/States/0/Next"), "/States/0/Next");
    let timeout = machine(json!({"Type": "Wait", "Seconds": 1, "TimeoutSeconds": 1, "End": true}));
    assert_eq!(
        aws_message(&findings(&timeout)),
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at /States/A'"
    );
}

#[test]
fn names_are_unique_and_short() {
    let inner = json!({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}});
    let definition = machine(json!({"Type": "Parallel", "Branches": [inner], "End": true}));
    finds(&definition, "DUPLICATE_STATE_NAME", "/States/A/Branches/0/States/A");
    let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "A": {"Type": "Succeed"}}}"#;
    assert!(check(text, Syntax::Json, false).iter().any(|finding| finding.code == "INVALID_JSON_DESCRIPTION"));
    let long = "x".repeat(81);
    let definition = json!({"StartAt": long, "States": {&long: {"Type": "Succeed"}}});
    finds(&definition, "INVALID_STATE_NAME", &format!("/States/{long}"));
}

#[test]
fn transitions_stay_inside_their_scope() {
    let inner = json!({"StartAt": "In", "States": {"In": {"Type": "Pass", "Next": "B"}}});
    let definition = json!({"StartAt": "P", "States": {
        "P": {"Type": "Parallel", "Branches": [inner], "Next": "B"}, "B": {"Type": "Succeed"}}});
    let finding = finds(&definition, "MISSING_TRANSITION_TARGET", "/States/P/Branches/0/States/In/Next");
    assert!(finding.help.unwrap().contains("another branch"));
}

#[test]
fn paths_and_templates() {
    finds(
        &machine(json!({"Type": "Pass", "InputPath": "a", "End": true})),
        "SCHEMA_VALIDATION_FAILED",
        "/States/A/InputPath",
    );
    finds(
        &machine(json!({"Type": "Pass", "ResultPath": "$.a[*]", "End": true})),
        "SCHEMA_VALIDATION_FAILED",
        "/States/A/ResultPath",
    );
    finds(
        &machine(json!({"Type": "Pass", "OutputPath": 1, "End": true})),
        "SCHEMA_VALIDATION_FAILED",
        "/States/A/OutputPath",
    );
    for value in [json!("$["), json!(1), json!("States.Nope()"), json!("text")] {
        let definition = machine(json!({"Type": "Pass", "Parameters": {"x": [{"a.$": value}]}, "End": true}));
        finds(&definition, "SCHEMA_VALIDATION_FAILED", "/States/A/Parameters/x/0/a.$");
    }
    let forgotten = machine(json!({"Type": "Pass", "Parameters": {"a": "$.b"}, "End": true}));
    assert_eq!(finds(&forgotten, "NO_DOLLAR", "/States/A/Parameters/a").severity, Severity::Warning);
    let result = machine(json!({"Type": "Pass", "Result": {"a.$": "$.b"}, "End": true}));
    assert_eq!(finds(&result, "PASS_RESULT_IS_STATIC", "/States/A/Result").severity, Severity::Warning);
    assert!(parse(&result.to_string()).is_ok());
    is_good(&machine(
        json!({"Type": "Pass", "InputPath": null, "ResultPath": null, "OutputPath": "$$.Execution", "End": true}),
    ));
}

#[test]
fn retry_and_catch() {
    let at = |field: &str, rest: Value, pointer: &str| {
        let definition = machine(task(json!({field: rest})));
        finds(&definition, "SCHEMA_VALIDATION_FAILED", &format!("/States/A/{field}{pointer}"));
    };
    at("Retry", json!({}), "");
    at("Retry", json!([1]), "/0");
    at("Retry", json!([{}]), "/0");
    at("Retry", json!([{"ErrorEquals": []}]), "/0/ErrorEquals");
    at("Retry", json!([{"ErrorEquals": ["States.ALL", "X"]}]), "/0/ErrorEquals");
    at("Retry", json!([{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["X"]}]), "/0/ErrorEquals");
    at("Retry", json!([{"ErrorEquals": ["X"], "IntervalSeconds": 0}]), "/0/IntervalSeconds");
    at("Retry", json!([{"ErrorEquals": ["X"], "MaxAttempts": -1}]), "/0/MaxAttempts");
    at("Retry", json!([{"ErrorEquals": ["X"], "BackoffRate": 0.5}]), "/0/BackoffRate");
    at("Retry", json!([{"ErrorEquals": ["X"], "JitterStrategy": "HALF"}]), "/0/JitterStrategy");
    at("Retry", json!([{"ErrorEquals": ["X"], "IntervalSeconds": 9, "MaxDelaySeconds": 5}]), "/0/MaxDelaySeconds");
    at("Retry", json!([{"ErrorEquals": ["X"], "MaxAttempt": 5}]), "/0");
    at("Catch", json!([{"ErrorEquals": ["X"]}]), "/0");
    at("Catch", json!([{"ErrorEquals": ["X"], "Next": "B", "ResultPath": "x"}]), "/0/ResultPath");
    is_good(&machine(task(json!({
        "Retry": [{"ErrorEquals": ["X"], "IntervalSeconds": 1, "MaxAttempts": 0, "BackoffRate": 1, "MaxDelaySeconds": 9, "JitterStrategy": "FULL"}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B", "ResultPath": "$.error"}],
    }))));
}

#[test]
fn choice_rules() {
    let at = |rule: Value, pointer: &str| {
        finds(&choice(rule), "SCHEMA_VALIDATION_FAILED", &format!("/States/A/Choices/0{pointer}"));
    };
    at(json!({"Variable": "$.a", "Next": "B"}), "");
    at(json!({"StringEquals": "x", "Next": "B"}), "");
    at(json!({"Variable": "$.a", "StringEquals": 1, "Next": "B"}), "/StringEquals");
    at(json!({"Variable": "$.a", "NumericEquals": "1", "Next": "B"}), "/NumericEquals");
    at(json!({"Variable": "$.a", "BooleanEquals": 0, "Next": "B"}), "/BooleanEquals");
    at(json!({"Variable": "$.a", "TimestampEquals": "today", "Next": "B"}), "/TimestampEquals");
    at(json!({"Variable": "$.a", "IsNull": "x", "Next": "B"}), "/IsNull");
    at(json!({"Variable": "$.a", "StringEqualsPath": "b", "Next": "B"}), "/StringEqualsPath");
    at(json!({"Variable": "$.a", "BooleanLessThan": true, "Next": "B"}), "");
    at(json!({"Variable": "$.a", "IsNull": true, "IsString": true, "Next": "B"}), "");
    at(json!({"And": [], "Next": "B"}), "/And");
    at(json!({"Not": {"Variable": "$.a", "IsNull": true, "Next": "B"}, "Next": "B"}), "/Not");
    at(json!({"Variable": "$.a", "IsNull": true}), "");
    finds(&machine(json!({"Type": "Choice", "Default": "B"})), "SCHEMA_VALIDATION_FAILED", "/States/A");
    finds(
        &machine(json!({"Type": "Choice", "Choices": [], "Default": "B"})),
        "SCHEMA_VALIDATION_FAILED",
        "/States/A/Choices",
    );
    let finding = finds(
        &choice(json!({"Variable": "$.a", "StringEqual": "x", "Next": "B"})),
        "SCHEMA_VALIDATION_FAILED",
        "/States/A/Choices/0",
    );
    assert_eq!(finding.help.as_deref(), Some("did you mean `StringEquals`?"));
}

#[test]
fn every_comparison_operator_is_known() {
    for domain in ["String", "Numeric", "Timestamp"] {
        let value = match domain {
            "String" => json!("x"),
            "Numeric" => json!(1.5),
            _ => json!("2026-11-22T00:00:00Z"),
        };
        for relation in ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"] {
            is_good(&choice(json!({"Variable": "$.a", format!("{domain}{relation}"): value, "Next": "B"})));
            is_good(&choice(json!({"Variable": "$.a", format!("{domain}{relation}Path"): "$.b", "Next": "B"})));
        }
    }
    for nature in ["IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp", "BooleanEquals"] {
        is_good(&choice(json!({"Variable": "$.a", nature: false, "Next": "B"})));
    }
    is_good(&choice(json!({"Variable": "$.a", "StringMatches": "log-*", "Next": "B"})));
    is_good(&choice(json!({"Variable": "$.a", "BooleanEqualsPath": "$.b", "Next": "B"})));
    let leaf = json!({"Variable": "$.a", "IsNull": true});
    is_good(&choice(json!({"Not": {"And": [leaf, {"Or": [leaf, leaf]}]}, "Next": "B"})));
}

#[test]
fn resources_and_limits() {
    let finding = finds(
        &machine(json!({"Type": "Task", "Resource": "arn:aws:states:::dynamodb:query", "End": true})),
        "SCHEMA_VALIDATION_FAILED",
        "/States/A/Resource",
    );
    assert_eq!(
        finding.message,
        "The resource provided arn:aws:states:::dynamodb:query is not recognized. The value is not a valid resource ARN, or the resource \
         is not available in this region."
    );
    finds(&machine(task(json!({"TimeoutSeconds": 0}))), "SCHEMA_VALIDATION_FAILED", "/States/A/TimeoutSeconds");
    finds(
        &machine(task(json!({"TimeoutSeconds": 5, "HeartbeatSeconds": 5}))),
        "SCHEMA_VALIDATION_FAILED",
        "/States/A/HeartbeatSeconds",
    );
    finds(
        &machine(task(json!({"TimeoutSeconds": 5, "TimeoutSecondsPath": "$.a"}))),
        "SCHEMA_VALIDATION_FAILED",
        "/States/A",
    );
    let callback = |rest: Value| {
        let mut task = task(rest);
        task["Resource"] = json!("arn:aws:states:::lambda:invoke.waitForTaskToken");
        machine(task)
    };
    assert_eq!(findings(&callback(json!({}))), []);
    is_good(&callback(json!({"TimeoutSeconds": 300})));
    is_good(&callback(json!({"HeartbeatSecondsPath": "$.h"})));
    let express = check(&callback(json!({"TimeoutSeconds": 300})).to_string(), Syntax::Json, true);
    assert_eq!(express[0].message, "Express state machine does not support '.waitForTaskToken' service integration");
}

#[test]
fn what_needs_s3_or_another_account_is_refused_by_name() {
    let inner = json!({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "I", "States": {"I": {"Type": "Succeed"}}});
    for field in ["Credentials", "ItemReader", "ResultWriter"] {
        let all = findings(&machine(json!({"Type": "Map", "ItemProcessor": inner, field: {}, "End": true})));
        assert!(
            all.iter().any(|finding| finding.code == "NOT_SUPPORTED" && finding.message.contains(field)),
            "{all:?}"
        );
    }
}

fn in_jsonata(mut state: Value) -> Value {
    state["QueryLanguage"] = json!("JSONata");
    machine(state)
}

#[test]
fn fields_belong_to_their_query_language() {
    let message = |own: &str, field: &str, other: &str| {
        format!(
            "The QueryLanguage is set to '{own}', but field '{field}' is only supported for the '{other}' QueryLanguage"
        )
    };
    for field in ["Output", "Arguments"] {
        let finding = finds(&machine(task(json!({field: {}}))), "SCHEMA_VALIDATION_FAILED", "/States/A");
        assert_eq!(finding.message, message("JSONPath", field, "JSONata"));
    }
    for field in ["InputPath", "Parameters", "ResultPath", "ResultSelector", "OutputPath", "TimeoutSecondsPath"] {
        let finding = finds(&in_jsonata(task(json!({field: "$"}))), "SCHEMA_VALIDATION_FAILED", "/States/A");
        assert_eq!(finding.message, message("JSONata", field, "JSONPath"));
    }
    let catch = |field: &str| json!({"Catch": [{"ErrorEquals": ["X"], "Next": "B", field: "$"}]});
    finds(&machine(task(catch("Output"))), "SCHEMA_VALIDATION_FAILED", "/States/A/Catch/0");
    finds(&in_jsonata(task(catch("ResultPath"))), "SCHEMA_VALIDATION_FAILED", "/States/A/Catch/0");
    finds(&choice(json!({"Condition": "{% true %}", "Next": "B"})), "SCHEMA_VALIDATION_FAILED", "/States/A/Choices/0");
    let mut variable = choice(json!({"Variable": "$.a", "IsNull": true, "Next": "B"}));
    variable["QueryLanguage"] = json!("JSONata");
    finds(&variable, "SCHEMA_VALIDATION_FAILED", "/States/A/Choices/0");
}

#[test]
fn jsonata_cannot_be_taken_back() {
    let mut definition = machine(json!({"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}));
    is_good(&definition);
    definition["QueryLanguage"] = json!("JSONata");
    let finding = finds(&definition, "SCHEMA_VALIDATION_FAILED", "/States/A");
    assert_eq!(finding.message, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
}

#[test]
fn expressions_are_read_when_the_machine_is() {
    let at = |rest: Value, pointer: &str| {
        finds(&in_jsonata(task(rest)), "SCHEMA_VALIDATION_FAILED", &format!("/States/A/{pointer}"))
    };
    let unread = |rest: Value, pointer: &str| {
        finds(&in_jsonata(task(rest)), "INVALID_JSONATA_EXPRESSION", &format!("/States/A/{pointer}"))
    };
    let finding = unread(json!({"Arguments": {"x": [1, "{% 1 + %}"]}}), "Arguments/x/1");
    assert_eq!(finding.message, "Unexpected end of expression");
    unread(json!({"Output": "{% %}"}), "Output");
    unread(json!({"Assign": {"x": "{% ( %}"}}), "Assign/x");
    at(json!({"Assign": {"states": 1}}), "Assign/states");
    at(json!({"Assign": {"1x": 1}}), "Assign/1x");
    at(json!({"TimeoutSeconds": "{% 1"}), "TimeoutSeconds");
    unread(json!({"Catch": [{"ErrorEquals": ["X"], "Next": "B", "Output": "{% [ %}"}]}), "Catch/0/Output");
    is_good(&in_jsonata(task(json!({
        "Arguments": {"FunctionName": "f", "note": " {% left alone", "x.$": "$.not.a.path"}, "Output": "{% $states.result %}",
        "Assign": {"x": "{% $states.input.x %}"}, "TimeoutSeconds": "{% $x %}", "HeartbeatSeconds": 5,
        "Catch": [{"ErrorEquals": ["X"], "Next": "B", "Output": {"e": "{% $states.errorOutput %}"}, "Assign": {"e": 1}}],
    }))));
    is_good(&machine(
        json!({"Type": "Pass", "Parameters": {"x.$": "$variable.a[0]"}, "Assign": {"y.$": "$.x"}, "End": true}),
    ));
}

#[test]
fn a_variable_belongs_to_one_scope() {
    let branch = |name: &str| json!({"StartAt": name, "States": {name: {"Type": "Pass", "Assign": {"x.$": "$", "y": 1}, "End": true}}});
    let definition = json!({"StartAt": "P", "States": {
        "P": {"Type": "Parallel", "Branches": [branch("I"), branch("J")], "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": true, "Next": "E", "Assign": {"x": 1}}], "Default": "E"},
        "E": {"Type": "Succeed"}}});
    finds(&definition, "SCHEMA_VALIDATION_FAILED", "/States/P/Branches/0/States/I/Assign/x.$");
    finds(&definition, "SCHEMA_VALIDATION_FAILED", "/States/P/Branches/1/States/J/Assign/x.$");
    assert_eq!(findings(&definition).len(), 2, "{:?}", findings(&definition));
}

#[test]
fn maps_have_fields_for_many_elements() {
    let map = |config: Value, rest: Value| {
        let inner = json!({"ProcessorConfig": config, "StartAt": "I", "States": {"I": {"Type": "Succeed"}}});
        let mut map = json!({"Type": "Map", "ItemProcessor": inner, "End": true});
        map.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        machine(map)
    };
    let distributed = || json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    is_good(&map(
        distributed(),
        json!({"Label": "L", "ToleratedFailurePercentage": 50, "ToleratedFailureCountPath": "$.n",
        "ItemBatcher": {"MaxItemsPerBatch": 10, "BatchInput": {"x.$": "$.x"}}, "MaxConcurrency": 1000}),
    ));
    let at = |definition: &Value, pointer: &str| finds(definition, "SCHEMA_VALIDATION_FAILED", pointer);
    at(&map(json!({"Mode": "DISTRIBUTED"}), json!({})), "/States/A/ItemProcessor/ProcessorConfig");
    at(&map(json!({"Mode": "SPREAD"}), json!({})), "/States/A/ItemProcessor/ProcessorConfig/Mode");
    at(&map(distributed(), json!({"ToleratedFailurePercentage": 101})), "/States/A/ToleratedFailurePercentage");
    at(&map(distributed(), json!({"Label": "a b"})), "/States/A/Label");
    at(&map(distributed(), json!({"ItemBatcher": {}})), "/States/A/ItemBatcher");
    at(&map(json!({"Mode": "INLINE"}), json!({"ItemBatcher": {"MaxItemsPerBatch": 1}})), "/States/A");
    let express = check(&map(distributed(), json!({})).to_string(), Syntax::Json, true);
    assert!(express[0].message.contains("DISTRIBUTED"), "{express:?}");
}

#[test]
fn all_mistakes_are_found_at_once() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Nxt": "B"},
        "B": {"Type": "Wait", "Seconds": -1, "End": true},
        "C": {"Type": "Task", "Resource": "x", "End": true},
    }, "Extra": 1});
    assert!(findings(&definition).len() >= 5, "{:?}", findings(&definition));
}

#[test]
fn the_graph_shows_nested_states_and_every_transition() {
    let definition = json!({"Comment": "orders", "StartAt": "First", "States": {
        "First": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "Both"}], "Default": "Done"},
        "Both": {"Type": "Parallel", "Next": "Done", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}], "Branches": [
            {"StartAt": "Work", "States": {"Work": task(json!({}))}},
            {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
                "Iterator": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}}}}},
        ]},
        "Done": {"Type": "Succeed"},
    }});
    let machine = parse(&definition.to_string()).unwrap();
    assert_eq!(machine.resources(), [Resource::LambdaFunction { arn: FUNCTION.to_owned() }]);
    let outline = machine.outline();
    assert_eq!(outline.comment.as_deref(), Some("orders"));
    let name = |state: usize| outline.states[state].name.as_str();
    assert_eq!(name(outline.scopes[0].start), "First");
    let state = |place: usize| {
        let parent = outline.parent(place).map(|parent| (name(parent.state), parent.branch));
        (name(place), outline.states[place].state_type, parent)
    };
    assert_eq!(
        (0..outline.states.len()).map(state).collect::<Vec<_>>(),
        [
            ("First", "Choice", None),
            ("Both", "Parallel", None),
            ("Done", "Succeed", None),
            ("Work", "Task", Some(("Both", 0))),
            ("Each", "Map", Some(("Both", 1))),
            ("One", "Pass", Some(("Each", 0))),
        ]
    );
    let ways = outline.states.iter().flat_map(|from| from.transitions.iter().map(move |way| (from, way)));
    assert_eq!(
        ways.map(|(from, way)| (from.name.as_str(), name(way.to), way.kind)).collect::<Vec<_>>(),
        [
            ("First", "Both", EdgeKind::Choice(0)),
            ("First", "Done", EdgeKind::Default),
            ("Both", "Done", EdgeKind::Next),
            ("Both", "Done", EdgeKind::Catch(0)),
        ]
    );
}

#[test]
fn yaml_gives_the_same_machine() {
    let machine =
        parse_yaml("StartAt: A\nStates:\n  A: {Type: Wait, Seconds: 5, Next: B}\n  B: {Type: Succeed}\n").unwrap();
    assert_eq!(machine.outline().states[0].transitions.len(), 1);
    assert!(parse_yaml("- 1").is_err());
}
