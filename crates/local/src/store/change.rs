//! One change of the store, as it is queued and kept in the journal.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// One change of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Change {
    /// A document.
    Put { table: Cow<'static, str>, key: String, value: String },
    /// A document goes.
    Delete { table: Cow<'static, str>, key: String },
    /// All documents of a table go whose keys begin so.
    DeleteAll { table: Cow<'static, str>, prefix: String },
    /// An execution.
    Execution(Box<ExecutionRow>),
    /// An execution goes, with its history.
    DeleteExecution { number: u64 },
    /// All executions of a machine go, with their histories.
    DeleteExecutions { machine: String },
    /// Executions go that were over before this time (milliseconds since 1970), with their histories.
    DeleteExecutionsBefore { stopped_ms: i64 },
    /// Events of an execution's history, numbered from `first` to `last`, one on a line.
    History { execution: u64, first: i64, last: i64, lines: String },
    /// Events of a log stream, framed; the first has the id `first`.
    Log { stream: u64, first: i64, span: LogSpan, frames: String },
    /// Rows of a log stream go whose events are all older than this (milliseconds since 1970); without a time all.
    DeleteLog { stream: u64, before: Option<i64> },
}

/// An execution as it is kept: what is looked for, and all of it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionRow {
    /// Counts the starts of this store.
    pub number: u64,
    /// Its ARN.
    pub arn: String,
    /// Its state machine's ARN.
    pub machine: String,
    /// `RUNNING`, `SUCCEEDED`, …
    pub status: Cow<'static, str>,
    /// Milliseconds since 1970.
    pub started_ms: i64,
    /// Milliseconds since 1970.
    pub stopped_ms: Option<i64>,
    /// JSON text.
    pub record: String,
}

/// The times of some events of a log stream, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSpan {
    /// When the first happened.
    pub earliest: i64,
    /// When the last happened.
    pub latest: i64,
    /// When the last was taken in.
    pub taken: i64,
}

impl LogSpan {
    /// The times of these and others.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            earliest: self.earliest.min(other.earliest),
            latest: self.latest.max(other.latest),
            taken: self.taken.max(other.taken),
        }
    }
}

/// What a change replaces.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject<'change> {
    Document(&'change str, &'change str),
    Execution(u64),
}

impl Change {
    /// Whether it makes the store smaller.
    pub(super) fn deletes(&self) -> bool {
        match self {
            Self::Put { .. } | Self::Execution(_) | Self::History { .. } | Self::Log { .. } => false,
            Self::Delete { .. }
            | Self::DeleteAll { .. }
            | Self::DeleteExecution { .. }
            | Self::DeleteExecutions { .. }
            | Self::DeleteExecutionsBefore { .. }
            | Self::DeleteLog { .. } => true,
        }
    }

    /// What it replaces as a whole.
    pub(super) fn subject(&self) -> Option<Subject<'_>> {
        match self {
            Self::Put { table, key, .. } | Self::Delete { table, key } => Some(Subject::Document(table, key)),
            Self::Execution(row) => Some(Subject::Execution(row.number)),
            Self::DeleteExecution { number } => Some(Subject::Execution(*number)),
            _ => None,
        }
    }

    /// Bytes of events in it.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::History { lines, .. } => lines.len(),
            Self::Log { frames, .. } => frames.len(),
            _ => 0,
        }
    }
}
