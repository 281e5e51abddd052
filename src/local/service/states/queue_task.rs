//! `sqs:sendMessage`. <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html>

use serde_json::{Map, Value, json};

use super::metadata::json_call;
use super::task::{Errand, Failure, Outcome};
use crate::local::member::Member as _;
use crate::local::random;
use crate::local::wire::Fault;

/// The errors of SendMessage in the SQS model; others come as `SQS.AmazonSQSException`.
const MODELLED: [&str; 4] = ["QueueDoesNotExist", "InvalidMessageContents", "UnsupportedOperation", "RequestThrottled"];

/// Sends the message that the parameters describe.
pub(super) fn send(errand: &Errand) -> Outcome {
    let mut parameters = errand.task.input.clone();
    // A message that is no string is sent as its JSON text.
    if let Some(body) = parameters.get_mut("MessageBody").filter(|body| !body.is_string() && !body.is_null()) {
        *body = json!(body.to_string());
    }
    // The integration asks for a body in the query protocol's words, whatever the queue says.
    if parameters.get("MessageBody").is_none_or(Value::is_null) {
        let fault = Fault::client("MissingParameter", "The request must contain the parameter MessageBody.");
        return Err(refused(&fault));
    }
    if let Some(cause) = unreachable_host(parameters.member("QueueUrl")) {
        return Err(Failure { error: "SQS.SdkClientException".to_owned(), cause });
    }
    let sent = errand.inner.deps.queues.send(errand.region(), &errand.caller, &parameters);
    let mut members = match sent.map_err(|fault| refused(&fault))? {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.retain(|_, value| !value.is_null());
    Ok(json_call(members, &random::uuid(), errand.inner.deps.clock.now_ms()))
}

/// The SDK sends to the host in a queue's URL: what it says of a text that is no URL.
pub(super) fn unreachable_host(url: &Value) -> Option<String> {
    let url = url.as_str().filter(|url| !url.starts_with("http://") && !url.starts_with("https://"))?;
    Some(format!("Unable to execute HTTP request: {url}: Name or service not known"))
}

fn refused(fault: &Fault) -> Failure {
    Failure::of_call(fault, "SQS", "AmazonSQS", &MODELLED)
}
