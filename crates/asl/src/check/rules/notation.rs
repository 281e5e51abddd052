//! The text itself.

use super::SCHEMA;
use crate::check::rule::declare;

const STRUCTURE: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html";
const DIAGNOSTICS: &str =
    "https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html";

declare! { NOTATION_RULES,
    INVALID_JSON "invalid-json" Error Some("INVALID_JSON_DESCRIPTION"),
        "the text is not JSON",
        "AWS reads a definition with a strict JSON parser: no comments, no trailing commas, no single quotes.",
        r#"{ "StartAt": "Done", "States": { "Done": { "Type": "Succeed" }, } }"#,
        r#"{ "StartAt": "Done", "States": { "Done": { "Type": "Succeed" } } }"#,
        DIAGNOSTICS;
    INVALID_YAML "invalid-yaml" Error Some("INVALID_YAML_DESCRIPTION"),
        "the text is not YAML, or more than JSON can hold",
        "AWS takes JSON; tools turn YAML into it. A definition is one YAML document without tags of its own and without infinite numbers.",
        "",
        "",
        STRUCTURE;
    TOO_DEEP "too-deep" Error Some("TOO_DEEPLY_NESTED"),
        "values are nested too deeply",
        "AWS refuses definitions whose states or values stand too deep in one another. Move inner workflows into state machines of their own, and start them with `states:startExecution`.",
        "",
        "",
        DIAGNOSTICS;
    NO_DEFINITION "no-definition" Error SCHEMA,
        "the text holds no definition",
        "A definition is a JSON object with `StartAt` and `States`. AWS refuses an empty text, a list and a bare value.",
        "[]",
        r#"{ "StartAt": "Done", "States": { "Done": { "Type": "Succeed" } } }"#,
        STRUCTURE;
    TOO_LARGE "too-large" Error None,
        "the definition has more than 1 MiB",
        "CreateStateMachine takes 1,048,576 bytes. Split the workflow into several machines, or move data out of it.",
        "",
        "",
        "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html";
    DUPLICATE_KEY "duplicate-key" Error Some("INVALID_JSON_DESCRIPTION"),
        "an object has the same key twice",
        "Most JSON parsers keep the last value and say nothing; AWS refuses the definition. Two states with the same name in one `States` are the usual case.",
        r#""Greet": { "Type": "Pass", "Result": "hello", "Result": "goodbye", "End": true }"#,
        r#""Greet": { "Type": "Pass", "Result": "goodbye", "End": true }"#,
        DIAGNOSTICS;
}
