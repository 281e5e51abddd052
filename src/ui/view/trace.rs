//! `trace`.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::asl::trace::End;
use crate::cause::Cause;
use crate::model::{MachineType, UserName};

/// One execution.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExecutionView {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub user: UserName,
    /// The machine, without the user's prefix.
    pub machine: String,
    /// STANDARD or EXPRESS.
    #[serde(rename = "type")]
    pub machine_type: MachineType,
    /// `SUCCEEDED`, ….
    pub status: &'static str,
    /// The outcome's name; the status where the machine names none.
    pub outcome: Arc<str>,
    /// When it began.
    pub started: String,
    /// How long it took; none while it runs.
    pub ms: Option<u64>,
    /// Why it did not do what it should, where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Cause>>,
}

/// Execution data as it was kept: JSON text, which is read when it is shown. A long history has a great deal of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceData(Option<Arc<str>>);

impl TraceData {
    /// Data, or none where none was kept.
    pub fn of(text: Option<Arc<str>>) -> Self {
        Self(text)
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// As it was kept.
    pub fn text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// As JSON; what was cut off is text, and none is null.
    pub fn value(&self) -> Value {
        let Some(text) = &self.0 else { return Value::Null };
        serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_string()))
    }
}

impl Serialize for TraceData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

/// One stay in a state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TraceState {
    /// The state.
    pub name: String,
    /// The event that entered it.
    pub id: i64,
    /// `Task`, `Choice`, ….
    #[serde(rename = "type")]
    pub state_type: String,
    /// The Parallel or Map around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The event that entered that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<i64>,
    /// Which branch of a Parallel, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<usize>,
    /// Which iteration of a Map, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iteration: Option<usize>,
    /// When it was entered.
    pub entered: Option<String>,
    /// How long it lasted; none while it does.
    pub ms: Option<u64>,
    /// How it ended; none while it lasts.
    pub end: Option<End>,
    /// Whether the execution would have been over sooner without it.
    pub critical: bool,
    /// Every try of a Task's work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<TraceAttempt>,
    /// The error it ended with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was said about that error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The state to which the catcher led.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caught_by: Option<String>,
    /// What it was given.
    pub input: TraceData,
    /// What it gave.
    pub output: TraceData,
    /// What its handlers wrote.
    pub log: Vec<TraceLogLine>,
    /// How many states are around it.
    #[serde(skip)]
    pub depth: usize,
    /// Milliseconds after the execution's start.
    #[serde(skip)]
    pub at_ms: u64,
}

/// One try of a Task's work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TraceAttempt {
    /// How long it took; none while it lasts.
    pub ms: Option<u64>,
    /// The error it ended with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was said about that error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// How long after its end the next one began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_in_ms: Option<u64>,
    /// How many there may be, by the definition.
    #[serde(skip)]
    pub most: u64,
    /// Milliseconds after the execution's start.
    #[serde(skip)]
    pub at_ms: u64,
}

/// A line of a handler's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceLogLine {
    /// When it was written.
    pub at: String,
    /// The line.
    pub text: String,
}

/// `trace`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TraceView {
    /// The execution.
    pub execution: ExecutionView,
    /// Its states in the order of reading: what is inside of one follows it.
    pub states: Vec<TraceState>,
    /// What is worth knowing beside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The trace in another format, where that was asked for and no file was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exported: Option<TraceData>,
    /// The file that the picture or the export was written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// The picture, where one was asked for and no file was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Whether inputs, outputs and logs are shown whole.
    #[serde(skip)]
    pub full: bool,
    /// Whether states were left out that did not fail.
    #[serde(skip)]
    pub only_failed: bool,
}
