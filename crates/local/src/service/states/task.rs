//! Carries out one attempt of a task and reports to the execution's driver.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::driver::Tasks;
use super::errand::{Errand, Failure, Surroundings};
use super::execution::Execution;
use super::machine::StateMachine;
use super::resource::{is_offered, sdk_operation};
use super::{lambda_task, mock_task, nested_task, queue_task, sdk_task};
use crate::clock::Busy;
use crate::wire::Caller;
use labctl_asl::{Pattern, Resource, Signal, Task};

impl Tasks for Surroundings {
    fn begin(
        self: Arc<Self>,
        execution: Arc<Execution>,
        machine: &StateMachine,
        task: Task,
        unwanted: oneshot::Receiver<()>,
        busy: Busy,
    ) {
        let (role_arn, session) = (machine.record.role_arn.clone(), execution.facts.name.clone());
        // Answers are taken in the order in which tasks are scheduled.
        let mocked = (!is_offered(&task.resource)).then(|| {
            let answer = execution.mocked.answer(&task.state, &task.resource.to_string(), &task.input);
            answer.map_err(|why| mock_task::without(&task, &why))
        });
        let errand = Errand { surroundings: self, execution, task, caller: Caller::Role { role_arn, session }, mocked };
        tokio::spawn(carry_out(errand, unwanted, busy));
    }
}

/// Carries out a task with the rights of the execution role. `unwanted` fires when nobody waits for it any more.
async fn carry_out(mut errand: Errand, unwanted: oneshot::Receiver<()>, busy: Busy) {
    let id = errand.task.id;
    let mut busy = Some(busy);
    match errand.mocked.take() {
        Some(Ok(answer)) => return mock_task::answer(&errand, answer, unwanted, &mut busy).await,
        Some(Err(failure)) => return errand.report(mock_task::failed(&errand, failure)),
        None => {}
    }
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

/// What the endpoint does not have is answered by mocks, before it comes to this.
fn not_offered(resource: &Resource) -> Failure {
    let cause = format!("the local endpoint does not have the integration `{resource}`");
    Failure { error: "States.Runtime".to_owned(), cause }
}
