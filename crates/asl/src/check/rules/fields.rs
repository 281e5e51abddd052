//! Fields and their values.

use super::SCHEMA;
use crate::check::rule::declare;

const STATES: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/workflow-states.html";
const STRUCTURE: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html";
const MAP: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html";
const DISTRIBUTED: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html";
const WAIT: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html";
const PARALLEL: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html";
const SPEC: &str = "https://states-language.net/spec.html";

declare! { FIELDS_RULES,
    UNKNOWN_STATE_TYPE "unknown-state-type" Error SCHEMA,
        "there is no such type of state",
        "The types are Task, Wait, Pass, Succeed, Fail, Choice, Parallel and Map, spelt like this. AWS refuses any other.",
        r#""Pause": { "Type": "Sleep", "Seconds": 5, "End": true }"#,
        r#""Pause": { "Type": "Wait", "Seconds": 5, "End": true }"#,
        STATES;
    MISSING_FIELD "missing-field" Error SCHEMA,
        "a required field is missing",
        "AWS refuses a definition whose machine, state, rule or handler lacks a field it cannot do without: `StartAt` and `States`, `Type`, a Task's `Resource`, a Choice's `Choices`, and so on.",
        r#""Pause": { "Type": "Wait", "Next": "Done" }"#,
        r#""Pause": { "Type": "Wait", "Seconds": 5, "Next": "Done" }"#,
        STATES;
    UNKNOWN_FIELD "unknown-field" Error SCHEMA,
        "a field is not part of the language",
        "AWS refuses fields it does not know: a misspelt `Next` would otherwise go unseen. Notes belong in `Comment`.",
        r#""Greet": { "Type": "Pass", "Reslt": "hello", "End": true }"#,
        r#""Greet": { "Type": "Pass", "Result": "hello", "End": true }"#,
        SPEC;
    MISPLACED_FIELD "misplaced-field" Error SCHEMA,
        "a field belongs elsewhere",
        "The field is part of the language, but not of this type of state or this object, and AWS refuses it there.",
        r#""Greet": { "Type": "Pass", "Retry": [{ "ErrorEquals": ["States.ALL"] }], "End": true }"#,
        r#""Greet": { "Type": "Pass", "End": true }"#,
        STATES;
    EXCLUSIVE_FIELDS "exclusive-fields" Error SCHEMA,
        "two fields exclude each other",
        "Some fields say the same thing in two ways: a Wait has one time, a Map one processor, a limit is a number or a path. AWS refuses both together.",
        r#""Pause": { "Type": "Wait", "Seconds": 5, "Timestamp": "2030-01-01T00:00:00Z", "Next": "Done" }"#,
        r#""Pause": { "Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z", "Next": "Done" }"#,
        WAIT;
    WRONG_TYPE "wrong-type" Error SCHEMA,
        "a value is of another kind than its field takes",
        "Text where a list belongs, a number where text belongs. AWS refuses it.",
        r#""Greet": { "Type": "Pass", "Comment": 7, "End": true }"#,
        r#""Greet": { "Type": "Pass", "Comment": "the 7th", "End": true }"#,
        SPEC;
    BAD_NUMBER "bad-number" Error SCHEMA,
        "a number is out of its range",
        "Seconds and counts are whole numbers up to 99999999, most of them from 1 on; `MaxAttempts` begins at 0 and `BackoffRate` at 1.0. Text like \"5\" is no number.",
        r#""Pause": { "Type": "Wait", "Seconds": -5, "Next": "Done" }"#,
        r#""Pause": { "Type": "Wait", "Seconds": 5, "Next": "Done" }"#,
        SPEC;
    BAD_VALUE "bad-value" Error SCHEMA,
        "a field has none of its possible values",
        "`QueryLanguage`, `JitterStrategy`, `Mode`, `ExecutionType` and `Version` take one of a few words, spelt as in the documentation.",
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONATA", "End": true }"#,
        r#""Greet": { "Type": "Pass", "QueryLanguage": "JSONata", "End": true }"#,
        STRUCTURE;
    EMPTY_VALUE "empty-value" Error SCHEMA,
        "a list or object is empty where something must stand",
        "`States`, `Choices`, `Branches`, `ErrorEquals`, `And` and `Or` cannot be empty.",
        r#""Both": { "Type": "Parallel", "Branches": [], "End": true }"#,
        r#""Both": { "Type": "Parallel", "Branches": [{ "StartAt": "One", "States": { "One": { "Type": "Succeed" } } }], "End": true }"#,
        PARALLEL;
    BAD_TIMESTAMP "bad-timestamp" Error SCHEMA,
        "a timestamp is not written as RFC 3339 wants it",
        "Upper-case `T`, and `Z` or an offset at the end. AWS refuses a date alone and a time without zone.",
        r#""Until": { "Type": "Wait", "Timestamp": "2030-01-01 00:00", "Next": "Done" }"#,
        r#""Until": { "Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z", "Next": "Done" }"#,
        WAIT;
    STATE_NAME_LENGTH "state-name-length" Error Some("INVALID_STATE_NAME"),
        "a state's name is empty or longer than 80 characters",
        "AWS counts characters, not bytes. Long explanations belong in `Comment`.",
        r#""": { "Type": "Pass", "End": true }"#,
        r#""Greet": { "Type": "Pass", "End": true }"#,
        STATES;
    DUPLICATE_STATE_NAME "duplicate-state-name" Error Some("DUPLICATE_STATE_NAME"),
        "two states of the machine have the same name",
        "Names are unique in the whole machine, branches and Maps included: the history tells states by name alone.",
        r#""Both": { "Type": "Parallel", "End": true, "Branches": [{ "StartAt": "Both", "States": { "Both": { "Type": "Succeed" } } }] }"#,
        r#""Both": { "Type": "Parallel", "End": true, "Branches": [{ "StartAt": "One", "States": { "One": { "Type": "Succeed" } } }] }"#,
        STATES;
    BAD_LABEL "bad-label" Error SCHEMA,
        "a Label cannot be part of an ARN",
        "The Label of a distributed Map becomes part of its Map Run's ARN: 1 to 40 characters, no spaces, no wildcards, no brackets, no slashes.",
        r#""Each": { "Type": "Map", "Label": "all of them", "End": true, "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "One", "States": { "One": { "Type": "Succeed" } } } }"#,
        r#""Each": { "Type": "Map", "Label": "AllOfThem", "End": true, "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "One", "States": { "One": { "Type": "Succeed" } } } }"#,
        DISTRIBUTED;
    DUPLICATE_LABEL "duplicate-label" Error Some("DUPLICATE_LABEL_NAME"),
        "two distributed Maps have the same Label",
        "Labels are unique in a machine, since Map Runs are told apart by them.",
        r#""First": { "Type": "Map", "Label": "All", "Next": "Second", "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "One", "States": { "One": { "Type": "Succeed" } } } },
"Second": { "Type": "Map", "Label": "All", "End": true, "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "Two", "States": { "Two": { "Type": "Succeed" } } } }"#,
        r#""First": { "Type": "Map", "Label": "Once", "Next": "Second", "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "One", "States": { "One": { "Type": "Succeed" } } } },
"Second": { "Type": "Map", "Label": "Again", "End": true, "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "Two", "States": { "Two": { "Type": "Succeed" } } } }"#,
        DISTRIBUTED;
    ONLY_DISTRIBUTED "only-distributed" Error SCHEMA,
        "a field works in distributed Maps only",
        "`Label` and `ItemBatcher` need `\"ProcessorConfig\": { \"Mode\": \"DISTRIBUTED\" }`.",
        r#""Each": { "Type": "Map", "Label": "All", "End": true, "ItemProcessor": { "StartAt": "One", "States": { "One": { "Type": "Succeed" } } } }"#,
        r#""Each": { "Type": "Map", "End": true, "ItemProcessor": { "StartAt": "One", "States": { "One": { "Type": "Succeed" } } } }"#,
        DISTRIBUTED;
    OLD_MAP_FIELD "old-map-field" Note None,
        "a Map uses a field that has a newer name",
        "AWS still takes `Iterator` for `ItemProcessor` and, in a Map, `Parameters` for `ItemSelector`, and recommends the new names: only they know distributed Maps.",
        r#""Each": { "Type": "Map", "End": true, "Iterator": { "StartAt": "One", "States": { "One": { "Type": "Succeed" } } } }"#,
        r#""Each": { "Type": "Map", "End": true, "ItemProcessor": { "StartAt": "One", "States": { "One": { "Type": "Succeed" } } } }"#,
        MAP;
}
