//! The longest that members may be gets through the wire, however it is written, and what is longer is refused by name.

use serde_json::{Value, json};

use super::client::{Client, Request, start};
use crate::Config;
use crate::api::largest;

/// The longest members, in characters, and how many bytes one may take on the wire. From the services' API models (botocore 1.44.8), SQS's
/// MaximumMessageSize and PutLogEvents' batch.
const MEMBERS: [(&str, &str, usize, usize); 14] = [
    ("states", "CreateStateMachine", 1_048_576, 6),
    ("states", "UpdateStateMachine", 1_048_576, 6),
    ("states", "ValidateStateMachineDefinition", 1_048_576, 6),
    ("states", "TestState", 1_048_576 + 5 * 262_144, 6),
    ("states", "StartExecution", 262_144, 6),
    ("states", "StartSyncExecution", 262_144, 6),
    ("states", "SendTaskSuccess", 262_144, 6),
    ("sqs", "SendMessage", 1_048_576, 6),
    ("sqs", "SendMessageBatch", 1_048_576, 6),
    ("logs", "PutLogEvents", 1_048_576, 6),
    ("iam", "CreateRole", 131_072, 9),
    ("iam", "PutRolePolicy", 131_072, 9),
    ("iam", "UpdateAssumeRolePolicy", 131_072, 9),
    ("lambda", "Invoke", 6_291_456, 1),
];

#[test]
fn the_wire_takes_more_than_any_member() {
    for (service, operation, characters, bytes) in MEMBERS {
        let limit = largest(service, operation);
        assert!(limit >= characters * bytes, "{service}:{operation} takes {limit} bytes");
    }
    // A package of 50 MiB in base64, and the rest of the request.
    assert!(largest("lambda", "CreateFunction") > (50 << 20) * 4 / 3 + 131_072);
}

/// A call whose text is written with an escape for every quotation mark.
async fn escaped(client: &Client, service: &str, target: &str, input: &Value) -> (u16, Value) {
    let body = input.to_string().replace("\\\"", "\\u0022").into_bytes();
    let headers = vec![("x-amz-target", target.to_owned())];
    let reply = client.send(Request { method: "POST", path: "/", service, headers, body }).await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn a_message_of_a_mebibyte_is_taken_and_a_byte_more_is_not() {
    let (endpoint, client) = start(Config::default()).await;
    let made = client.json("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": "q" })).await.json();
    for (letter, length, status) in [("x", 1_048_576, 200), ("\"", 1_048_576, 200), ("x", 1_048_577, 400)] {
        let input = json!({ "QueueUrl": made["QueueUrl"], "MessageBody": letter.repeat(length) });
        let (found, answer) = escaped(&client, "sqs", "AmazonSQS.SendMessage", &input).await;
        assert_eq!(found, status, "{letter} {length}: {answer}");
    }
    endpoint.stop().await;
}

#[tokio::test]
async fn a_long_definition_is_taken_however_it_is_quoted() {
    let (endpoint, client) = start(Config::default()).await;
    let result = "\"a\" ".repeat(150_000);
    let definition =
        json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": result, "End": true}}}).to_string();
    assert!((900_000..1_048_576).contains(&definition.len()), "{}", definition.len());
    let input = json!({ "definition": definition });
    let (status, answer) = escaped(&client, "states", "AWSStepFunctions.ValidateStateMachineDefinition", &input).await;
    assert_eq!((status, answer["result"].as_str()), (200, Some("OK")), "{answer}");
    let longer = json!({ "definition": "x".repeat(1_048_577) });
    let (status, answer) = escaped(&client, "states", "AWSStepFunctions.ValidateStateMachineDefinition", &longer).await;
    assert_eq!((status, answer["__type"].as_str()), (400, Some("ValidationException")), "{answer}");
    endpoint.stop().await;
}

#[tokio::test]
async fn a_full_batch_of_log_events_is_taken() {
    let (endpoint, client) = start(Config::default()).await;
    let logs = |operation: &str, input: Value| {
        let target = format!("Logs_20140328.{operation}");
        let client = &client;
        async move { escaped(client, "logs", &target, &input).await }
    };
    logs("CreateLogGroup", json!({ "logGroupName": "g" })).await;
    logs("CreateLogStream", json!({ "logGroupName": "g", "logStreamName": "s" })).await;
    let now = crate::Clock::real_ms();
    // Two events of the largest size there is, together as much as a batch may hold.
    let message = "\"".repeat(1_048_576 / 4 - 26);
    let event = json!({ "timestamp": now, "message": message });
    let put = json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": [event, event, event, event] });
    let (status, answer) = logs("PutLogEvents", put).await;
    assert_eq!(status, 200, "{answer}");
    endpoint.stop().await;
}
