//! Retry and Catch.

use super::SCHEMA;
use crate::check::rule::declare;

const ERRORS: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html";

declare! { ERRORS_RULES,
    ALL_NOT_LAST "all-not-last" Error SCHEMA,
        "States.ALL stands before other handlers",
        "States.ALL takes every error, so that nothing after it could ever be used. AWS wants it in the last element of Retry and of Catch.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Retry": [{ "ErrorEquals": ["States.ALL"] }, { "ErrorEquals": ["Busy"] }], "End": true }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Retry": [{ "ErrorEquals": ["Busy"] }, { "ErrorEquals": ["States.ALL"] }], "End": true }"#,
        ERRORS;
    ALL_NOT_ALONE "all-not-alone" Error SCHEMA,
        "States.ALL stands beside other errors",
        "States.ALL means every error; beside it no other name has a meaning, and AWS refuses the list.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Retry": [{ "ErrorEquals": ["Busy", "States.ALL"] }], "End": true }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Retry": [{ "ErrorEquals": ["States.ALL"] }], "End": true }"#,
        ERRORS;
    RETRY_DELAY "retry-delay" Error SCHEMA,
        "MaxDelaySeconds is out of its range",
        "`MaxDelaySeconds` bounds the growing delay between attempts: more than `IntervalSeconds`, and at most a year.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Retry": [{ "ErrorEquals": ["Busy"], "IntervalSeconds": 10, "MaxDelaySeconds": 5 }], "End": true }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Retry": [{ "ErrorEquals": ["Busy"], "IntervalSeconds": 10, "MaxDelaySeconds": 50 }], "End": true }"#,
        ERRORS;
    HANDLER_NEVER_USED "handler-never-used" Warning None,
        "a retrier or catcher can never be used",
        "The first element that names the error is taken, and each error in this one stands in an element before it. When the attempts of a retrier are used up, the ones after it are not asked.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Retry": [{ "ErrorEquals": ["Busy"] }, { "ErrorEquals": ["Busy"], "MaxAttempts": 9 }], "End": true }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Retry": [{ "ErrorEquals": ["Busy"], "MaxAttempts": 9 }], "End": true }"#,
        ERRORS;
    UNKNOWN_ERROR_NAME "unknown-error-name" Warning None,
        "there is no such error of Step Functions",
        "Names that begin with `States.` are reserved for the errors that Step Functions raises itself. This is none of them, so it never occurs.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Retry": [{ "ErrorEquals": ["States.Timout"] }], "End": true }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Retry": [{ "ErrorEquals": ["States.Timeout"] }], "End": true }"#,
        ERRORS;
    ERROR_NEVER_HANDLED "error-never-handled" Note None,
        "an error is named that cannot be handled",
        "States.Runtime, for a mistake in the processing of data, always fails the execution: neither Retry nor Catch see it.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Catch": [{ "ErrorEquals": ["States.Runtime"], "Next": "Done" }], "Next": "Done" }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Catch": [{ "ErrorEquals": ["States.TaskFailed"], "Next": "Done" }], "Next": "Done" }"#,
        ERRORS;
}
