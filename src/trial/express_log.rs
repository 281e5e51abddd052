//! The log group of a machine, read as histories.
//!
//! An EXPRESS execution has no history of its own: what Step Functions writes into the log group is the only record, late
//! and on a best effort. Of a STANDARD one it is the record that costs the fewest calls. <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::pace::{Cancel, Pace};
use super::run_clock::RunClock;
use crate::cloud::{Cloud, CloudError, ErrorClass};
use crate::model::{HistoryEvent, LogEvent};

/// One line as Step Functions writes it; numbers come as text.
#[derive(Deserialize)]
struct Line {
    id: Value,
    #[serde(rename = "type")]
    event_type: String,
    #[serde(default)]
    details: Details,
    previous_event_id: Value,
    event_timestamp: Value,
    execution_arn: String,
}

#[derive(Default, Deserialize)]
struct Details {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    cause: Option<String>,
    #[serde(default)]
    output: Option<String>,
}

/// What the log tells of one execution.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Its events in order.
    pub(super) events: Vec<HistoryEvent>,
    /// Its output; none when it is not there, or was cut off for being long.
    pub(super) output: Option<Value>,
}

/// Executions by ARN. A line that is no event of an execution (a handler's output in a shared group) is passed over.
pub(super) fn told(lines: &[LogEvent]) -> BTreeMap<String, Told> {
    let mut histories: BTreeMap<String, (BTreeMap<i64, HistoryEvent>, Option<Value>)> = BTreeMap::new();
    for line in lines {
        let Ok(line) = serde_json::from_str::<Line>(&line.message) else { continue };
        let (Some(id), Some(previous_id)) = (number(&line.id), number(&line.previous_event_id)) else { continue };
        let (events, output) = histories.entry(line.execution_arn).or_default();
        if line.event_type == "ExecutionSucceeded" {
            *output = line.details.output.as_deref().and_then(|output| serde_json::from_str(output).ok());
        }
        let is_state = line.event_type.ends_with("StateEntered") || line.event_type.ends_with("StateExited");
        let event = HistoryEvent {
            id,
            previous_id,
            timestamp_ms: number(&line.event_timestamp).unwrap_or(0),
            state: line.details.name.filter(|_| is_state),
            error: line.details.error,
            cause: line.details.cause,
            event_type: line.event_type,
        };
        events.insert(id, event);
    }
    let told = |(events, output): (BTreeMap<_, _>, _)| Told { events: events.into_values().collect(), output };
    histories.into_iter().map(|(arn, lines)| (arn, told(lines))).collect()
}

/// Whether every event from the first to the last has arrived.
pub(super) fn is_complete(events: &[HistoryEvent]) -> bool {
    let over = events.last().is_some_and(|event| {
        matches!(
            event.event_type.as_str(),
            "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted"
        )
    });
    over && events.iter().zip(1..).all(|(event, id)| event.id == id)
}

/// Events by the ARN of their execution.
pub(super) type Histories = BTreeMap<String, Vec<HistoryEvent>>;

/// Which executions a log shall tell of.
#[derive(Clone, Copy)]
pub(super) struct Awaited<'a> {
    pub(super) group: &'a str,
    /// No event of them is older.
    pub(super) since_ms: i64,
    pub(super) arns: &'a BTreeSet<String>,
}

/// Waits until the log holds these executions completely, at most `pace.log_patience`. What is incomplete by then is left
/// out. A group that is not there yet counts as empty.
pub(super) async fn await_histories(
    cloud: &dyn Cloud,
    Awaited { group, since_ms, arns }: Awaited<'_>,
    (pace, clock): (Pace, &RunClock),
    cancel: &Cancel,
) -> Result<Histories, CloudError> {
    let begun = clock.elapsed();
    let mut length = pace.first;
    loop {
        let lines = match cloud.logs(group, "", since_ms).await {
            Ok(lines) => lines,
            Err(error) if error.class == ErrorClass::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut found: BTreeMap<_, _> = told(&lines).into_iter().map(|(arn, told)| (arn, told.events)).collect();
        found.retain(|arn, events| arns.contains(arn) && is_complete(events));
        if found.len() == arns.len()
            || clock.elapsed() >= begun + pace.log_patience
            || clock.pause(cancel, length).await
        {
            return Ok(found);
        }
        length = pace.longer(length);
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: i64, event_type: &str, details: &str) -> LogEvent {
        let previous = id - 1;
        LogEvent {
            timestamp_ms: 0,
            stream: "states/m/2026-11-22-10-00/abc".to_owned(),
            message: format!(
                r#"{{"id":"{id}","type":"{event_type}","details":{details},"redrive_count":"0",
                "previous_event_id":"{previous}","event_timestamp":"170000000000{id}","execution_arn":"arn:e"}}"#
            ),
        }
    }

    #[test]
    fn lines_in_any_order_become_a_history() {
        let noise = LogEvent { timestamp_ms: 0, stream: String::new(), message: "START RequestId".to_owned() };
        let lines = [
            line(3, "PassStateExited", r#"{"name":"A","output":"{}"}"#),
            line(2, "PassStateEntered", r#"{"name":"A","input":"{}"}"#),
            noise,
            line(1, "ExecutionStarted", "{}"),
            line(2, "PassStateEntered", r#"{"name":"A","input":"{}"}"#),
            line(4, "ExecutionFailed", r#"{"error":"E","cause":"c"}"#),
        ];
        let told = told(&lines);
        let events = &told["arn:e"].events;
        assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(events[1].state.as_deref(), Some("A"));
        assert_eq!(events[1].timestamp_ms, 1_700_000_000_002);
        assert_eq!(events[3].error.as_deref(), Some("E"));
        assert!(is_complete(events));
        assert!(!is_complete(&events[..3]), "no end yet");
        assert!(!is_complete(&events[1..]), "no beginning yet");
        assert_eq!(told["arn:e"].output, None);
    }

    #[test]
    fn an_output_is_read_and_one_that_was_cut_off_is_not() {
        let output = |text: &str| {
            let details = serde_json::json!({"output": text}).to_string();
            told(&[line(9, "ExecutionSucceeded", &details)])["arn:e"].output.clone()
        };
        assert_eq!(output(r#"{"status":"COMPLETED"}"#), Some(serde_json::json!({"status": "COMPLETED"})));
        assert_eq!(output(r#"{"status":"COMPL"#), None);
    }
}
