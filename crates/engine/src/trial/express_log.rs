//! The log group of a machine, read as histories.
//!
//! An EXPRESS execution has no history of its own: what Step Functions writes into the log group is the only record, late
//! and on a best effort. Of a STANDARD one it is the record that costs the fewest calls. <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::pace::{Cancel, Pace};
use super::run_clock::RunClock;
use crate::asl::trace::{HistoryEvent, is_complete};
use crate::cloud::{Cloud, CloudError, ErrorClass, LogQuery};
use crate::model::LogEvent;

/// Events by the ARN of their execution, in order.
pub(super) type Histories = BTreeMap<String, Vec<HistoryEvent>>;

/// Histories as a log is read. A line that is no event of an execution (a handler's output in a shared group) is passed over. Of
/// execution data only what an execution gave is kept, and what its Choice states were given.
#[derive(Default)]
pub(super) struct Gathered(BTreeMap<String, BTreeMap<i64, HistoryEvent>>);

impl Gathered {
    /// Takes in a page.
    pub(super) fn take(&mut self, lines: &[LogEvent]) {
        for line in lines {
            let Some((arn, mut event)) = HistoryEvent::from_log_line(&line.message) else { continue };
            event.input.take_if(|_| event.event_type != "ChoiceStateEntered");
            event.output.take_if(|_| event.event_type != "ExecutionSucceeded");
            self.0.entry(arn).or_default().insert(event.id, event);
        }
    }

    /// Executions by ARN.
    pub(super) fn histories(self) -> Histories {
        self.0.into_iter().map(|(arn, events)| (arn, events.into_values().collect())).collect()
    }
}

/// What an execution gave; none when that is not there, or was cut off for being long.
pub(super) fn output(events: &[HistoryEvent]) -> Option<Value> {
    let succeeded = events.iter().rfind(|event| event.event_type == "ExecutionSucceeded")?;
    serde_json::from_str(&succeeded.output.as_ref()?.text).ok()
}

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
        let mut gathered = Gathered::default();
        let mut take = |page: Vec<LogEvent>| gathered.take(&page);
        let read = tokio::select! {
            read = cloud.log_pages(LogQuery { group, since_ms, ..LogQuery::default() }, &mut take) => read,
            () = cancel.wait() => return Ok(Histories::new()),
        };
        if let Err(error) = read
            && error.class != ErrorClass::NotFound
        {
            return Err(error);
        }
        let mut found = gathered.histories();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Of lines that come in pages of one each.
    fn histories(lines: &[LogEvent]) -> Histories {
        let mut gathered = Gathered::default();
        lines.chunks(1).for_each(|page| gathered.take(page));
        gathered.histories()
    }

    fn line(id: i64, event_type: &str, details: &str) -> LogEvent {
        let previous = id - 1;
        LogEvent {
            id: String::new(),
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
        let (id, stream) = (String::new(), String::new());
        let noise = LogEvent { id, timestamp_ms: 0, stream, message: "START RequestId".to_owned() };
        let lines = [
            line(3, "PassStateExited", r#"{"name":"A","output":"{}"}"#),
            line(2, "PassStateEntered", r#"{"name":"A","input":"{}"}"#),
            noise,
            line(1, "ExecutionStarted", "{}"),
            line(2, "PassStateEntered", r#"{"name":"A","input":"{}"}"#),
            line(4, "ExecutionFailed", r#"{"error":"E","cause":"c"}"#),
        ];
        let reported = histories(&lines);
        let events = &reported["arn:e"];
        assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(events[1].name.as_deref(), Some("A"));
        assert_eq!(events[1].timestamp_ms, 1_700_000_000_002);
        assert_eq!(events[3].error.as_deref(), Some("E"));
        assert!(is_complete(events));
        assert_eq!(output(events), None);
    }

    #[test]
    fn an_output_is_read_and_one_that_was_cut_off_is_not() {
        let output_of = |text: &str| {
            let details = serde_json::json!({"output": text}).to_string();
            output(&histories(&[line(9, "ExecutionSucceeded", &details)])["arn:e"])
        };
        assert_eq!(output_of(r#"{"status":"COMPLETED"}"#), Some(serde_json::json!({"status": "COMPLETED"})));
        assert_eq!(output_of(r#"{"status":"COMPL"#), None);
    }
}
