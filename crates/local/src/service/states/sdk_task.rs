//! `aws-sdk:` resources: any operation of the endpoint, called with the execution role's rights.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::errand::{Errand, Failure, Outcome};
use super::queue_task::unreachable_host;
use super::sdk_members::{to_api, to_workflow};
use super::sdk_service::error;
use crate::api::{self, Api, Operation};
use crate::clock::Busy;
use crate::member::Member as _;
use crate::random;
use crate::service::Service;
use crate::wire::{Answer, AnswerBody, Call, Fault};

/// Calls an operation; nothing when nobody waits for its answer any more. While the operation waits, time may go on:
/// then `busy` is taken.
pub(super) async fn call(
    errand: &Errand,
    service: &'static Api,
    operation: &'static Operation,
    unwanted: oneshot::Receiver<()>,
    busy: &mut Option<Busy>,
) -> Option<Outcome> {
    let Some(peer) = errand.surroundings.peer(service.signing) else {
        let cause = format!("the local endpoint is stopping, and {} with it", service.sdk.name);
        return Some(Err(Failure { error: format!("{}.SdkClientException", service.sdk.name), cause }));
    };
    if service.signing == "sqs"
        && let Some(cause) = unreachable_host(errand.task.input.member("QueueUrl"))
    {
        return Some(Err(Failure { error: "Sqs.SdkClientException".to_owned(), cause }));
    }
    let call = peer.read(request(errand, service, operation));
    if let Err(fault) = api::check(&call) {
        return Some(Err(failure(service, &fault)));
    }
    let answered = if operation.waits { waited(peer, call, unwanted, busy).await? } else { peer.call(call).await };
    Some(match answered {
        Ok(answer) => Ok(shown(service, answer)),
        Err(fault) => Err(failure(service, &fault)),
    })
}

async fn waited(
    peer: Arc<dyn Service>,
    call: Call,
    unwanted: oneshot::Receiver<()>,
    busy: &mut Option<Busy>,
) -> Option<Result<Answer, Fault>> {
    let mut calling = pin!(peer.call(call));
    if let Poll::Ready(answered) = futures::poll!(calling.as_mut()) {
        return Some(answered);
    }
    busy.take();
    tokio::select! {
        answered = calling => Some(answered),
        _ = unwanted => None,
    }
}

fn request(errand: &Errand, service: &Api, operation: &Operation) -> Call {
    let mut input = to_api(service, &errand.task.input);
    let (mut payload, mut headers) = (Vec::new(), Vec::new());
    if operation.is_blob
        && let Some(members) = input.as_object_mut()
    {
        payload =
            members.remove("Payload").and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default().into();
        for (header, member) in operation.headers {
            if let Some(value) = members.remove(*member).as_ref().and_then(Value::as_str) {
                headers.push(((*header).to_owned(), value.to_owned()));
            }
        }
    }
    Call {
        service: service.signing,
        operation: operation.name.to_owned(),
        region: errand.region().to_owned(),
        caller: errand.caller.clone(),
        input,
        payload,
        headers,
    }
}

/// What a workflow sees of an answer. An error that a handler reports is part of it, and fails nothing.
fn shown(service: &Api, answer: Answer) -> Value {
    match answer.body {
        AnswerBody::Members(members) => to_workflow(service, &members),
        AnswerBody::Raw(payload) => {
            let mut members = Map::new();
            for (header, member) in [
                ("x-amz-executed-version", "ExecutedVersion"),
                ("x-amz-function-error", "FunctionError"),
                ("x-amz-log-result", "LogResult"),
            ] {
                if let Some((_, value)) = answer.headers.iter().find(|(name, _)| name == header) {
                    members.insert(member.to_owned(), json!(value));
                }
            }
            members.insert("Payload".to_owned(), json!(String::from_utf8_lossy(&payload)));
            members.insert("StatusCode".to_owned(), json!(answer.status));
            Value::Object(members)
        }
    }
}

/// A refusal in the words of the SDK for Java. What the endpoint does not offer cannot be caught.
fn failure(service: &Api, fault: &Fault) -> Failure {
    if fault.status == 501 {
        return Failure { error: "States.Runtime".to_owned(), cause: fault.message.clone() };
    }
    // One attempt: what could be tried again the SDK does not meet here.
    let cause = format!(
        "{} (Service: {}, Status Code: {}, Request ID: {}) (SDK Attempt Count: 1)",
        fault.message,
        service.sdk.name,
        fault.status,
        random::uuid()
    );
    Failure { error: error(service, &fault.code), cause }
}
