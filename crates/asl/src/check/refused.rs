//! What AWS refuses and what it takes, by kinds of mistakes.

#![expect(clippy::needless_pass_by_value, reason = "`json!` makes values, and a borrow at each of them hides the case")]

use labctl_source::Severity;
use serde_json::{Value, json};

use super::{Asked, check, lint};
use crate::finding::aws_message;
use crate::notation::Syntax;

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

/// Errors and warnings of lint, with what is no text in the definition put in as it is.
fn reported(text: &str) -> Vec<(Severity, &'static str)> {
    let found = lint(text, Syntax::Json, Asked::default());
    let reported = found.iter().filter(|finding| finding.severity != Severity::Note);
    reported.map(|finding| (finding.severity, finding.rule.name())).collect()
}

#[test]
fn placeholders_without_quotes_are_values() {
    for text in [
        r#"{"StartAt": "A", "TimeoutSeconds": ${Timeout}, "States": {"A": {"Type": "Wait", "Seconds": ${Wait}, "End": true}}}"#,
        r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "MaxConcurrency": {{ most }}, "End": ${end},
            "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "${fn["b"].arn}", "TimeoutSeconds": 5, "End": true}}}}}}"#,
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Made"}, ${more_states}}}"#,
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": ${jsonencode({ "a" = 1 })}, ${ending}}}}"#,
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", %{ if last }"End": true%{ else }"Next": "B"%{ endif }}}}"#,
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:<PARTITION>:states:::sns:publish", "TimeoutSeconds": 5, "Parameters": {"TopicArn": "t", "Message": "m"}, "End": true}}}"#,
    ] {
        assert_eq!(reported(text), [], "{text}");
        assert!(crate::outline(text, Syntax::Json).is_ok(), "{text}");
    }
    let bare = r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${Wait}, "End": true}}}"#;
    assert!(check(bare, Syntax::Json, false).iter().any(|finding| finding.code == "INVALID_JSON_DESCRIPTION"));
    let lesson = lint(bare, Syntax::Json, Asked { express: false, lesson: true });
    assert!(lesson.iter().any(|finding| finding.rule.name() == "invalid-json"));
    // Mistakes beside placeholders are still found.
    let beside = r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${Wait}, "Nxt": "A"}}}"#;
    assert_eq!(reported(beside), [(Severity::Error, "unknown-field")]);
}

#[test]
fn a_language_that_is_filled_in_makes_no_errors() {
    for state in [
        json!({"Type": "Pass", "Output": {"a": "{% $states.input.a %}"}, "End": true}),
        json!({"Type": "Pass", "Parameters": {"a.$": "$.a"}, "End": true}),
        json!({"Type": "Choice", "Choices": [{"Condition": "{% $states.input.a %}", "Next": "B"}], "Default": "B"}),
    ] {
        let open =
            json!({"QueryLanguage": "${Language}", "StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}});
        let found = reported(&open.to_string());
        assert!(found.iter().all(|(_, name)| *name == "unreachable-state"), "{open}: {found:?}");
        let mut own = state.clone();
        own["QueryLanguage"] = json!("${Language}");
        let found = reported(&machine(own));
        assert!(found.iter().all(|(_, name)| *name == "unreachable-state"), "{state}: {found:?}");
    }
    let mixed = json!({"Type": "Pass", "QueryLanguage": "${Language}", "Parameters": {"a": 1}, "Output": "{% 1 %}", "Next": "B"});
    assert_eq!(reported(&machine(mixed)), [(Severity::Warning, "other-query-language")]);
    let number = json!({"Type": "Wait", "QueryLanguage": "${Language}", "Seconds": -1, "Next": "B"});
    assert_eq!(reported(&machine(number)), [(Severity::Error, "bad-number")]);
}

#[test]
fn an_arn_that_is_still_to_be_filled_in_is_a_warning() {
    let task = |resource: &str| json!({"Type": "Task", "Resource": resource, "TimeoutSeconds": 5, "Next": "B"});
    for resource in [
        "arn:aws:lambda:REGION:ACCOUNT_ID:function:FUNCTION_NAME",
        "arn:aws:lambda:region-1:1234567890:function:f",
        "arn:aws:lambda:::function:SendToSNS",
        "arn:aws:states:us-west-2:42:activity:a-task",
    ] {
        assert_eq!(reported(&machine(task(resource))), [(Severity::Warning, "unknown-resource")], "{resource}");
        assert!(errors(task(resource)).contains("is not recognized"), "{resource}");
    }
    for resource in
        ["create", "arn:aws:lambda:REGION:ACCOUNT_ID:function:f:", "arn:aws:states:::aws-sdk:rds:DescribeDBClusters"]
    {
        assert_eq!(reported(&machine(task(resource))), [(Severity::Error, "unknown-resource")], "{resource}");
    }
}

#[test]
fn arguments_of_another_kind_are_reported() {
    let misfits = |call: &str| {
        reported(&machine(json!({"Type": "Pass", "Parameters": {"v.$": call}, "Next": "B"})))
            .contains(&(Severity::Warning, "intrinsic-argument"))
    };
    for call in [
        "States.MathAdd(1, '-1')",
        "States.ArrayLength('a,b')",
        "States.ArrayGetItem($.list, '0')",
        "States.JsonMerge($.a, $.b, 'false')",
        "States.Format('{}', States.MathAdd(States.UUID(), 1))",
        "States.StringSplit($.text, 1)",
    ] {
        assert!(misfits(call), "{call}");
    }
    for call in [
        "States.MathAdd($.a, -1)",
        "States.ArrayLength(States.StringSplit($.text, ','))",
        "States.ArrayContains($.list, 'x')",
        "States.JsonMerge(States.StringToJson($.a), $.b, false)",
        "States.Format('{}', 1)",
        "States.JsonToString(1)",
    ] {
        assert!(!misfits(call), "{call}");
    }
}

#[test]
fn timestamps_up_to_the_last_of_rfc_3339_are_taken() {
    let wait = |text: &str| errors(json!({"Type": "Wait", "Timestamp": text, "Next": "B"}));
    let choice = |text: &str| {
        errors(
            json!({"Type": "Choice", "Choices": [{"Variable": "$.t", "TimestampLessThan": text, "Next": "B"}], "Default": "B"}),
        )
    };
    for text in [
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999-12:00",
        "2016-12-31T23:59:60Z",
        "2016-03-14T01:59:00.1234567891Z",
    ] {
        assert_eq!((wait(text), choice(text)), (String::new(), String::new()), "{text}");
    }
    for text in ["10000-01-01T00:00:00Z", "2016-03-14T01:59:00+24:00", "2016-03-14T01:59:61Z"] {
        assert!(wait(text).contains("String does not match RFC3339 timestamp"), "{text}");
        assert!(choice(text).contains("String does not match RFC3339 timestamp"), "{text}");
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
