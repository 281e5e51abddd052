//! Tasks and what they call.

use super::SCHEMA;
use crate::check::rule::declare;

const TASK: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html";
const INTEGRATIONS: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html";
const CALLBACK: &str =
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token";
const EXPRESS: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html";
const BEST: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html";

declare! { TASKS_RULES,
    UNKNOWN_RESOURCE "unknown-resource" Error SCHEMA,
        "a Resource is nothing that a task can call",
        "A Resource is the ARN of a Lambda function or of an activity, or an integration: `arn:aws:states:::lambda:invoke`, `arn:aws:states:::aws-sdk:sfn:describeExecution`, with `.sync`, `.sync:2` or `.waitForTaskToken` where the integration has that pattern. Names and letters count.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invok", "End": true }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "f" }, "End": true }"#,
        INTEGRATIONS;
    UNKNOWN_ARGUMENT "unknown-argument" Error None,
        "an integration has no such argument",
        "Parameters and Arguments of an integration hold the members of the API call, beginning with a capital letter. AWS refuses others.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "f", "Paylod": {} }, "End": true }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "f", "Payload": {} }, "End": true }"#,
        INTEGRATIONS;
    ATTRIBUTE_VALUE "attribute-value" Error None,
        "an attribute value that DynamoDB does not take",
        "An attribute value of DynamoDB names one type and its value: `S`, `N`, `B`, `BOOL`, `NULL`, `SS`, `NS`, `BS`, `L` or `M`. Numbers are written as texts. AWS accepts the definition, and fails the state with States.Runtime or DynamoDB's ValidationException; so does the local endpoint.",
        r#""Save": { "Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": { "TableName": "t", "Item": { "id": { "N": 5 } } }, "End": true }"#,
        r#""Save": { "Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": { "TableName": "t", "Item": { "id": { "N": "5" } } }, "End": true }"#,
        "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html";
    MISSING_ARGUMENT "missing-argument" Error None,
        "an integration lacks an argument it needs",
        "Without it the call cannot be made: a function needs its name, a message its queue and its body, an execution its machine.",
        r#""Send": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": { "MessageBody": "hello" }, "End": true }"#,
        r#""Send": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": { "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111111111111/q", "MessageBody": "hello" }, "End": true }"#,
        INTEGRATIONS;
    NOT_IN_EXPRESS "not-in-express" Error SCHEMA,
        "an EXPRESS machine cannot do this",
        "EXPRESS machines call and go on: no activities, no `.sync`, no `.waitForTaskToken`, no distributed Maps. Use a STANDARD machine, or start one from the EXPRESS one.",
        r#"EXPRESS "Ask": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": { "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111111111111/q", "MessageBody": { "token.$": "$$.Task.Token" } }, "End": true }"#,
        r#"EXPRESS "Tell": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": { "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111111111111/q", "MessageBody": "hello" }, "End": true }"#,
        EXPRESS;
    HEARTBEAT_TOO_LONG "heartbeat-too-long" Error SCHEMA,
        "a heartbeat is no shorter than the timeout",
        "`HeartbeatSeconds` must be smaller than `TimeoutSeconds`, otherwise it could never be the first to pass.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "TimeoutSeconds": 60, "HeartbeatSeconds": 60, "End": true }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "TimeoutSeconds": 60, "HeartbeatSeconds": 20, "End": true }"#,
        TASK;
    CALLBACK_WITHOUT_TIMEOUT "callback-without-timeout" Note None,
        "a task waits for its token without any limit",
        "A token that is lost keeps the execution open for a year. Set `TimeoutSeconds` or `HeartbeatSeconds`, on the task or on the machine, and catch States.Timeout.",
        r#""Ask": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": { "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111111111111/q", "MessageBody": { "token.$": "$$.Task.Token" } }, "End": true }"#,
        r#""Ask": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 3600, "Parameters": { "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111111111111/q", "MessageBody": { "token.$": "$$.Task.Token" } }, "End": true }"#,
        CALLBACK;
    TOKEN_NOT_PASSED "token-not-passed" Warning None,
        "a task waits for a token that it tells nobody",
        "Whoever shall answer must be given `$$.Task.Token` (in JSONata `$states.context.Task.Token`) in the task's Parameters or Arguments. Otherwise the task ends by its timeout only.",
        r#""Ask": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 3600, "Parameters": { "FunctionName": "f", "Payload": { "order.$": "$.order" } }, "End": true }"#,
        r#""Ask": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 3600, "Parameters": { "FunctionName": "f", "Payload": { "order.$": "$.order", "token.$": "$$.Task.Token" } }, "End": true }"#,
        CALLBACK;
    HEARTBEAT_WITHOUT_TOKEN "heartbeat-without-token" Note None,
        "nobody can send this task's heartbeat",
        "Heartbeats are sent with a token, by whoever answers a callback or works for an activity. A call that simply returns has none, so `HeartbeatSeconds` is a second, shorter timeout.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "f" }, "TimeoutSeconds": 60, "HeartbeatSeconds": 20, "End": true }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "f" }, "TimeoutSeconds": 60, "End": true }"#,
        TASK;
    TASK_WITHOUT_TIMEOUT "task-without-timeout" Note None,
        "a task has no timeout",
        "AWS's advice: without `TimeoutSeconds` a task that gets no answer holds its execution for up to a year. The limit of the function behind it usually ends it sooner.",
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "End": true }"#,
        r#""Call": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "TimeoutSeconds": 60, "End": true }"#,
        BEST;
    NOT_IN_LOCAL "not-in-local" Error Some("NOT_SUPPORTED"),
        "AWS takes this, the local endpoint does not",
        "Activities, and what needs S3 or another account (`ItemReader`, `ResultWriter`, `Credentials`), are refused by the local endpoint when a machine is created. On AWS they work: `lint` tells of them as a note.",
        r#""Work": { "Type": "Task", "Resource": "arn:aws:states:us-east-1:111111111111:activity:pack", "TimeoutSeconds": 60, "End": true }"#,
        r#""Work": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:pack", "TimeoutSeconds": 60, "End": true }"#,
        INTEGRATIONS;
}
