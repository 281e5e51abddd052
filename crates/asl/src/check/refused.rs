//! What AWS refuses and what it takes, by kinds of mistakes.

#![expect(clippy::needless_pass_by_value, reason = "`json!` makes values, and a borrow at each of them hides the case")]

use serde_json::{Value, json};

use super::{Asked, Syntax, check, lint};
use crate::finding::{Severity, aws_message};

fn machine(state: Value) -> String {
    json!({"StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}}).to_string()
}

/// Code, message and place of the errors that AWS answers with.
fn errors(state: Value) -> String {
    let mut found = check(&machine(state), Syntax::Json, false);
    found.retain(|finding| finding.code != "NOT_SUPPORTED" && finding.pointer != "/States/B");
    if found.iter().any(crate::finding::Finding::is_error) { aws_message(&found) } else { String::new() }
}

fn map(rest: Value) -> Value {
    let mut map = json!({"Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "I", "States": {"I": {"Type": "Succeed"}}}});
    if let (Some(map), Value::Object(rest)) = (map.as_object_mut(), rest) {
        map.extend(rest);
    }
    map
}

fn reader(config: Value) -> Value {
    map(json!({"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config}}))
}

#[test]
fn a_member_cannot_stand_beside_its_twin() {
    let twin = json!({"a": 1, "a.$": "$.b"});
    let place = |state: Value, place: &str| {
        let message = "SCHEMA_VALIDATION_FAILED: Cannot have both the field 'a.$' and the field 'a' at the same time";
        assert_eq!(errors(state), format!("Invalid State Machine Definition: '{message} at /States/A/{place}'"));
    };
    place(json!({"Type": "Pass", "Parameters": twin, "End": true}), "Parameters");
    place(json!({"Type": "Pass", "Parameters": {"x": [{"y": twin}]}, "End": true}), "Parameters/x[0]/y");
    place(json!({"Type": "Pass", "Assign": twin, "End": true}), "Assign");
    place(map(json!({"ItemSelector": twin})), "ItemSelector");
    place(map(json!({"ResultSelector": {"r": twin}})), "ResultSelector/r");
    let inner = json!({"Resource": "arn:aws:states:::s3:getObject", "Parameters": twin});
    place(map(json!({"ItemReader": inner})), "ItemReader/Parameters");
}

#[test]
fn references_are_refused_in_the_words_of_aws() {
    let output =
        |text: &str| errors(json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"v": text}, "End": true}));
    let refused = |text: &str, message: &str| {
        let wanted = format!(
            "Invalid State Machine Definition: 'UNSUPPORTED_JSONATA_EXPRESSION: {message} at /States/A/Output/v'"
        );
        assert_eq!(output(text), wanted, "{text}");
    };
    refused("{% orderId %}", "Reference to 'orderId' at the top level is not supported.");
    refused("{% $sum(items.price) %}", "Reference to 'items' at the top level is not supported.");
    refused("{% $$ %}", "Reference to '$$' is not supported.");
    refused("{% $states.errorOutput %}", "Field '$states.errorOutput' does not exist.");
    refused("{% $states.result.a %}", "Field '$states.result' does not exist.");
    refused("{% $states.inptu %}", "Field '$states.inptu' does not exist.");
    for (text, message) in [
        ("{% 1 + %}", "Unexpected end of expression"),
        ("{% $states.input.a ?? 5 %}", "The symbol \"?\" cannot be used as a unary operator"),
        ("{% $states.input.a ?: 5 %}", "The symbol \":\" cannot be used as a unary operator"),
        ("{% 1..3 %}", "Syntax error: \"..\""),
    ] {
        assert!(
            output(text).contains(&format!("INVALID_JSONATA_EXPRESSION: {message} at ")),
            "{text}: {}",
            output(text)
        );
    }
    assert_eq!(output("{% $states.input.items[price > 3].name %}"), "");
}

#[test]
fn fields_that_are_not_run_here_are_read_nevertheless() {
    let task = |credentials: Value| {
        json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Credentials": credentials,
            "Parameters": {"FunctionName": "f"}, "End": true})
    };
    for state in [
        map(json!({"ItemReader": "x"})),
        map(json!({"ItemReader": {}})),
        reader(json!("x")),
        reader(json!({"InputType": "XML"})),
        reader(json!({"MaxItems": -5})),
        reader(json!({"MaxItems": 5, "MaxItemsPath": "$.n"})),
        reader(json!({"MaxItemsPath": "n"})),
        reader(json!({"CSVHeaders": "a,b"})),
        reader(json!({"CSVHeaderLocation": "SECOND_ROW"})),
        reader(json!({"InputTyp": "CSV"})),
        map(json!({"ResultWriter": {}})),
        map(json!({"ResultWriter": {"Resource": 7}})),
        map(json!({"ResultWriter": {"WriterConfig": {"OutputType": "CSV"}}})),
        task(json!("foo")),
        task(json!({"RoleArn.$": "not a path"})),
        task(json!({})),
        task(json!({"Role": "arn:aws:iam::111111111111:role/r"})),
        json!({"Type": "Map", "End": true, "ItemReader": {"Resource": "arn:aws:states:::s3:getObject"},
            "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}}),
        json!({"Type": "Map", "End": true, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject"},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "I", "States": {"I": {"Type": "Succeed"}}}}),
    ] {
        assert!(errors(state.clone()).contains("SCHEMA_VALIDATION_FAILED"), "{state}");
    }
    for state in [
        reader(json!({})),
        reader(
            json!({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"], "MaxItems": 100_000_000}),
        ),
        reader(json!({"InputType": "MANIFEST", "ManifestType": "ATHENA_DATA", "MaxItemsPath": "$.n"})),
        map(json!({"ResultWriter": {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSONL"}}})),
        task(json!({"RoleArn.$": "$.role"})),
        task(json!({"RoleArn.$": "States.Format('arn:aws:iam::{}:role/r', $.account)"})),
    ] {
        assert_eq!(errors(state.clone()), "", "{state}");
    }
}

#[test]
fn a_catcher_may_assign_what_was_assigned_inside() {
    let branch = json!({"StartAt": "I", "States": {"I": {"Type": "Pass", "Assign": {"x": 1}, "End": true}}});
    let catch = json!([{"ErrorEquals": ["States.ALL"], "Next": "B", "Assign": {"x": 2}}]);
    let parallel = json!({"Type": "Parallel", "Branches": [branch], "Catch": catch, "Next": "B"});
    assert_eq!(errors(parallel.clone()), "");
    assert_eq!(errors(json!({"Type": "Map", "ItemProcessor": branch, "Catch": catch, "Next": "B"})), "");
    let nested = json!({"StartAt": "N", "States": {"N": {"Type": "Parallel", "Branches": [branch], "End": true}}});
    assert_eq!(errors(json!({"Type": "Parallel", "Branches": [nested], "Catch": catch, "Next": "B"})), "");
    // What the state itself assigns, and the catcher of another one, stay forbidden.
    let mut own = parallel;
    own["Assign"] = json!({"x": 3});
    assert!(errors(own).contains("already assigned in an outer scope"));
    let other = json!({"StartAt": "A", "States": {
        "A": {"Type": "Parallel", "Branches": [branch], "Next": "T"},
        "T": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Catch": catch, "Next": "B"},
        "B": {"Type": "Succeed"}}});
    let found = check(&other.to_string(), Syntax::Json, false);
    assert!(aws_message(&found).contains("already assigned in an outer scope"));
}

#[test]
fn placeholders_stand_for_anything() {
    let processor = |mode: &str, kind: &str| json!({"ProcessorConfig": {"Mode": mode, "ExecutionType": kind}, "StartAt": "I", "States": {"I": {"Type": "Succeed"}}});
    let retry = json!([{"ErrorEquals": ["States.ALL"], "JitterStrategy": "${Jitter}", "MaxAttempts": "${Attempts}"}]);
    for state in [
        json!({"Type": "Task", "Resource": "${Fn}", "Retry": retry, "End": "${End}"}),
        json!({"Type": "Map", "Label": "${Label}", "ItemProcessor": processor("${Mode}", "${Type}"), "End": true}),
        json!({"Type": "Map", "Label": "All", "ItemProcessor": processor("${Mode}", "EXPRESS"), "MaxConcurrency": "${Most}", "End": true}),
        json!({"Type": "Wait", "Seconds": "${Seconds}", "Next": "B"}),
        json!({"Type": "Task", "Resource": "arn:${AWS::Partition}:states:::lambda:invoke", "TimeoutSeconds": "${T}", "Next": "B"}),
    ] {
        let text = json!({"Version": "${Version}", "StartAt": "A", "States": {"A": state}}).to_string();
        let text = text.replace(r#""Next":"B""#, r#""End":true"#);
        let mut found = lint(&text, Syntax::Json, Asked::default());
        found.retain(|finding| finding.severity == Severity::Error);
        assert_eq!(found, [], "{text}");
    }
}

#[test]
fn errors_that_the_machine_raises_are_no_mistake() {
    let definition = |error: &str| {
        json!({"StartAt": "A", "States": {
            "A": {"Type": "Parallel", "Branches": [{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": error}}}],
                "Catch": [{"ErrorEquals": ["States.RanOutOfTime"], "Next": "B"}], "Next": "B"},
            "B": {"Type": "Succeed"}}})
        .to_string()
    };
    let warned = |text: String| {
        lint(&text, Syntax::Json, Asked::default()).iter().any(|finding| finding.rule.name() == "unknown-error-name")
    };
    assert!(!warned(definition("States.RanOutOfTime")));
    assert!(warned(definition("RanOutOfTime")) && warned(definition("States.RanOutOfTim")));
}
