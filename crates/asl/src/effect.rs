//! What goes in and out of the stepper.

use std::fmt::{self, Display, Formatter, Write as _};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::details::Details;

/// Names one attempt of one task within a run.
pub type TaskId = u64;
/// Names one timer within a run.
pub type TimerId = u64;

/// What the language can see of its execution (the context object) and what makes its task tokens unique.
#[derive(Clone, Debug)]
pub struct Seed {
    /// `arn:…:execution:machine:name` (or `:express:machine:name:uuid`).
    pub execution_arn: String,
    /// The execution's name.
    pub execution_name: String,
    /// The machine's ARN.
    pub machine_arn: String,
    /// The machine's name.
    pub machine_name: String,
    /// The execution role's ARN.
    pub role_arn: String,
    /// EXPRESS machines end after five minutes and know no tokens.
    pub express: bool,
    /// The input.
    pub input: Value,
    /// Milliseconds since 1970.
    pub started_ms: i64,
    /// Chance that task tokens are made from.
    pub token_seed: u64,
}

/// How an integration waits. <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// Until the call is answered.
    RequestResponse,
    /// Until the job is done (`.sync`).
    Sync,
    /// Until the job is done, output parsed (`.sync:2`).
    Sync2,
    /// Until somebody answers the token (`.waitForTaskToken`).
    WaitForTaskToken,
}

impl Pattern {
    /// What it adds to a Resource: `.sync`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::RequestResponse => "",
            Self::Sync => ".sync",
            Self::Sync2 => ".sync:2",
            Self::WaitForTaskToken => ".waitForTaskToken",
        }
    }
}

/// What a Task state calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A function by its ARN.
    LambdaFunction {
        /// The ARN, qualified or not.
        arn: String,
    },
    /// An optimised integration: `arn:aws:states:::lambda:invoke`.
    Integration {
        /// `lambda`, `sqs`, `states`.
        service: String,
        /// `invoke`, `sendMessage`, `startExecution`.
        action: String,
        /// How it waits.
        pattern: Pattern,
    },
    /// An SDK integration: `arn:aws:states:::aws-sdk:sfn:describeExecution`.
    AwsSdk {
        /// The service's SDK name.
        service: String,
        /// The operation in camel case.
        action: String,
        /// How it waits.
        pattern: Pattern,
    },
}

impl Resource {
    /// How it waits; a function called by its ARN always does.
    pub fn pattern(&self) -> Pattern {
        match self {
            Self::LambdaFunction { .. } => Pattern::RequestResponse,
            Self::Integration { pattern, .. } | Self::AwsSdk { pattern, .. } => *pattern,
        }
    }
}

impl Display for Resource {
    /// As a Resource names it behind `arn:aws:states:::`, and a function by its ARN.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::LambdaFunction { arn } => formatter.write_str(arn),
            Self::Integration { service, action, pattern } => {
                write!(formatter, "{service}:{action}{}", pattern.suffix())
            }
            Self::AwsSdk { service, action, pattern } => {
                write!(formatter, "aws-sdk:{service}:{action}{}", pattern.suffix())
            }
        }
    }
}

/// One attempt of a Task state, to be carried out by the driver.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Names the attempt in signals.
    pub id: TaskId,
    /// The state's name, for telling.
    pub state: String,
    /// What to call.
    pub resource: Resource,
    /// The evaluated payload (LambdaFunction) or parameters (others).
    pub input: Value,
    /// The token the driver must accept, for `.waitForTaskToken`.
    pub token: Option<String>,
}

/// What the driver must do, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Carry out a task; report with the `Task…` signals.
    RunTask(Task),
    /// Nobody waits for this attempt any more; its signals will be ignored.
    CancelTask(TaskId),
    /// Signal [`Signal::TimerFired`] at this time.
    SetTimer {
        /// Which timer.
        timer: TimerId,
        /// Milliseconds since 1970.
        at_ms: i64,
    },
    /// Nobody waits for this timer any more.
    CancelTimer(TimerId),
}

/// What the driver reports.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// The task is being carried out (records `TaskStarted` or `LambdaFunctionStarted`).
    TaskStarted(TaskId),
    /// The call was answered and the token or the job is being waited for (records `TaskSubmitted`).
    TaskSubmitted {
        /// Which attempt.
        task: TaskId,
        /// The call's answer.
        output: Value,
    },
    /// The task gave its result.
    TaskSucceeded {
        /// Which attempt.
        task: TaskId,
        /// The result.
        output: Value,
    },
    /// The task failed. Empty texts stand for absent ones, as in a SendTaskFailure without them.
    TaskFailed {
        /// Which attempt.
        task: TaskId,
        /// The error name, as Catch and Retry match it.
        error: String,
        /// The cause.
        cause: String,
    },
    /// Somebody sent a heartbeat for the token.
    TaskHeartbeat(TaskId),
    /// A timer's time has come.
    TimerFired(TimerId),
    /// StopExecution was called.
    Stop {
        /// Error, if given.
        error: Option<String>,
        /// Cause, if given.
        cause: Option<String>,
    },
}

/// One history event, numbered as AWS numbers them.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Counted from 1.
    pub id: i64,
    /// The event this one follows; 0 for the first.
    pub previous_id: i64,
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// `ExecutionStarted`, `TaskStateEntered`, …
    pub event_type: &'static str,
    /// The details' member name (`stateEnteredEventDetails`) and content, as on the wire.
    pub details: Option<(&'static str, Details)>,
}

impl Event {
    /// The first event of a history. `input` is JSON text.
    pub fn started(input: &str, role_arn: &str, at_ms: i64) -> Self {
        Self {
            id: 1,
            previous_id: 0,
            timestamp_ms: at_ms,
            event_type: "ExecutionStarted",
            details: Some(("executionStartedEventDetails", started(input, role_arn).into())),
        }
    }

    /// Appends the event as GetExecutionHistory gives it (timestamp in seconds) and a line end, from its details' member name and JSON text.
    pub fn write_line(&self, details: Option<(&str, &str)>, to: &mut String) {
        let _ = write!(
            to,
            "{{\"timestamp\":{},\"type\":\"{}\",\"id\":{},\"previousEventId\":{}",
            json!(seconds(self.timestamp_ms)),
            self.event_type,
            self.id,
            self.previous_id
        );
        if let Some((name, text)) = details {
            let _ = write!(to, ",\"{name}\":{text}");
        }
        to.push_str("}\n");
    }
}

/// `ExecutionStartedEventDetails`
pub(super) fn started(input: &str, role_arn: &str) -> Value {
    json!({ "input": input, "inputDetails": { "truncated": false }, "roleArn": role_arn })
}

fn seconds(at_ms: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay far below 2^53")]
    let seconds = at_ms as f64 / 1000.0;
    seconds
}

impl Serialize for Event {
    /// The event as GetExecutionHistory gives it (timestamp in seconds).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("timestamp", &seconds(self.timestamp_ms))?;
        members.serialize_entry("type", self.event_type)?;
        members.serialize_entry("id", &self.id)?;
        members.serialize_entry("previousEventId", &self.previous_id)?;
        if let Some((name, details)) = &self.details {
            members.serialize_entry(name, details)?;
        }
        members.end()
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// `SUCCEEDED`.
    Succeeded {
        /// The output.
        output: Value,
    },
    /// `FAILED`.
    Failed {
        /// The error name, if there is one.
        error: Option<String>,
        /// The cause, if there is one.
        cause: Option<String>,
    },
    /// `TIMED_OUT`.
    TimedOut {
        /// The error name, if there is one.
        error: Option<String>,
        /// The cause, if there is one.
        cause: Option<String>,
    },
    /// `ABORTED`.
    Aborted {
        /// The error name, if there is one.
        error: Option<String>,
        /// The cause, if there is one.
        cause: Option<String>,
    },
}

/// What came of one call into the stepper.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// New history events, in order.
    pub events: Vec<Event>,
    /// What the driver must do, in order.
    pub commands: Vec<Command>,
    /// Set once, when the run is over; nothing must be reported after that.
    pub outcome: Option<Outcome>,
}
