//! `sqs:sendMessage`. <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html>

use serde_json::{Value, json};

use super::metadata::json_call;
use super::task::{Errand, Failure, Outcome};
use crate::local::random;

/// The errors of SendMessage in the SQS model; others come as `SQS.AmazonSQSException`.
const MODELLED: [&str; 4] = ["QueueDoesNotExist", "InvalidMessageContents", "UnsupportedOperation", "RequestThrottled"];

/// Sends the message that the parameters describe.
pub(super) fn send(errand: &Errand) -> Outcome {
    let mut parameters = errand.task.input.clone();
    // A message that is no string is sent as its JSON text.
    if let Some(body) = parameters.get_mut("MessageBody").filter(|body| !body.is_string() && !body.is_null()) {
        *body = json!(body.to_string());
    }
    let sent = errand.inner.deps.queues.send(errand.region(), &errand.caller, &parameters);
    let answer = sent.map_err(|fault| Failure::of_call(&fault, "SQS", "AmazonSQS", &MODELLED))?;
    let mut members = match answer {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    // The integration spells this one member as the SDK for Java does.
    if let Some(digest) = members.remove("MD5OfMessageBody") {
        members.insert("MD5OfMessageBody".to_owned(), digest);
    }
    Ok(json_call(members, &random::uuid(), errand.inner.deps.clock.now_ms()))
}
