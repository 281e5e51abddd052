//! Carries out one attempt of a task and reports to the execution's driver.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::execution::{Execution, Message};
use super::lambda_task;
use super::nested_task;
use super::queue_task;
use super::sdk_service;
use super::sdk_task;
use super::service::Inner;
use crate::api::{Api, Operation};
use crate::clock::Busy;
use crate::random;
use crate::wire::{Caller, Fault};
use labctl_asl::{Definition, Pattern, Resource, Signal, Task};

/// What a call came to: its answer, or error name and cause.
pub(super) type Outcome = Result<serde_json::Value, Failure>;

/// Why a task failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) error: String,
    pub(super) cause: String,
}

impl Failure {
    /// A refused call of a service, as integrations word it: `Lambda.ResourceNotFoundException`, and for errors that the
    /// service's model does not list `Lambda.AWSLambdaException`.
    pub(super) fn of_call(fault: &Fault, prefix: &str, service: &str, modelled: &[&str]) -> Self {
        let known = modelled.contains(&fault.code.as_str());
        let name = match (known, fault.code.ends_with("Exception")) {
            (true, true) => fault.code.clone(),
            (true, false) => format!("{}Exception", fault.code),
            (false, _) => format!("{service}Exception"),
        };
        let cause = format!(
            "{} (Service: {service}; Status Code: {}; Error Code: {}; Request ID: {}; Proxy: null)",
            fault.message,
            fault.status,
            fault.code,
            random::uuid()
        );
        Self { error: format!("{prefix}.{name}"), cause }
    }
}

/// Characters of an error's name and of a cause, as the API's model has them for every answer.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TaskFailedEventDetails.html>
const LONGEST_ERROR: usize = 256;
const LONGEST_CAUSE: usize = 32_768;

/// Cuts a text to so many characters.
fn cut(text: &mut String, longest: usize) {
    if let Some((at, _)) = text.char_indices().nth(longest) {
        text.truncate(at);
    }
}

/// Everything a task needs to be carried out.
pub(super) struct Errand {
    pub(super) inner: Arc<Inner>,
    pub(super) execution: Arc<Execution>,
    pub(super) task: Task,
    /// The execution role.
    pub(super) caller: Caller,
}

impl Errand {
    /// Reports to the driver; time does not jump before it has heard.
    pub(super) fn report(&self, mut signal: Signal) {
        if let Signal::TaskFailed { error, cause, .. } = &mut signal {
            cut(error, LONGEST_ERROR);
            cut(cause, LONGEST_CAUSE);
        }
        let busy = self.inner.deps.clock.busy();
        self.execution.tell(Message::new(signal, busy));
    }

    pub(super) fn region(&self) -> &str {
        &self.execution.facts.region
    }
}

/// Carries out a task with the rights of the execution role. `unwanted` fires when nobody waits for it any more.
pub(super) async fn carry_out(errand: Errand, unwanted: oneshot::Receiver<()>, busy: Busy) {
    let id = errand.task.id;
    let mut busy = Some(busy);
    let (pattern, outcome) = match &errand.task.resource {
        Resource::LambdaFunction { arn } => (Pattern::RequestResponse, lambda_task::function(&errand, arn).await),
        Resource::Integration { service, action, pattern } => match (service.as_str(), action.as_str(), *pattern) {
            ("states", "startExecution", Pattern::Sync | Pattern::Sync2) => {
                // The child may wait for a timer, so this one decides itself when time may go on.
                nested_task::start_and_wait(&errand, *pattern, unwanted, busy.take()).await;
                return;
            }
            ("lambda", "invoke", pattern) => (pattern, lambda_task::invoke(&errand).await),
            ("sqs", "sendMessage", pattern) => (pattern, queue_task::send(&errand)),
            ("states", "startExecution", pattern) => (pattern, nested_task::start(&errand)),
            (_, _, pattern) => (pattern, Err(not_offered(&errand.task.resource))),
        },
        resource @ Resource::AwsSdk { service, action, pattern } => match sdk_operation(service, action) {
            None => (*pattern, Err(not_offered(resource))),
            Some((service, operation)) => {
                let called = sdk_task::call(&errand, service, operation, unwanted, &mut busy).await;
                let Some(outcome) = called else { return };
                (*pattern, outcome)
            }
        },
    };
    errand.report(match (outcome, pattern) {
        (Ok(output), Pattern::WaitForTaskToken) => Signal::TaskSubmitted { task: id, output },
        (Ok(output), _) => Signal::TaskSucceeded { task: id, output },
        (Err(Failure { error, cause }), _) => Signal::TaskFailed { task: id, error, cause },
    });
    drop(busy);
}

/// The ARN that a definition names a resource by.
pub(super) fn resource_arn(resource: &Resource) -> String {
    let suffix = |pattern: Pattern| match pattern {
        Pattern::RequestResponse => "",
        Pattern::Sync => ".sync",
        Pattern::Sync2 => ".sync:2",
        Pattern::WaitForTaskToken => ".waitForTaskToken",
    };
    match resource {
        Resource::LambdaFunction { arn } => arn.clone(),
        Resource::Integration { service, action, pattern } => {
            format!("arn:aws:states:::{service}:{action}{}", suffix(*pattern))
        }
        Resource::AwsSdk { service, action, pattern } => {
            format!("arn:aws:states:::aws-sdk:{service}:{action}{}", suffix(*pattern))
        }
    }
}

/// Whether the endpoint can carry out a task that names this.
pub(super) fn is_offered(resource: &Resource) -> bool {
    match resource {
        Resource::LambdaFunction { .. } => true,
        Resource::Integration { service, action, .. } => {
            matches!((service.as_str(), action.as_str()), ("lambda", "invoke") | ("sqs", "sendMessage"))
                || (service == "states" && action == "startExecution")
        }
        Resource::AwsSdk { service, action, .. } => sdk_operation(service, action).is_some(),
    }
}

fn sdk_operation(service: &str, action: &str) -> Option<(&'static Api, &'static Operation)> {
    let service = sdk_service::find(service)?;
    Some((service, sdk_service::operation(service, action)?))
}

/// Refuses a definition that uses an integration the local endpoint does not have.
///
/// # Errors
/// 501 that names the resource.
pub(super) fn refuse_not_offered(machine: &Definition) -> Result<(), Fault> {
    match machine.resources().iter().find(|resource| !is_offered(resource)) {
        None => Ok(()),
        Some(resource) => {
            let message = format!("the local endpoint does not offer the integration `{}`", resource_arn(resource));
            Err(Fault::client("NotImplemented", message).status(501))
        }
    }
}

fn not_offered(resource: &Resource) -> Failure {
    Failure {
        error: "States.Runtime".to_owned(),
        cause: format!("the local endpoint does not offer the integration `{}`", resource_arn(resource)),
    }
}
