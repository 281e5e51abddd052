//! Executions: start, watch, stop. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>

use std::fmt::Debug;
use std::time::Duration;

use aws_sdk_sfn::primitives::DateTime;
use aws_sdk_sfn::types::{ExecutionStatus as Status, SyncExecutionStatus};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value;

use super::clients::Clients;
use super::failure::refused;
use crate::cloud::{CloudError, ErrorClass, ExecutionQuery, LARGEST_PAGE, Started};
use crate::model::{Execution, ExecutionStatus};

/// How long a machine that was just made may not be found.
const APPEARS: Duration = Duration::from_secs(2);

pub(super) async fn start(clients: &Clients, machine: &str, name: &str, input: &Value) -> Result<Started, CloudError> {
    let input = input.to_string();
    let start = || clients.states.start_execution().state_machine_arn(machine).name(name).input(&input).send();
    let answer = once_there(clients, "states:StartExecution", start).await?;
    Ok(Started { arn: answer.execution_arn, started_ms: millis(&answer.start_date) })
}

/// Not tried again after a lost answer: an EXPRESS execution would run twice.
pub(super) async fn start_sync(
    clients: &Clients,
    machine: &str,
    name: &str,
    input: &Value,
) -> Result<Execution, CloudError> {
    let input = input.to_string();
    let start = || clients.states.start_sync_execution().state_machine_arn(machine).name(name).input(&input).send();
    let answer = once_there(clients, "states:StartSyncExecution", start).await?;
    let status = match answer.status {
        SyncExecutionStatus::Succeeded => ExecutionStatus::Succeeded,
        SyncExecutionStatus::TimedOut => ExecutionStatus::TimedOut,
        _ => ExecutionStatus::Failed,
    };
    Ok(Execution {
        arn: answer.execution_arn,
        name: answer.name.unwrap_or_else(|| name.to_owned()),
        status,
        started_ms: millis(&answer.start_date),
        stopped_ms: Some(millis(&answer.stop_date)),
        output: answer.output.as_deref().map(document),
        error: answer.error,
        cause: answer.cause,
    })
}

/// Starts, and again for a moment where the machine is not there: creation is eventually consistent, and a deployment does not
/// wait for it machine by machine.
async fn once_there<T, E, Answer>(
    clients: &Clients,
    operation: &str,
    start: impl Fn() -> Answer + Send + Sync,
) -> Result<T, CloudError>
where
    T: Send + 'static,
    E: ProvideErrorMetadata + std::error::Error + Debug + Send + Sync + 'static,
    Answer: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'static,
{
    let mut poller = clients.caller.poller(APPEARS);
    loop {
        match clients.caller.call(operation, &start).await {
            Err(error) if error.class == ErrorClass::NotFound && poller.next().await => {}
            answer => return answer,
        }
    }
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
pub(super) async fn describe(clients: &Clients, arn: &str) -> Result<Execution, CloudError> {
    let ask = || clients.states.describe_execution().execution_arn(arn).send();
    let answer = clients.caller.call("states:DescribeExecution", ask).await?;
    Ok(Execution {
        status: status(&answer.status)?,
        started_ms: millis(&answer.start_date),
        stopped_ms: answer.stop_date.as_ref().map(millis),
        output: answer.output.as_deref().map(document),
        name: answer.name.unwrap_or_default(),
        arn: answer.execution_arn,
        error: answer.error,
        cause: answer.cause,
    })
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html>
pub(super) async fn definition(clients: &Clients, arn: &str) -> Result<String, CloudError> {
    let ask = || clients.states.describe_state_machine_for_execution().execution_arn(arn).send();
    Ok(clients.caller.call("states:DescribeStateMachineForExecution", ask).await?.definition)
}

/// Newest first, as Step Functions lists them; the first that is too old ends the list.
pub(super) async fn list(
    clients: &Clients,
    machine: &str,
    ExecutionQuery { status: wanted, since_ms, at_most, page_size }: ExecutionQuery,
) -> Result<Vec<Execution>, CloudError> {
    let filter = wanted.map(filter);
    let page_size = i32::try_from(at_most.min(page_size).clamp(1, LARGEST_PAGE)).ok();
    let (mut executions, mut token) = (Vec::new(), None);
    loop {
        let ask = || {
            let request = clients.states.list_executions().state_machine_arn(machine).set_max_results(page_size);
            request.set_status_filter(filter.clone()).set_next_token(token.clone()).send()
        };
        let page = clients.caller.call("states:ListExecutions", ask).await?;
        for item in page.executions {
            if millis(&item.start_date) < since_ms || executions.len() >= at_most {
                return Ok(executions);
            }
            executions.push(Execution {
                status: status(&item.status)?,
                started_ms: millis(&item.start_date),
                stopped_ms: item.stop_date.as_ref().map(millis),
                arn: item.execution_arn,
                name: item.name,
                output: None,
                error: None,
                cause: None,
            });
        }
        token = page.next_token;
        if token.is_none() || executions.len() >= at_most {
            return Ok(executions);
        }
    }
}

pub(super) async fn stop(clients: &Clients, arn: &str, cause: &str) -> Result<(), CloudError> {
    let stop = || clients.states.stop_execution().execution_arn(arn).error("labctl.Stopped").cause(cause).send();
    clients.caller.call("states:StopExecution", stop).await.map(|_| ())
}

/// Milliseconds since 1970.
pub(super) fn millis(date: &DateTime) -> i64 {
    date.to_millis().unwrap_or_default()
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn status(status: &Status) -> Result<ExecutionStatus, CloudError> {
    match status.as_str() {
        // An execution that waits to be redriven has not ended.
        "RUNNING" | "PENDING_REDRIVE" => Ok(ExecutionStatus::Running),
        "SUCCEEDED" => Ok(ExecutionStatus::Succeeded),
        "FAILED" => Ok(ExecutionStatus::Failed),
        "TIMED_OUT" => Ok(ExecutionStatus::TimedOut),
        "ABORTED" => Ok(ExecutionStatus::Aborted),
        other => {
            let message = format!("`{other}` is not an execution status labctl knows");
            Err(refused("states:DescribeExecution", ErrorClass::Other, message))
        }
    }
}

fn filter(status: ExecutionStatus) -> Status {
    match status {
        ExecutionStatus::Running => Status::Running,
        ExecutionStatus::Succeeded => Status::Succeeded,
        ExecutionStatus::Failed => Status::Failed,
        ExecutionStatus::TimedOut => Status::TimedOut,
        ExecutionStatus::Aborted => Status::Aborted,
    }
}
