//! One execution: what is kept of it, and the line to its driver.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot, watch};

use super::machine::{StateMachine, seconds};
use super::recorder::Recorder;
use crate::clock::Busy;
use crate::mock::Mocked;
use crate::store::ExecutionRow;
use labctl_asl::{Outcome, Signal};

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl Status {
    /// Its name on the wire.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}

/// How far an execution has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) status: Status,
    /// Milliseconds since 1970.
    pub(super) stopped_ms: Option<i64>,
    /// JSON text.
    pub(super) output: Option<String>,
    pub(super) error: Option<String>,
    pub(super) cause: Option<String>,
}

impl Progress {
    pub(super) fn running() -> Self {
        Self { status: Status::Running, stopped_ms: None, output: None, error: None, cause: None }
    }

    pub(super) fn ended(outcome: Outcome, at_ms: i64) -> Self {
        let (status, output, error, cause) = match outcome {
            Outcome::Succeeded { output } => (Status::Succeeded, Some(output.to_string()), None, None),
            Outcome::Failed { error, cause } => (Status::Failed, None, error, cause),
            Outcome::TimedOut { error, cause } => (Status::TimedOut, None, error, cause),
            Outcome::Aborted { error, cause } => (Status::Aborted, None, error, cause),
        };
        Self { status, stopped_ms: Some(at_ms), output, error, cause }
    }
}

/// What never changes about an execution, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) machine_arn: String,
    pub(super) region: String,
    /// Milliseconds since 1970.
    pub(super) started_ms: i64,
    /// Counts the starts of this store, so that lists have one order.
    pub(super) number: u64,
    /// The text that was given.
    pub(super) input: String,
    pub(super) trace_header: Option<String>,
    /// What was run.
    pub(super) revision: Option<String>,
}

/// What an execution's driver is told. While it is on its way, time does not jump.
pub(super) struct Message {
    pub(super) signal: Signal,
    pub(super) busy: Busy,
    /// Dropped when what came of it is queued for the store.
    pub(super) kept: Option<oneshot::Sender<()>>,
}

impl Message {
    /// A message whose sender does not wait for it.
    pub(super) fn new(signal: Signal, busy: Busy) -> Self {
        Self { signal, busy, kept: None }
    }
}

/// One execution.
pub(super) struct Execution {
    pub(super) facts: Facts,
    /// What was started; after a restart of the endpoint what the machine is now.
    pub(super) machine: Arc<StateMachine>,
    pub(super) last_event: AtomicI64,
    pub(super) recorder: Recorder,
    /// What answers in place of services that the endpoint does not have.
    pub(super) mocked: Mocked,
    progress: Mutex<Progress>,
    /// The driver's inbox, which takes memory for 31 messages at once; closed once the execution is over.
    inbox: mpsc::UnboundedSender<Box<Message>>,
    over: watch::Sender<bool>,
}

/// What an EXPRESS execution is billed for: in steps of 100 ms and 64 MB.
pub(super) struct Billed {
    pub(super) duration_ms: i64,
    pub(super) memory_mb: i64,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_BillingDetails.html>
pub(super) fn billing(facts: &Facts, progress: &Progress) -> Billed {
    let passed = progress.stopped_ms.unwrap_or(facts.started_ms).saturating_sub(facts.started_ms);
    Billed { duration_ms: (passed.max(1).saturating_add(99) / 100) * 100, memory_mb: 64 }
}

impl Execution {
    /// A new execution, and the inbox for its driver.
    pub(super) fn new(
        facts: Facts,
        machine: Arc<StateMachine>,
        recorder: Recorder,
        mocked: Mocked,
    ) -> (Self, mpsc::UnboundedReceiver<Box<Message>>) {
        let (inbox, messages) = mpsc::unbounded_channel();
        let execution = Self {
            facts,
            machine,
            last_event: AtomicI64::new(0),
            recorder,
            mocked,
            progress: Mutex::new(Progress::running()),
            inbox,
            over: watch::Sender::new(false),
        };
        (execution, messages)
    }

    /// An execution of an earlier life of the endpoint.
    pub(super) fn past(facts: Facts, progress: Progress, last_event: i64, machine: Arc<StateMachine>) -> Self {
        Self {
            facts,
            machine,
            last_event: AtomicI64::new(last_event),
            recorder: Recorder::default(),
            mocked: Mocked::default(),
            progress: Mutex::new(progress),
            inbox: mpsc::unbounded_channel().0,
            over: watch::Sender::new(true),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far it has come.
    pub(super) fn progress(&self) -> Progress {
        self.lock().clone()
    }

    /// Where it stands.
    pub(super) fn status(&self) -> Status {
        self.lock().status
    }

    /// Tells the driver. Nobody hears it when the execution is over.
    pub(super) fn tell(&self, message: Message) {
        let _ = self.inbox.send(Box::new(message));
    }

    /// Ends it, for everyone to see.
    pub(super) fn end(&self, progress: Progress) {
        *self.lock() = progress;
        self.over.send_replace(true);
    }

    /// Waits until it is over.
    pub(super) async fn wait(&self) {
        let mut over = self.over.subscribe();
        // The sender lives as long as the execution, so this only returns when it is over.
        let _ = over.wait_for(|over| *over).await;
    }

    /// As it is kept when it has come this far.
    pub(super) fn to_store(&self, progress: &Progress) -> ExecutionRow {
        #[derive(Serialize)]
        struct Kept<'here> {
            facts: &'here Facts,
            progress: &'here Progress,
            last_event: i64,
        }
        let kept = Kept { facts: &self.facts, progress, last_event: self.last_event.load(Ordering::Acquire) };
        ExecutionRow {
            number: self.facts.number,
            arn: self.facts.arn.clone(),
            machine: self.facts.machine_arn.clone(),
            status: progress.status.name().into(),
            started_ms: self.facts.started_ms,
            stopped_ms: progress.stopped_ms,
            // Texts and numbers only, which always make JSON.
            record: serde_json::to_string(&kept).unwrap_or_default(),
        }
    }

    /// `ExecutionListItem`.
    pub(super) fn item(&self) -> Value {
        let (facts, progress) = (&self.facts, self.lock());
        let times = (facts.started_ms, progress.stopped_ms);
        list_item(&facts.arn, &facts.machine_arn, &facts.name, progress.status.name(), times)
    }

    /// `DescribeExecution`'s answer.
    pub(super) fn describe(&self, with_data: bool) -> Value {
        let progress = self.described();
        let mut answer = self.common(&progress, with_data);
        answer.insert("redriveCount".to_owned(), json!(0));
        let redrivable = matches!(progress.status, Status::Failed | Status::TimedOut | Status::Aborted);
        answer.insert("redriveStatus".to_owned(), json!(if redrivable { "REDRIVABLE" } else { "NOT_REDRIVABLE" }));
        if !redrivable {
            let reason = format!("Execution is {} and cannot be redriven", progress.status.name());
            answer.insert("redriveStatusReason".to_owned(), json!(reason));
        }
        Value::Object(answer)
    }

    /// How far it has come, as DescribeExecution tells it: of one that ran out of time AWS gives no error and no cause, which
    /// its history has.
    pub(super) fn described(&self) -> Progress {
        let progress = self.progress();
        if progress.status == Status::TimedOut { Progress { error: None, cause: None, ..progress } } else { progress }
    }

    /// `StartSyncExecution`'s answer.
    pub(super) fn describe_sync(&self, with_data: bool) -> Value {
        let progress = self.progress();
        let mut answer = self.common(&progress, with_data);
        let Billed { duration_ms, memory_mb } = billing(&self.facts, &progress);
        let billing = json!({ "billedDurationInMilliseconds": duration_ms, "billedMemoryUsedInMB": memory_mb });
        answer.insert("billingDetails".to_owned(), billing);
        Value::Object(answer)
    }

    fn common(&self, progress: &Progress, with_data: bool) -> Map<String, Value> {
        let mut answer = Map::new();
        let mut set = |name: &str, value: Value| answer.insert(name.to_owned(), value);
        set("executionArn", json!(self.facts.arn));
        set("stateMachineArn", json!(self.facts.machine_arn));
        set("name", json!(self.facts.name));
        set("status", json!(progress.status.name()));
        set("startDate", seconds(self.facts.started_ms));
        if let Some(at) = progress.stopped_ms {
            set("stopDate", seconds(at));
        }
        let included = json!({ "included": with_data });
        if with_data {
            set("input", json!(self.facts.input));
        }
        set("inputDetails", included.clone());
        if let Some(output) = &progress.output {
            if with_data {
                set("output", json!(output));
            }
            set("outputDetails", included);
        }
        if let Some(error) = &progress.error {
            set("error", json!(error));
        }
        if let Some(cause) = &progress.cause {
            set("cause", json!(cause));
        }
        if let Some(header) = &self.facts.trace_header {
            set("traceHeader", json!(header));
        }
        answer
    }
}

/// `ExecutionListItem`, from times in milliseconds since 1970.
pub(super) fn list_item(
    arn: &str,
    machine_arn: &str,
    name: &str,
    status: &str,
    (started_ms, stopped_ms): (i64, Option<i64>),
) -> Value {
    let mut item = json!({
        "executionArn": arn,
        "stateMachineArn": machine_arn,
        "name": name,
        "status": status,
        "startDate": seconds(started_ms),
        "redriveCount": 0,
    });
    if let (Some(at), Some(members)) = (stopped_ms, item.as_object_mut()) {
        members.insert("stopDate".to_owned(), seconds(at));
    }
    item
}
