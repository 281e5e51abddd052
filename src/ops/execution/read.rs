//! An execution's events: its history, or what its machine wrote into its log.

use std::collections::BTreeMap;

use super::super::failure::Failure;
use super::machine::OwnMachine;
use crate::asl::trace::{End, HistoryEvent, Trace, is_complete};
use crate::asl::{self, Outline, Syntax};
use crate::cloud::{ErrorClass, LogQuery};
use crate::model::{Execution, ExecutionStatus};

/// An execution as a log tells of it.
#[derive(Clone, Debug)]
pub(crate) struct LoggedExecution {
    pub(crate) arn: String,
    /// In order.
    pub(crate) events: Vec<HistoryEvent>,
}

/// What an execution did, in which machine, and what is not known of it.
pub(crate) struct Reported {
    pub(crate) trace: Trace,
    pub(crate) outline: Outline,
    pub(crate) notes: Vec<String>,
}

impl Reported {
    /// The states that were entered; none where nothing tells of them.
    pub(crate) fn path(&self) -> Option<Vec<String>> {
        let path: Vec<String> = self.trace.path().map(str::to_owned).collect();
        (!path.is_empty()).then_some(path)
    }
}

/// The whole of a log.
pub(crate) const ALWAYS: (i64, Option<i64>) = (0, None);

/// The executions that the lines of a machine's log tell of which a filter takes, written then or later, and then or before.
///
/// # Errors
/// When the group cannot be read; one that is not there is empty.
pub(crate) async fn logged(
    machine: &OwnMachine,
    filter: &str,
    (since_ms, until_ms): (i64, Option<i64>),
) -> Result<Vec<LoggedExecution>, Failure> {
    let Some(group) = machine.log_group() else { return Ok(Vec::new()) };
    let query = LogQuery { group, filter, since_ms, until_ms };
    let lines = match machine.cloud.logs(query).await {
        Ok(lines) => lines,
        Err(error) if error.class == ErrorClass::NotFound => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let mut found: BTreeMap<String, BTreeMap<i64, HistoryEvent>> = BTreeMap::new();
    let own = format!(":{}:", machine.name);
    for line in lines {
        let Some((arn, event)) = HistoryEvent::from_log_line(&line.message) else { continue };
        // Several machines may share a group.
        if arn.contains(&own) {
            found.entry(arn).or_default().insert(event.id, event);
        }
    }
    Ok(found.into_iter().map(|(arn, events)| LoggedExecution { arn, events: events.into_values().collect() }).collect())
}

impl LoggedExecution {
    /// The execution's name: `…:express:<machine>:<name>:<id>`.
    pub(crate) fn name(&self) -> &str {
        self.arn.split(':').nth(7).unwrap_or_default()
    }

    /// When its last known event was.
    pub(crate) fn last_ms(&self) -> i64 {
        self.events.iter().map(|event| event.timestamp_ms).max().unwrap_or_default()
    }

    /// The execution as its events tell of it; none where its first and its last one are missing.
    pub(crate) fn execution(&self) -> Option<Execution> {
        let trace = Trace::of(&Outline::default(), &self.events);
        if trace.started_ms.is_none() && trace.end.is_none() {
            return None;
        }
        let status = match trace.end {
            None => ExecutionStatus::Running,
            Some(End::Succeeded) => ExecutionStatus::Succeeded,
            Some(End::TimedOut) => ExecutionStatus::TimedOut,
            Some(End::Aborted) => ExecutionStatus::Aborted,
            Some(End::Failed | End::Caught) => ExecutionStatus::Failed,
        };
        let (error, cause) = trace.error.map(|error| (error.error, error.cause)).unwrap_or_default();
        Some(Execution {
            status,
            started_ms: trace.started_ms.or(trace.ended_ms).unwrap_or_default(),
            stopped_ms: trace.ended_ms,
            output: trace.output.and_then(|output| serde_json::from_str(&output.text).ok()),
            error,
            cause,
            ..self.unknown()
        })
    }

    /// The execution, where nothing is known of its beginning or end.
    pub(crate) fn unknown(&self) -> Execution {
        Execution {
            arn: self.arn.clone(),
            name: self.name().to_owned(),
            status: ExecutionStatus::Running,
            started_ms: self.events.iter().map(|event| event.timestamp_ms).min().unwrap_or_default(),
            stopped_ms: None,
            output: None,
            error: None,
            cause: None,
        }
    }
}

/// What an execution did.
///
/// # Errors
/// When its history cannot be read.
pub(crate) async fn reported(
    machine: &OwnMachine,
    execution: &Execution,
    logged: Option<&LoggedExecution>,
) -> Result<Reported, Failure> {
    let mut notes = Vec::new();
    let (definition, events) = if let Some(logged) = logged {
        notes.extend(gaps(machine, logged, execution.status));
        (machine.content.definition.to_string(), logged.events.clone())
    } else {
        let arn = &execution.arn;
        let (definition, events) =
            tokio::join!(machine.cloud.execution_definition(arn), machine.cloud.history(arn, true));
        // Other endpoints than AWS may not know which definition an execution had.
        (definition.unwrap_or_else(|_| machine.content.definition.to_string()), events?)
    };
    let outline = asl::outline(&definition, Syntax::Json).unwrap_or_default();
    if outline.states.is_empty() {
        notes.push("the machine's definition cannot be read: branches are told apart by the events alone".to_owned());
    }
    Ok(Reported { trace: Trace::of(&outline, &events), outline, notes })
}

/// What a log does not tell.
fn gaps(machine: &OwnMachine, logged: &LoggedExecution, status: ExecutionStatus) -> Option<String> {
    let logging = machine.content.logging.as_ref()?;
    if logging.level != "ALL" {
        return Some(format!(
            "`{}` logs at level {}: states that did not fail are not known; level ALL tells of all",
            machine.name, logging.level
        ));
    }
    if !is_complete(&logged.events) && status.is_terminal() {
        return Some(
            "the log is not complete: events come late and now and then not at all; look again in a moment".to_owned(),
        );
    }
    (!logging.include_execution_data).then(|| format!("`{}` logs no inputs and outputs", machine.name))
}
