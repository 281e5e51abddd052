//! Choice.

use super::SCHEMA;
use crate::check::rule::declare;

const CHOICE: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html";

declare! { CHOICES_RULES,
    NO_OPERATOR "no-operator" Error SCHEMA,
        "a Choice rule compares nothing",
        "A rule has one comparison, such as `StringEquals` or `IsPresent`, or one of `And`, `Or` and `Not`.",
        r#""Ask": { "Type": "Choice", "Choices": [{ "Variable": "$.ok", "Next": "Done" }], "Default": "Done" }"#,
        r#""Ask": { "Type": "Choice", "Choices": [{ "Variable": "$.ok", "BooleanEquals": true, "Next": "Done" }], "Default": "Done" }"#,
        CHOICE;
    TWO_OPERATORS "two-operators" Error SCHEMA,
        "a Choice rule has two comparisons",
        "One rule holds one comparison. `And` takes several, each with its own `Variable`.",
        r#""Ask": { "Type": "Choice", "Choices": [{ "Variable": "$.n", "NumericGreaterThan": 1, "NumericLessThan": 9, "Next": "Done" }], "Default": "Done" }"#,
        r#""Ask": { "Type": "Choice", "Choices": [{ "And": [{ "Variable": "$.n", "NumericGreaterThan": 1 }, { "Variable": "$.n", "NumericLessThan": 9 }], "Next": "Done" }], "Default": "Done" }"#,
        CHOICE;
    RULE_NEVER_REACHED "rule-never-reached" Warning None,
        "a rule of a Choice can never be the first that holds",
        "Rules are tried in their order. Whatever this one accepts, an earlier one has accepted already.",
        r#""Ask": { "Type": "Choice", "Choices": [{ "Variable": "$.n", "NumericGreaterThan": 3, "Next": "Done" }, { "Variable": "$.n", "NumericGreaterThan": 5, "Next": "Many" }], "Default": "Done" },
"Many": { "Type": "Succeed" }"#,
        r#""Ask": { "Type": "Choice", "Choices": [{ "Variable": "$.n", "NumericGreaterThan": 5, "Next": "Many" }, { "Variable": "$.n", "NumericGreaterThan": 3, "Next": "Done" }], "Default": "Done" },
"Many": { "Type": "Succeed" }"#,
        CHOICE;
    RULE_NEVER_HOLDS "rule-never-holds" Warning None,
        "a rule of a Choice can never hold",
        "Its conditions exclude each other, or it is the constant `false`: nothing leads where it points.",
        r#""Ask": { "Type": "Choice", "Choices": [{ "And": [{ "Variable": "$.n", "NumericLessThan": 1 }, { "Variable": "$.n", "NumericGreaterThan": 9 }], "Next": "Done" }], "Default": "Done" }"#,
        r#""Ask": { "Type": "Choice", "Choices": [{ "Or": [{ "Variable": "$.n", "NumericLessThan": 1 }, { "Variable": "$.n", "NumericGreaterThan": 9 }], "Next": "Done" }], "Default": "Done" }"#,
        CHOICE;
    CHOICE_WITHOUT_DEFAULT "choice-without-default" Note None,
        "a Choice has no Default",
        "When no rule holds and there is no `Default`, the execution fails with States.NoChoiceMatched.",
        r#""Ask": { "Type": "Choice", "Choices": [{ "Variable": "$.ok", "BooleanEquals": true, "Next": "Done" }] }"#,
        r#""Ask": { "Type": "Choice", "Choices": [{ "Variable": "$.ok", "BooleanEquals": true, "Next": "Done" }], "Default": "Done" }"#,
        CHOICE;
}
