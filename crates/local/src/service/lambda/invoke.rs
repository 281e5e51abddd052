//! Invoke: who may, how often at once, and how the answer is told.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_json::json;

use super::configuration::invalid;
use super::invocation::Invocation;
use super::name::Named;
use super::record::Record;
use super::service::LambdaService;
use crate::service::{Invoked, Invoker};
use crate::wire::{Answer, AnswerBody, Call, Caller, Fault};

/// Requests at a time in an account and region, before anybody asks for more.
const CONCURRENCY: usize = 1000;

/// The largest event of a synchronous and of an asynchronous request.
const LARGEST_EVENT: usize = 6 << 20;
const LARGEST_EVENT_ASYNC: usize = 1 << 20;

/// Counts a request for as long as it is held.
pub(super) struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl LambdaService {
    pub(super) async fn invoke_operation(&self, call: &Call) -> Result<Answer, Fault> {
        let mut named = Self::named(call)?;
        named.qualifier.get_or_insert_with(|| "$LATEST".to_owned());
        let record = self.invocable(&call.caller, &named)?;
        let payload = if call.payload.is_empty() { b"{}".to_vec() } else { call.payload.clone() };
        match call.header("x-amz-invocation-type").unwrap_or("RequestResponse") {
            "RequestResponse" => {
                let invoked = self.run_now(&record, payload).await?;
                Ok(answer(invoked, call.header("x-amz-log-type") == Some("Tail")))
            }
            "Event" => {
                self.run_later(&record, payload)?;
                Ok(Answer { status: 202, headers: Vec::new(), body: AnswerBody::Raw(Vec::new()) })
            }
            "DryRun" => Ok(Answer { status: 204, headers: Vec::new(), body: AnswerBody::Raw(Vec::new()) }),
            other => Err(invalid(
                other,
                "invocationType",
                "Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
            )),
        }
    }

    /// The function, if the caller may invoke it and it can be invoked.
    fn invocable(&self, caller: &Caller, named: &Named) -> Result<Record, Fault> {
        self.authorize(caller, "lambda:InvokeFunction", &self.function_arn(&named.region, &named.name))?;
        let record = self.find(named)?;
        if record.is_pending() {
            let message = "The operation cannot be performed at this time. The function is currently in the following \
                           state: Pending";
            return Err(Fault::client("ResourceConflictException", message).status(409));
        }
        Ok(record)
    }

    /// Runs a function in a task of its own: a caller that goes away does not stop a handler.
    async fn run_now(&self, record: &Record, payload: Vec<u8>) -> Result<Invoked, Fault> {
        check_event(&payload, LARGEST_EVENT)?;
        let running = self.count_in(record)?;
        let busy = self.deps.clock.busy();
        let invocation = Invocation::new(self, record, payload, running.1);
        let runtime = Arc::clone(&self.runtime);
        let ran = tokio::spawn(async move {
            let ran = invocation.run(&runtime).await;
            drop((running, busy));
            ran
        });
        ran.await.map_err(|_| Fault::client("ServiceException", "the local endpoint is stopping").status(500))?
    }

    /// Runs a function when there is room; tries again when it fails.
    fn run_later(&self, record: &Record, payload: Vec<u8>) -> Result<(), Fault> {
        check_event(&payload, LARGEST_EVENT_ASYNC)?;
        self.accept(record, payload);
        Ok(())
    }

    /// Counts a request, and how many there are now.
    fn count_in(&self, record: &Record) -> Result<(Running, usize), Fault> {
        let now = self.concurrent.fetch_add(1, Ordering::AcqRel) + 1;
        let running = Running(Arc::clone(&self.concurrent));
        if now <= CONCURRENCY {
            return Ok((running, now));
        }
        let at = self.deps.clock.now_ms();
        let dimensions = [("FunctionName", record.name.as_str())];
        self.deps.metrics.record(&record.region, "AWS/Lambda", "Throttles", &dimensions, at, 1.0, "Count");
        let mut fault = Fault::client("TooManyRequestsException", "Rate Exceeded.").status(429);
        fault.members = json!({ "Reason": "ConcurrentInvocationLimitExceeded", "Type": "User" });
        Err(fault)
    }
}

#[async_trait]
impl Invoker for LambdaService {
    async fn invoke(&self, region: &str, caller: &Caller, function: &str, payload: Vec<u8>) -> Result<Invoked, Fault> {
        let mut named = Named::read(function, region)?;
        named.qualifier.get_or_insert_with(|| "$LATEST".to_owned());
        let record = self.invocable(caller, &named)?;
        self.run_now(&record, payload).await
    }

    async fn invoke_event(&self, region: &str, caller: &Caller, function: &str, payload: Vec<u8>) -> Result<(), Fault> {
        let mut named = Named::read(function, region)?;
        named.qualifier.get_or_insert_with(|| "$LATEST".to_owned());
        let record = self.invocable(caller, &named)?;
        self.run_later(&record, payload)
    }
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
