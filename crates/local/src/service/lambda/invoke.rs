//! Invoke: who may, how often at once, and how the answer is told.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::sync::Arc;

use super::accepted::accept;
use super::access::Access;
use super::function_store::FunctionStore;
use super::invocation::Invocation;
use super::invocations::Invocations;
use super::name::Named;
use super::record::Record;
use crate::service::Invoked;
use crate::wire::{Answer, AnswerBody, Call, Caller, Fault};

/// The largest event of a synchronous and of an asynchronous request.
const LARGEST_EVENT: usize = 6 << 20;
const LARGEST_EVENT_ASYNC: usize = 1 << 20;

pub(super) async fn invoke_operation(
    access: &Access,
    functions: &FunctionStore,
    invocations: &Invocations,
    call: &Call,
) -> Result<Answer, Fault> {
    let mut named = Named::of(call)?;
    named.qualifier.get_or_insert_with(|| "$LATEST".to_owned());
    let record = invocable(access, functions, &call.caller, &named)?;
    let payload = if call.payload.is_empty() { b"{}".to_vec() } else { call.payload.clone() };
    match call.header("x-amz-invocation-type").unwrap_or("RequestResponse") {
        "RequestResponse" => {
            let invoked = run_now(invocations, &record, payload).await?;
            Ok(answer(invoked, call.header("x-amz-log-type") == Some("Tail")))
        }
        "Event" => {
            run_later(invocations, &record, payload)?;
            Ok(Answer { status: 202, headers: Vec::new(), body: AnswerBody::Raw(Vec::new()) })
        }
        // `DryRun`, the only other one.
        _ => Ok(Answer { status: 204, headers: Vec::new(), body: AnswerBody::Raw(Vec::new()) }),
    }
}

/// The function, if the caller may invoke it and it can be invoked.
pub(super) fn invocable(
    access: &Access,
    functions: &FunctionStore,
    caller: &Caller,
    named: &Named,
) -> Result<Arc<Record>, Fault> {
    access.authorize(caller, "lambda:InvokeFunction", &functions.arn(&named.region, &named.name))?;
    let record = functions.find(named)?;
    if record.is_pending() {
        let message = "The operation cannot be performed at this time. The function is currently in the following \
                       state: Pending";
        return Err(Fault::client("ResourceConflictException", message).status(409));
    }
    Ok(record)
}

/// Runs a function in a task of its own: a caller that goes away does not stop a handler.
pub(super) async fn run_now(invocations: &Invocations, record: &Record, payload: Vec<u8>) -> Result<Invoked, Fault> {
    check_event(&payload, LARGEST_EVENT)?;
    let running = invocations.count_in(&record.region, &record.name)?;
    let busy = invocations.deps.clock.busy();
    let invocation = Invocation::new(invocations, record, payload, running.1);
    let runtime = Arc::clone(&invocations.runtime);
    let ran = tokio::spawn(async move {
        let ran = invocation.run(&runtime).await;
        drop((running, busy));
        ran
    });
    ran.await.map_err(|_| Fault::client("ServiceException", "the local endpoint is stopping").status(500))?
}

/// Runs a function when there is room; tries again when it fails.
pub(super) fn run_later(invocations: &Invocations, record: &Record, payload: Vec<u8>) -> Result<(), Fault> {
    check_event(&payload, LARGEST_EVENT_ASYNC)?;
    accept(invocations, record, payload);
    Ok(())
}

fn check_event(payload: &[u8], largest: usize) -> Result<(), Fault> {
    if payload.len() > largest {
        let message = format!("Request must be smaller than {largest} bytes for the InvokeFunction operation");
        return Err(Fault::client("RequestEntityTooLargeException", message).status(413));
    }
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(payload) {
        let message = format!("Could not parse request body into json: {error}");
        return Err(Fault::client("InvalidRequestContentException", message));
    }
    Ok(())
}

fn answer(invoked: Invoked, with_log: bool) -> Answer {
    let mut headers = vec![("x-amz-executed-version".to_owned(), invoked.version.clone())];
    if with_log {
        headers.push(("x-amz-log-result".to_owned(), invoked.log_tail()));
    }
    headers.push(("x-amzn-requestid".to_owned(), invoked.request_id));
    if let Some(error) = invoked.function_error {
        headers.push(("x-amz-function-error".to_owned(), error.to_owned()));
    }
    Answer { status: 200, headers, body: AnswerBody::Raw(invoked.payload) }
}
