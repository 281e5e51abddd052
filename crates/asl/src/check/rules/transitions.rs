//! Where states lead.

use super::SCHEMA;
use crate::check::rule::declare;

const TRANSITIONS: &str =
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html#transitions";
const BEST: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-history-limit";
const WAIT: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html";

declare! { TRANSITIONS_RULES,
    MISSING_NEXT "missing-next" Error SCHEMA,
        "a state leads nowhere",
        "Every Task, Pass, Wait, Parallel and Map says what follows: `\"Next\": \"…\"`, or `\"End\": true` if nothing does.",
        r#""Greet": { "Type": "Pass" }"#,
        r#""Greet": { "Type": "Pass", "End": true }"#,
        TRANSITIONS;
    NEXT_AND_END "next-and-end" Error SCHEMA,
        "a state both goes on and ends",
        "AWS refuses `Next` beside `\"End\": true`. Keep the one that is meant.",
        r#""Greet": { "Type": "Pass", "Next": "Done", "End": true }"#,
        r#""Greet": { "Type": "Pass", "Next": "Done" }"#,
        TRANSITIONS;
    MISSING_TARGET "missing-target" Error Some("MISSING_TRANSITION_TARGET"),
        "a transition names a state that is not there",
        "`StartAt`, `Next` and `Default` name a state of the same `States`, letter by letter. AWS calls all of them Next. A state inside a branch or a Map cannot lead out of it, nor can one outside lead in.",
        r#""Greet": { "Type": "Pass", "Next": "done" },
"Done": { "Type": "Succeed" }"#,
        r#""Greet": { "Type": "Pass", "Next": "Done" },
"Done": { "Type": "Succeed" }"#,
        TRANSITIONS;
    UNREACHABLE_STATE "unreachable-state" Error Some("MISSING_TRANSITION_TARGET"),
        "no transition leads to a state",
        "AWS refuses a state that nothing leads to, since it is usually the sign of a forgotten or misspelt transition.",
        r#""Greet": { "Type": "Pass", "End": true },
"Forgotten": { "Type": "Pass", "End": true }"#,
        r#""Greet": { "Type": "Pass", "Next": "Forgotten" },
"Forgotten": { "Type": "Pass", "End": true }"#,
        TRANSITIONS;
    NO_TERMINAL_STATE "no-terminal-state" Error Some("MISSING_END_STATE"),
        "no state ends the workflow",
        "A machine, a branch and a Map's processor each need a state with `\"End\": true`, a Succeed or a Fail.",
        r#""Tick": { "Type": "Pass", "Next": "Tock" },
"Tock": { "Type": "Pass", "Next": "Tick" }"#,
        r#""Tick": { "Type": "Pass", "Next": "Tock" },
"Tock": { "Type": "Pass", "End": true }"#,
        TRANSITIONS;
    ENDLESS_LOOP "endless-loop" Warning None,
        "from here no end can be reached",
        "AWS accepts it, as long as some state ends the workflow. An execution that gets here goes round until it fails, is stopped, or has 25,000 events in its history, which fails it.",
        r#""Ask": { "Type": "Choice", "Choices": [{ "Variable": "$.ok", "BooleanEquals": true, "Next": "Done" }], "Default": "Pause" },
"Pause": { "Type": "Wait", "Seconds": 60, "Next": "Again" },
"Again": { "Type": "Pass", "Next": "Pause" }"#,
        r#""Ask": { "Type": "Choice", "Choices": [{ "Variable": "$.ok", "BooleanEquals": true, "Next": "Done" }], "Default": "Pause" },
"Pause": { "Type": "Wait", "Seconds": 60, "Next": "Again" },
"Again": { "Type": "Pass", "Next": "Ask" }"#,
        BEST;
    WAIT_BEYOND_TIMEOUT "wait-beyond-timeout" Warning None,
        "a Wait is longer than the execution may take",
        "The machine's `TimeoutSeconds`, or the five minutes of an EXPRESS machine, end the execution with States.Timeout while it waits.",
        r#"{ "StartAt": "Pause", "TimeoutSeconds": 60, "States": { "Pause": { "Type": "Wait", "Seconds": 120, "End": true } } }"#,
        r#"{ "StartAt": "Pause", "TimeoutSeconds": 180, "States": { "Pause": { "Type": "Wait", "Seconds": 120, "End": true } } }"#,
        WAIT;
}
