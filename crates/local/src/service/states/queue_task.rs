//! `sqs:sendMessage`. <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html>

use serde_json::{Map, Value, json};

use super::errand::{Errand, Failure, Outcome};
use super::metadata::json_call;
use crate::member::Member as _;
use crate::random;
use crate::wire::Fault;

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
    let sent = errand.surroundings.queues.send(errand.region(), &errand.caller, &parameters);
    let mut members = match sent.map_err(|fault| refused(&fault))? {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.retain(|_, value| !value.is_null());
    Ok(json_call(members, &random::uuid(), errand.surroundings.engine.clock.now_ms()))
}

/// What hosts of SQS end in, by partition, and this machine.
const SUFFIXES: [&str; 8] = [
    "localhost",
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

/// The SDK sends to the host in a queue's URL: what it says of one that is no host of SQS. Loopback is the endpoint.
pub(super) fn unreachable_host(url: &Value) -> Option<String> {
    let url = url.as_str()?;
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let is_known =
        host.starts_with("127.") || SUFFIXES.iter().any(|known| host == *known || host.ends_with(&format!(".{known}")));
    (!is_known).then(|| format!("Unable to execute HTTP request: {host}: Name or service not known"))
}

fn refused(fault: &Fault) -> Failure {
    Failure::of_call(fault, "SQS", "AmazonSQS", &MODELLED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_sqs_can_be_reached() {
        for url in ["http://127.0.0.1:4566/1/q", "https://sqs.us-east-1.amazonaws.com/1/q", "http://localhost/1/q"] {
            assert_eq!(unreachable_host(&json!(url)), None, "{url}");
        }
        assert_eq!(unreachable_host(&Value::Null), None);
        for (url, host) in [
            ("https://no-such-queue", "no-such-queue"),
            ("q", "q"),
            ("http://evil-amazonaws.com/q", "evil-amazonaws.com"),
        ] {
            let said = unreachable_host(&json!(url)).unwrap();
            assert_eq!(said, format!("Unable to execute HTTP request: {host}: Name or service not known"));
        }
    }
}
