//! Tasks that are answered by mocks: integrations that the endpoint does not have.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html>

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::errand::{Errand, Failure};
use super::metadata::answered;
use super::mock_service::{content_type, refused};
use super::resource::arn_of;
use crate::clock::Busy;
use crate::member::Member as _;
use crate::mock::{MockAnswer, MockOutcome, NoAnswer};
use crate::random;
use crate::wire::Fault;
use labctl_asl::{AttributeMistake, AttributesIn, Pattern, Resource, Signal, Task, attribute_mistake, needed};

/// What a state is told that has no mock.
pub(super) fn without(task: &Task, why: &NoAnswer) -> Failure {
    let (integration, state) = (task.resource.to_string(), &task.state);
    let why = match why {
        NoAnswer::NoMock => "there is no mock of it".to_owned(),
        NoAnswer::NoneFits(count) => {
            let mut arguments = task.input.to_string();
            if let Some((at, _)) = arguments.char_indices().nth(1000) {
                arguments.truncate(at);
                arguments.push('…');
            }
            format!("the arguments fit the `when` of none of its mocks ({count}): {arguments}")
        }
    };
    let answer = match task.resource.pattern() {
        Pattern::WaitForTaskToken => "{ token: success, output: {} }",
        _ => "{ output: {} }",
    };
    Failure {
        error: "States.Runtime".to_owned(),
        cause: format!(
            "state `{state}`: the local endpoint does not have the integration `{integration}`, and {why}. Write one into mocks.yaml \
             of the pack, or into `mocks` of the scenario: - {{ integration: {integration}, answers: [{answer}] }}"
        ),
    }
}

/// Answers a task. While the answer takes its time, `busy` is taken.
pub(super) async fn answer(
    errand: &Errand,
    answer: MockAnswer,
    unwanted: oneshot::Receiver<()>,
    busy: &mut Option<Busy>,
) {
    if let Err(failure) = permit(errand) {
        return errand.report(failed(errand, failure));
    }
    if let Some(mistake) = attribute_mistake(&errand.task.resource, &errand.task.input, AttributesIn::Call) {
        return errand.report(failed(errand, not_taken(&errand.task, &mistake)));
    }
    let MockAnswer { outcome, delay, submitted } = answer;
    let pattern = errand.task.resource.pattern();
    if pattern != Pattern::RequestResponse && is_submitted(pattern, &outcome) {
        let output = shown(errand, submitted.unwrap_or_else(|| json!({})));
        errand.report(Signal::TaskSubmitted { task: errand.task.id, output });
    }
    if !delay.is_zero() && !wait(errand, delay, unwanted, busy).await {
        return;
    }
    let task = errand.task.id;
    match outcome {
        MockOutcome::Output(output) if pattern == Pattern::RequestResponse => {
            errand.report(called(errand, shown(errand, output)));
        }
        MockOutcome::Output(output) | MockOutcome::TokenSuccess(output) => {
            errand.report(Signal::TaskSucceeded { task, output });
        }
        MockOutcome::Error { error, cause } | MockOutcome::TokenFailure { error, cause } => {
            errand.report(Signal::TaskFailed { task, error, cause });
        }
        MockOutcome::TokenSilent => {}
    }
}

/// An attribute value that Step Functions cannot send, or that DynamoDB refuses.
fn not_taken(task: &Task, AttributeMistake { at, fault }: &AttributeMistake) -> Failure {
    let place = at.join(".");
    if fault.keeps_from_starting() {
        let cause =
            format!("The Parameters '{}' could not be used to start the Task: [{fault}] (at {place})", task.input);
        return Failure { error: "States.Runtime".to_owned(), cause };
    }
    refused(&task.resource, &Fault::client("ValidationException", format!("{fault} (at {place})")))
}

/// Whether the call itself went well, so that its job ran or its token was given out.
fn is_submitted(pattern: Pattern, outcome: &MockOutcome) -> bool {
    match outcome {
        MockOutcome::Error { error, .. } => pattern != Pattern::WaitForTaskToken && error == "States.TaskFailed",
        _ => true,
    }
}

/// Whether the role may make the call. What is called on something that is not known may be allowed on anything.
fn permit(errand: &Errand) -> Result<(), Failure> {
    let task = &errand.task;
    let Some(needed) = needed(&task.resource, &task.input) else { return Ok(()) };
    let on = needed.on.map(|on| arn_of(&on, &errand.execution.facts.machine_arn));
    let access = &errand.surroundings.access;
    let allowed = match on {
        Some(on) => access.authorize(&errand.caller, &needed.action, &on),
        None => access.authorize_somewhere(&errand.caller, &needed.action),
    };
    allowed.map_err(|fault| refused(&task.resource, &fault))
}

/// Lets time pass; false when nobody waits any more.
async fn wait(errand: &Errand, delay: Duration, unwanted: oneshot::Receiver<()>, busy: &mut Option<Busy>) -> bool {
    let clock = &errand.surroundings.engine.clock;
    let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    let asleep = clock.sleep_until(clock.now_ms().saturating_add(delay_ms));
    busy.take();
    tokio::select! {
        woken = asleep => {
            *busy = Some(woken);
            true
        }
        _ = unwanted => false,
    }
}

/// An answer that is the task's result. Events that were not taken fail the task.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html>
fn called(errand: &Errand, output: Value) -> Signal {
    let is_put = matches!(&errand.task.resource, Resource::Integration { service, .. } if service == "events");
    if is_put && output.member("FailedEntryCount").as_u64().is_some_and(|count| count > 0) {
        let failure = Failure { error: "EventBridge.FailedEntry".to_owned(), cause: output.to_string() };
        return failed(errand, failure);
    }
    Signal::TaskSucceeded { task: errand.task.id, output }
}

pub(super) fn failed(errand: &Errand, Failure { error, cause }: Failure) -> Signal {
    Signal::TaskFailed { task: errand.task.id, error, cause }
}

/// An answer of a call with what the integration adds to it, unless that is there.
fn shown(errand: &Errand, output: Value) -> Value {
    match (content_type(&errand.task.resource), output) {
        (Some(content_type), Value::Object(members)) if !members.contains_key("SdkHttpMetadata") => {
            let members: Map<String, Value> = members;
            answered(members, content_type, &random::uuid(), errand.surroundings.engine.clock.now_ms())
        }
        (_, output) => output,
    }
}
