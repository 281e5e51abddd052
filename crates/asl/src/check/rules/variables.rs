//! Variables.

use super::SCHEMA;
use crate::check::rule::declare;

const VARIABLES: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html";

declare! { VARIABLES_RULES,
    RESERVED_VARIABLE "reserved-variable" Error SCHEMA,
        "a variable is called `states`",
        "`$states` is what JSONata calls the state's data. AWS refuses to assign it.",
        r#""Keep": { "Type": "Pass", "Assign": { "states": 1 }, "End": true }"#,
        r#""Keep": { "Type": "Pass", "Assign": { "allStates": 1 }, "End": true }"#,
        VARIABLES;
    BAD_VARIABLE_NAME "bad-variable-name" Error SCHEMA,
        "a variable's name is no name",
        "A name is a letter or `_`, then letters, digits and `_`, at most 80 of them. It is written without `$` where it is assigned.",
        r#""Keep": { "Type": "Pass", "Assign": { "$total": 1 }, "End": true }"#,
        r#""Keep": { "Type": "Pass", "Assign": { "total": 1 }, "End": true }"#,
        VARIABLES;
    OUTER_VARIABLE "outer-variable" Error SCHEMA,
        "a variable of an outer scope is assigned",
        "The states inside a Map or Parallel see the variables around it and cannot set them; a variable of their own needs another name. What they found out they hand on in their output.",
        r#""Keep": { "Type": "Pass", "Assign": { "total": 1 }, "Next": "Both" },
"Both": { "Type": "Parallel", "End": true, "Branches": [{ "StartAt": "One", "States": { "One": { "Type": "Pass", "Assign": { "total": 2 }, "End": true } } }] }"#,
        r#""Keep": { "Type": "Pass", "Assign": { "total": 1 }, "Next": "Both" },
"Both": { "Type": "Parallel", "End": true, "Branches": [{ "StartAt": "One", "States": { "One": { "Type": "Pass", "Assign": { "ownTotal": 2 }, "End": true } } }] }"#,
        VARIABLES;
    UNASSIGNED_VARIABLE "unassigned-variable" Warning None,
        "a variable is read that no state before has assigned",
        "A variable can be read by the states after the one that assigns it: not by that state itself, and not by states beside it. The execution fails when the state is reached.",
        r#""Greet": { "Type": "Pass", "Parameters": { "text.$": "$greeting" }, "End": true }"#,
        r#""Keep": { "Type": "Pass", "Assign": { "greeting": "hello" }, "Next": "Greet" },
"Greet": { "Type": "Pass", "Parameters": { "text.$": "$greeting" }, "End": true }"#,
        VARIABLES;
}
