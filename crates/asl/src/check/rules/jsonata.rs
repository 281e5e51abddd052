//! JSONata.

use super::SCHEMA;
use crate::check::rule::declare;

const JSONATA: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html";

const UNSUPPORTED: Option<&str> = Some("UNSUPPORTED_JSONATA_EXPRESSION");

declare! { JSONATA_RULES,
    OTHER_QUERY_LANGUAGE "other-query-language" Error SCHEMA,
        "a field belongs to the other query language",
        "JSONPath states have InputPath, Parameters, ResultSelector, ResultPath, OutputPath and the fields that end in Path; JSONata states have Arguments, Output and Items. AWS refuses a mixture.",
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "ResultPath": "$.greeting", "End": true }"#,
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": { "greeting": "hello" }, "End": true }"#,
        JSONATA;
    QUERY_LANGUAGE_DOWNGRADE "query-language-downgrade" Error SCHEMA,
        "a JSONPath state stands in a JSONata machine",
        "A machine that is JSONata as a whole has JSONata states only. The other way round it works: leave the machine JSONPath and set JSONata in single states.",
        r#"{ "QueryLanguage": "JSONata", "StartAt": "Greet", "States": { "Greet": { "Type": "Pass", "QueryLanguage": "JSONPath", "End": true } } }"#,
        r#"{ "StartAt": "Greet", "States": { "Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "End": true } } }"#,
        JSONATA;
    BAD_JSONATA "bad-jsonata" Error Some("INVALID_JSONATA_EXPRESSION"),
        "an expression is not JSONata",
        "AWS reads every expression when the machine is created, with JSONata 2.0.6: `??`, `?:` and a range outside of brackets are newer. `$eval` is not available; `$parse` reads JSON text.",
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.total + %}", "End": true }"#,
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.total + 1 %}", "End": true }"#,
        JSONATA;
    JSONATA_MARKS "jsonata-marks" Error SCHEMA,
        "`{%` and `%}` do not enclose the whole text",
        "An expression begins with `{%` and ends with `%}`, with no character before or after. AWS refuses a text that has only one of the two marks.",
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.name", "End": true }"#,
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.name %}", "End": true }"#,
        JSONATA;
    TOP_LEVEL_REFERENCE "top-level-reference" Error UNSUPPORTED,
        "a name without `$` stands at the top level",
        "An expression of Step Functions has no input of its own: names without `$` have a meaning after a dot, in `[…]`, `^(…)` and `{…}` only, and `$$` has none. AWS refuses them.",
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% orderId %}", "End": true }"#,
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.orderId %}", "End": true }"#,
        JSONATA;
    STATES_MEMBER "states-member" Error UNSUPPORTED,
        "`$states` has no such member here",
        "`$states.input` and `$states.context` are there everywhere. `$states.result` exists in Output and Assign of a Task, Parallel or Map that succeeded, `$states.errorOutput` in those of a catcher. AWS refuses them elsewhere.",
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.result.name %}", "End": true }"#,
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.name %}", "End": true }"#,
        JSONATA;
    NOT_IN_MARKS "not-in-marks" Note None,
        "a JSONata expression stands without `{%` and `%}`",
        "AWS accepts it and hands on the text itself.",
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": { "name": "$states.input.name" }, "End": true }"#,
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": { "name": "{% $states.input.name %}" }, "End": true }"#,
        JSONATA;
    DOLLAR_KEY "dollar-key" Note None,
        "a name ends in `.$` in a JSONata state",
        "In JSONata names are taken as they are: the result has a member called `name.$`, and a path in its value stays text.",
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": { "name.$": "$.name" }, "End": true }"#,
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": { "name": "{% $states.input.name %}" }, "End": true }"#,
        JSONATA;
    INTRINSIC_IN_JSONATA "intrinsic-in-jsonata" Error UNSUPPORTED,
        "an intrinsic function is called in JSONata",
        "Intrinsic functions belong to JSONPath. JSONata has functions of its own: `&` joins texts, `$uuid()`, `$partition`, `$range`, `$hash`, `$random` and `$parse` replace the others. AWS refuses the name `States` at the top level.",
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% States.Format('Hello {}', $states.input.name) %}", "End": true }"#,
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% 'Hello ' & $states.input.name %}", "End": true }"#,
        JSONATA;
}
