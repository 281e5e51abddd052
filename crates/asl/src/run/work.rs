//! Tasks: scheduled, started, submitted, ended.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha512};

use super::enter::too_large;
use super::history::error_details;
use super::stepper::{Alarm, Run};
use super::thread::{Phase, TaskRun, ThreadId};
use crate::definition::{Definition, Kind, Limit, State, TaskState};
use crate::effect::{Command, Pattern, Resource, Seed, Task, TaskId};
use crate::failure::{Failure, FailureKind};
use crate::payload::Payload;
use crate::scope::Scope;

/// Names of a task's events: its own for functions called by their ARN, common ones for integrations.
struct EventNames {
    scheduled: (&'static str, &'static str),
    started: (&'static str, Option<&'static str>),
    succeeded: (&'static str, &'static str),
    failed: (&'static str, &'static str),
    timed_out: (&'static str, &'static str),
}

const FUNCTION: EventNames = EventNames {
    scheduled: ("LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails"),
    started: ("LambdaFunctionStarted", None),
    succeeded: ("LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails"),
    failed: ("LambdaFunctionFailed", "lambdaFunctionFailedEventDetails"),
    timed_out: ("LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails"),
};

const INTEGRATION: EventNames = EventNames {
    scheduled: ("TaskScheduled", "taskScheduledEventDetails"),
    started: ("TaskStarted", Some("taskStartedEventDetails")),
    succeeded: ("TaskSucceeded", "taskSucceededEventDetails"),
    failed: ("TaskFailed", "taskFailedEventDetails"),
    timed_out: ("TaskTimedOut", "taskTimedOutEventDetails"),
};

fn names(resource: &Resource) -> &'static EventNames {
    if matches!(resource, Resource::LambdaFunction { .. }) { &FUNCTION } else { &INTEGRATION }
}

/// `resourceType` and `resource`: `lambda` and `invoke.waitForTaskToken`; nothing for a function called by its ARN.
fn labels(resource: &Resource) -> Option<(String, String)> {
    let (kind, action, pattern) = match resource {
        Resource::LambdaFunction { .. } => return None,
        Resource::Integration { service, action, pattern } => (service.clone(), action, *pattern),
        Resource::AwsSdk { service, action, pattern } => (format!("aws-sdk:{service}"), action, *pattern),
    };
    Some((kind, format!("{action}{}", pattern.suffix())))
}

fn labelled(resource: &Resource, mut details: Map<String, Value>) -> Value {
    if let Some((kind, action)) = labels(resource) {
        details.insert("resourceType".to_owned(), Value::String(kind));
        details.insert("resource".to_owned(), Value::String(action));
    }
    Value::Object(details)
}

fn output_details(output: &Payload) -> Map<String, Value> {
    let mut details = Map::new();
    details.insert("output".to_owned(), Value::from(output.text()));
    details.insert("outputDetails".to_owned(), json!({ "truncated": false }));
    details
}

fn waits_for_token(resource: &Resource) -> bool {
    matches!(
        resource,
        Resource::Integration { pattern: Pattern::WaitForTaskToken, .. }
            | Resource::AwsSdk { pattern: Pattern::WaitForTaskToken, .. }
    )
}

impl Run {
    /// Hands a task to the driver.
    pub(super) fn schedule(&mut self, id: ThreadId, state: &State, task: &TaskState) -> Result<(), Failure> {
        let task_id = self.new_task(id);
        let scheduled = self.prepare(id, state, task, task_id);
        if scheduled.is_err() {
            self.tasks.remove(&task_id);
        }
        scheduled
    }

    fn prepare(&mut self, id: ThreadId, state: &State, task: &TaskState, task_id: TaskId) -> Result<(), Failure> {
        let token = waits_for_token(&task.resource).then(|| token(&self.seed, task_id));
        if let Some(thread) = self.thread_mut(id) {
            let run =
                TaskRun { id: task_id, token: token.clone(), timeout: None, heartbeat: None, heartbeat_timer: None };
            thread.phase = Phase::Task(run);
        }
        let Some((context, thread, random)) = self.view(id, state) else { return Ok(()) };
        let input = state.flow.input(&thread.raw, &context)?;
        let mut scope = Scope::new(input.value(), &context, random);
        let timeout = seconds(&task.timeout, "TimeoutSecondsPath", &mut scope)?;
        let heartbeat = seconds(&task.heartbeat, "HeartbeatSecondsPath", &mut scope)?;
        let random = scope.random;
        let arguments = state.flow.arguments(input.clone(), &context, random)?;
        drop(input);
        if arguments.is_too_large() {
            return Err(Failure { kind: FailureKind::DataLimit, ..too_large(&state.name) });
        }
        let details = scheduled_details(&task.resource, &self.seed, &arguments, timeout, heartbeat);
        let (event_type, member) = names(&task.resource).scheduled;
        self.tell(id, event_type, Some((member, details)));
        let timer = timeout.map(|seconds| self.set_timer(milliseconds(seconds), Alarm::Timeout(task_id)));
        if let Some(Phase::Task(run)) = self.thread_mut(id).map(|thread| &mut thread.phase) {
            run.timeout = timer;
            run.heartbeat = heartbeat;
        }
        self.effects.commands.push(Command::RunTask(Task {
            id: task_id,
            state: state.name.clone(),
            resource: task.resource.clone(),
            input: arguments.into_value(),
            token,
        }));
        Ok(())
    }

    /// The thread and the state that wait for a task.
    fn waiting<'m>(&self, machine: &'m Definition, task: TaskId) -> Option<(ThreadId, &'m State, &'m TaskState)> {
        let thread = *self.tasks.get(&task)?;
        let state = self.state_of(machine, thread)?;
        match &state.kind {
            Kind::Task(task) => Some((thread, state, task)),
            _ => None,
        }
    }

    pub(super) fn task_started(&mut self, task: TaskId) {
        let machine = Arc::clone(&self.machine);
        let Some((thread, _, waiting)) = self.waiting(&machine, task) else { return };
        let (event_type, member) = names(&waiting.resource).started;
        let details = member.map(|member| (member, labelled(&waiting.resource, Map::new())));
        self.tell(thread, event_type, details);
    }

    pub(super) fn task_submitted(&mut self, task: TaskId, output: Value) {
        let machine = Arc::clone(&self.machine);
        let Some((thread, _, waiting)) = self.waiting(&machine, task) else { return };
        let details = labelled(&waiting.resource, output_details(&Payload::new(output)));
        self.tell(thread, "TaskSubmitted", Some(("taskSubmittedEventDetails", details)));
        // Heartbeats count from here on: the call itself cannot send any.
        self.restart_heartbeat(thread, task);
    }

    pub(super) fn task_heartbeat(&mut self, task: TaskId) {
        if let Some(thread) = self.tasks.get(&task).copied() {
            self.restart_heartbeat(thread, task);
        }
    }

    fn restart_heartbeat(&mut self, thread: ThreadId, task: TaskId) {
        let Some(Phase::Task(run)) = self.thread_mut(thread).map(|thread| &mut thread.phase) else { return };
        let (seconds, old) = (run.heartbeat, run.heartbeat_timer.take());
        self.cancel_timer(old);
        let timer = seconds.map(|seconds| self.set_timer(milliseconds(seconds), Alarm::Heartbeat(task)));
        if let Some(Phase::Task(run)) = self.thread_mut(thread).map(|thread| &mut thread.phase) {
            run.heartbeat_timer = timer;
        }
    }

    pub(super) fn task_succeeded(&mut self, task: TaskId, output: Value) {
        let machine = Arc::clone(&self.machine);
        let Some((thread, state, waiting)) = self.waiting(&machine, task) else { return };
        let output = Payload::new(output);
        if output.is_too_large() || output.is_too_deep() {
            let what = match &waiting.resource {
                Resource::LambdaFunction { arn } => arn.clone(),
                other => labels(other).map(|(kind, _)| kind).unwrap_or_default(),
            };
            self.task_broke(thread, task, waiting, too_large(&what));
            return;
        }
        let (event_type, member) = names(&waiting.resource).succeeded;
        self.tell(thread, event_type, Some((member, labelled(&waiting.resource, output_details(&output)))));
        let made = self
            .view(thread, state)
            .map(|(context, thread, random)| state.flow.finished(&thread.raw, output, &context, random));
        self.settle(thread, task);
        match made {
            Some(Ok(leaving)) => self.leave(&machine, thread, leaving, state.next),
            Some(Err(failure)) => self.broken(&machine, thread, failure),
            None => {}
        }
    }

    pub(super) fn task_failed(&mut self, task: TaskId, error: String, cause: String) {
        let machine = Arc::clone(&self.machine);
        if let Some((thread, _, waiting)) = self.waiting(&machine, task) {
            self.task_broke(thread, task, waiting, Failure::reported(error, cause));
        }
    }

    fn task_broke(&mut self, thread: ThreadId, task: TaskId, waiting: &TaskState, failure: Failure) {
        let (event_type, member) = names(&waiting.resource).failed;
        let details = error_details(failure.error.as_deref(), failure.cause.as_deref());
        self.tell(thread, event_type, Some((member, labelled(&waiting.resource, details))));
        self.settle(thread, task);
        self.fail(thread, failure, false);
    }

    /// A limit passed: nobody waits for the task any more.
    pub(super) fn task_timed_out(&mut self, task: TaskId, alarm: Alarm) {
        let machine = Arc::clone(&self.machine);
        let Some((thread, _, waiting)) = self.waiting(&machine, task) else { return };
        let kind = if matches!(alarm, Alarm::Heartbeat(_)) { FailureKind::Heartbeat } else { FailureKind::Timeout };
        let failure = Failure::timeout(kind);
        let (event_type, member) = names(&waiting.resource).timed_out;
        let details = error_details(failure.error.as_deref(), None);
        self.tell(thread, event_type, Some((member, labelled(&waiting.resource, details))));
        self.settle(thread, task);
        self.effects.commands.push(Command::CancelTask(task));
        self.fail(thread, failure, false);
    }

    /// The task is over: its timers go.
    pub(super) fn settle(&mut self, thread: ThreadId, task: TaskId) {
        self.tasks.remove(&task);
        let Some(thread) = self.thread_mut(thread) else { return };
        if let Phase::Task(run) = std::mem::replace(&mut thread.phase, Phase::Working) {
            self.cancel_timer(run.timeout);
            self.cancel_timer(run.heartbeat_timer);
        }
    }
}

fn scheduled_details(
    resource: &Resource,
    seed: &Seed,
    arguments: &Payload,
    timeout: Option<u64>,
    heartbeat: Option<u64>,
) -> Value {
    let mut details = Map::new();
    if let Resource::LambdaFunction { arn } = resource {
        details.insert("resource".to_owned(), Value::from(arn.as_str()));
        details.insert("input".to_owned(), Value::from(arguments.text()));
        details.insert("inputDetails".to_owned(), json!({ "truncated": false }));
    } else {
        let region = seed.machine_arn.split(':').nth(3).unwrap_or_default();
        details.insert("region".to_owned(), Value::from(region));
        details.insert("parameters".to_owned(), Value::from(arguments.text()));
    }
    for (name, seconds) in [("timeoutInSeconds", timeout), ("heartbeatInSeconds", heartbeat)] {
        if let Some(seconds) = seconds {
            details.insert(name.to_owned(), Value::from(seconds));
        }
    }
    labelled(resource, details)
}

fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000)
}

fn seconds(limit: &Limit, field: &str, scope: &mut Scope<'_>) -> Result<Option<u64>, Failure> {
    match limit {
        Limit::None => Ok(None),
        Limit::Seconds(seconds) => Ok(Some(*seconds)),
        Limit::Query(query) => query.integer(1, 99_999_999, scope).map(Some),
        Limit::Path(path) => {
            let value = scope
                .select(path)
                .map_err(|missing| Failure::runtime(format!("Invalid path '{}' : {}", path.text, missing.0)))?;
            value.as_u64().filter(|seconds| (1..=99_999_999).contains(seconds)).map(Some).ok_or_else(|| {
                let shown = crate::text::bare(&value);
                Failure::runtime(format!(
                    "The {field} field refers to value \"{shown}\" which is not a valid positive integer: {}",
                    path.text
                ))
            })
        }
    }
}

/// Whether a text has the form of a task's token.
pub fn is_task_token(text: &str) -> bool {
    text.strip_prefix("AQC").is_some_and(|rest| STANDARD.decode(rest).is_ok_and(|bytes| bytes.len() == 128))
}

/// A token that belongs to one attempt of one execution.
fn token(seed: &Seed, task: TaskId) -> String {
    let mut bytes = Vec::with_capacity(128);
    for part in 0..2_u8 {
        let text = format!("{part}/{}/{}/{}/{task}", seed.token_seed, seed.execution_arn, seed.started_ms);
        bytes.extend(Sha512::digest(text));
    }
    format!("AQC{}", STANDARD.encode(bytes))
}
