//! Paths, templates, intrinsic functions, the context object.

use super::SCHEMA;
use crate::check::rule::declare;

const PATHS: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html";
const PROCESSING: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html";
const INTRINSICS: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html";
const CONTEXT: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html";
const PASS: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html";
const DIAGNOSTICS: &str =
    "https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html";

declare! { DATA_RULES,
    BAD_PATH "bad-path" Error SCHEMA,
        "a path is not JSONPath as Step Functions takes it",
        "A path begins with `$` (the input), `$$` (the context object) or `$name` (a variable), and each bracket and quote in it is closed.",
        r#""Greet": { "Type": "Pass", "InputPath": "$.order[", "End": true }"#,
        r#""Greet": { "Type": "Pass", "InputPath": "$.order", "End": true }"#,
        PATHS;
    TWIN_FIELDS "twin-fields" Error SCHEMA,
        "a member stands with `.$` and without",
        "`x.$` gives the member `x` the value that a path finds, so that `x` cannot stand beside it. AWS refuses it, at every depth of a template.",
        r#""Greet": { "Type": "Pass", "Parameters": { "id": 1, "id.$": "$.id" }, "End": true }"#,
        r#""Greet": { "Type": "Pass", "Parameters": { "id.$": "$.id" }, "End": true }"#,
        PROCESSING;
    DOUBTFUL_PATH "doubtful-path" Warning None,
        "a path works otherwise than it looks",
        "AWS saves the machine. It reads paths as Jayway JsonPath 2.0 does, without functions, `in`, positions below zero and double quotes: the state fails when it runs, or the path finds something else. `docs/jsonpath.md` has the list.",
        r#""Greet": { "Type": "Pass", "InputPath": "$.detail.Availability Zone", "End": true }"#,
        r#""Greet": { "Type": "Pass", "InputPath": "$.detail['Availability Zone']", "End": true }"#,
        PATHS;
    BAD_REFERENCE_PATH "bad-reference-path" Error SCHEMA,
        "a path that is written to names more than one place",
        "`ResultPath` takes a reference path: names and positions only, such as `$.order.total` or `$.list[0]`. Lists, slices, filters and the context object are refused.",
        r#""Greet": { "Type": "Pass", "Result": 1, "ResultPath": "$.orders[*].total", "End": true }"#,
        r#""Greet": { "Type": "Pass", "Result": 1, "ResultPath": "$.orders[0].total", "End": true }"#,
        PATHS;
    BAD_INTRINSIC "bad-intrinsic" Error SCHEMA,
        "a field that ends in `.$` is neither a path nor a call",
        "The value of a field whose name ends in `.$` is a path, or a call of an intrinsic function with texts in single quotes. AWS checks names, brackets and the number of arguments when the machine is created.",
        r#""Greet": { "Type": "Pass", "Parameters": { "text.$": "States.Formt('Hello {}', $.name)" }, "End": true }"#,
        r#""Greet": { "Type": "Pass", "Parameters": { "text.$": "States.Format('Hello {}', $.name)" }, "End": true }"#,
        INTRINSICS;
    FORMAT_ARGUMENTS "format-arguments" Warning None,
        "States.Format has more or fewer values than places",
        "Each `{}` of the text takes one argument. With another number the state fails with States.IntrinsicFailure when it runs. A bracket that is meant as such is written `\\\\{`.",
        r#""Greet": { "Type": "Pass", "Parameters": { "text.$": "States.Format('{} and {}', $.name)" }, "End": true }"#,
        r#""Greet": { "Type": "Pass", "Parameters": { "text.$": "States.Format('{} and {}', $.name, $.other)" }, "End": true }"#,
        INTRINSICS;
    INTRINSIC_ARGUMENT "intrinsic-argument" Warning None,
        "an intrinsic function is given an argument it cannot take",
        "`States.MathAdd` adds numbers, `States.ArrayLength` counts arrays: with a text or number of another kind the state fails with States.IntrinsicFailure whenever it runs. Numbers stand without quotes.",
        r#""Greet": { "Type": "Pass", "Parameters": { "next.$": "States.MathAdd($.count, '1')" }, "End": true }"#,
        r#""Greet": { "Type": "Pass", "Parameters": { "next.$": "States.MathAdd($.count, 1)" }, "End": true }"#,
        INTRINSICS;
    MISSING_DOLLAR "missing-dollar" Warning Some("NO_DOLLAR"),
        "a value looks like a path, but its name does not end in `.$`",
        "AWS accepts it and hands on the text itself: `\"id\": \"$.order.id\"` gives the eleven characters `$.order.id`.",
        r#""Greet": { "Type": "Pass", "Parameters": { "id": "$.order.id" }, "End": true }"#,
        r#""Greet": { "Type": "Pass", "Parameters": { "id.$": "$.order.id" }, "End": true }"#,
        PROCESSING;
    LITERAL_PATH "literal-path" Warning Some("NO_PATH"),
        "a value looks like a path, but its field takes text",
        "AWS accepts it and uses the text itself. The field whose name ends in `Path` takes a path: `ErrorPath`, `CausePath`, `StringEqualsPath`.",
        r#""Stop": { "Type": "Fail", "Error": "$.error.name", "Cause": "refused" }"#,
        r#""Stop": { "Type": "Fail", "ErrorPath": "$.error.name", "Cause": "refused" }"#,
        DIAGNOSTICS;
    STATIC_RESULT "static-result" Note Some("PASS_RESULT_IS_STATIC"),
        "a Pass state's Result holds a path",
        "`Result` is handed on as it is written. `Parameters` is the field that takes values from the input.",
        r#""Greet": { "Type": "Pass", "Result": { "id.$": "$.order.id" }, "End": true }"#,
        r#""Greet": { "Type": "Pass", "Parameters": { "id.$": "$.order.id" }, "End": true }"#,
        PASS;
    UNKNOWN_CONTEXT_FIELD "unknown-context-field" Warning None,
        "the context object has no such field",
        "The context object holds Execution, State, StateMachine, Map and, in a task that waits for its token, Task. Asking for anything else fails the execution.",
        r#""Greet": { "Type": "Pass", "Parameters": { "id.$": "$$.Executon.Id" }, "End": true }"#,
        r#""Greet": { "Type": "Pass", "Parameters": { "id.$": "$$.Execution.Id" }, "End": true }"#,
        CONTEXT;
    MAP_CONTEXT_OUTSIDE "map-context-outside" Warning None,
        "`$$.Map` is asked for outside of a Map",
        "Only a Map's ItemSelector and the states inside it have an item. Elsewhere the execution fails.",
        r#""Greet": { "Type": "Pass", "Parameters": { "at.$": "$$.Map.Item.Index" }, "End": true }"#,
        r#""Each": { "Type": "Map", "ItemSelector": { "at.$": "$$.Map.Item.Index" }, "End": true, "ItemProcessor": { "StartAt": "One", "States": { "One": { "Type": "Succeed" } } } }"#,
        CONTEXT;
    TASK_CONTEXT_OUTSIDE "task-context-outside" Warning None,
        "`$$.Task` is asked for by a state that is no Task",
        "A token exists while a task waits for it. In a Pass, Choice or other state the execution fails.",
        r#""Greet": { "Type": "Pass", "Parameters": { "token.$": "$$.Task.Token" }, "End": true }"#,
        r#""Ask": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 3600, "Parameters": { "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111111111111/q", "MessageBody": { "token.$": "$$.Task.Token" } }, "End": true }"#,
        CONTEXT;
}
