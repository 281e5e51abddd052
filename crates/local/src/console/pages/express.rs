//! Executions of EXPRESS machines: what their log group has of them.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-view-execution-details.html>

use std::collections::BTreeMap;

use labctl_asl::trace::HistoryEvent;
use serde_json::{Value, json};

use super::state_machine::Machine;
use super::words::{LOG_PAGES, came_to, lasted, pretty, status, when};
use crate::console::ask::{Ask, Refusal};
use crate::member::Member as _;

/// Streams that are read for the latest executions; there is one for each minute.
const STREAMS: i64 = 5;
/// Events that are read of each.
const EVENTS: i64 = 2_000;
/// Executions on a page.
const MOST: usize = 25;
/// Events of one execution at the most.
const OF_ONE: usize = 25_000;

/// An execution as far as its log tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Logged {
    pub(super) arn: String,
    pub(super) started_ms: Option<i64>,
    pub(super) stopped_ms: Option<i64>,
    pub(super) status: &'static str,
    pub(super) input: Option<String>,
    pub(super) output: Option<String>,
    pub(super) error: Option<String>,
    pub(super) cause: Option<String>,
}

impl Logged {
    fn take(&mut self, event: &HistoryEvent) {
        let ended = match event.event_type.as_str() {
            "ExecutionStarted" => {
                self.started_ms = Some(event.timestamp_ms);
                self.input = event.input.as_ref().map(|input| input.text.to_string());
                return;
            }
            "ExecutionSucceeded" => "SUCCEEDED",
            "ExecutionFailed" => "FAILED",
            "ExecutionTimedOut" => "TIMED_OUT",
            "ExecutionAborted" => "ABORTED",
            _ => return,
        };
        (self.status, self.stopped_ms) = (ended, Some(event.timestamp_ms));
        self.output = event.output.as_ref().map(|output| output.text.to_string());
        (self.error, self.cause) = (event.error.clone(), event.cause.clone());
    }

    /// The name, and the id that tells executions of one name apart: as one step of a path.
    pub(super) fn step(&self) -> &str {
        self.arn.splitn(8, ':').nth(7).unwrap_or_default()
    }
}

/// The executions of events, in the order in which they began.
pub(super) fn executions<'event>(events: impl Iterator<Item = (&'event str, &'event HistoryEvent)>) -> Vec<Logged> {
    let mut found: BTreeMap<&str, Logged> = BTreeMap::new();
    for (arn, event) in events {
        let logged =
            found.entry(arn).or_insert_with(|| Logged { arn: arn.to_owned(), status: "RUNNING", ..Logged::default() });
        logged.take(event);
    }
    let mut found: Vec<Logged> = found.into_values().collect();
    found.sort_by_key(|logged| logged.started_ms);
    found
}

async fn latest(ask: &Ask<'_>, group: &str) -> Result<Vec<Logged>, Refusal> {
    let input = json!({"logGroupName": group, "orderBy": "LastEventTime", "descending": true, "limit": STREAMS});
    let streams = ask.call("logs", "DescribeLogStreams", input).await?;
    let mut lines = Vec::new();
    for stream in streams.member("logStreams").as_array().into_iter().flatten() {
        let input = json!({"logGroupName": group, "logStreamName": stream.member("logStreamName"), "limit": EVENTS});
        let events = ask.call("logs", "GetLogEvents", input).await?;
        lines.extend(events.member("events").as_array().into_iter().flatten().filter_map(of_line));
    }
    let mut found = executions(lines.iter().map(|(arn, event)| (arn.as_str(), event)));
    // What began before the first event that was read has no beginning here.
    found.retain(|logged| logged.started_ms.is_some());
    found.reverse();
    Ok(found)
}

fn of_line(event: &Value) -> Option<(String, HistoryEvent)> {
    HistoryEvent::from_log_line(event.member("message").as_str()?)
}

/// The latest executions, newest first.
pub(super) async fn listed(ask: &Ask<'_>, machine: &Machine) -> Result<Value, Refusal> {
    let Some(group) = machine.log_group() else {
        let note = "This machine logs nothing, so nothing is known of its executions. Logging with the level ALL changes that.";
        return Ok(json!({"rows": [], "next": null, "note": note}));
    };
    let found = latest(ask, group).await?;
    let rows = found.iter().take(MOST).map(|logged| {
        let (word, class) = status(logged.status);
        let step = logged.step();
        json!({
            "name": step.split(':').next(), "path": ask.path(&["machines", &machine.name, "executions", step]),
            "status": word, "class": class, "outcome": came_to(logged.output.as_deref(), logged.error.as_deref()),
            "started": logged.started_ms.map(when), "stopped": logged.stopped_ms.map(when),
            "duration": logged.started_ms.zip(logged.stopped_ms).map(|(from, to)| lasted(from, to)),
        })
    });
    let note = (found.len() > MOST).then(|| format!("The latest {MOST}; the log group has them all."));
    Ok(json!({"rows": rows.collect::<Vec<_>>(), "next": null, "note": note}))
}

/// The input of the latest execution.
pub(super) async fn last_input(ask: &Ask<'_>, machine: &Machine) -> Option<String> {
    let found = latest(ask, machine.log_group()?).await.ok()?;
    found.first()?.input.as_deref().map(pretty)
}

/// Everything that the log has of one execution, by the step of its path, in the order of the events' numbers.
pub(super) async fn events(
    ask: &Ask<'_>,
    machine: &Machine,
    step: &str,
) -> Result<Vec<(Value, HistoryEvent)>, Refusal> {
    let group = machine.log_group().ok_or(Refusal::NotFound)?;
    let arn = ask.arn("states", &format!("express:{}:{step}", machine.name));
    // A quote would end the pattern's text; no ARN has one.
    if arn.contains(['"', '\\']) {
        return Err(Refusal::NotFound);
    }
    let input = json!({"logGroupName": group, "filterPattern": format!("{{ $.execution_arn = \"{arn}\" }}")});
    let found = ask.all("logs", "FilterLogEvents", input, "events", LOG_PAGES, OF_ONE).await?;
    let mut events: Vec<(Value, HistoryEvent)> = found
        .iter()
        .filter_map(|event| {
            let line = serde_json::from_str(event.member("message").as_str()?).ok()?;
            Some((line, of_line(event)?.1))
        })
        .collect();
    events.sort_by_key(|(_, event)| event.id);
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_what_its_events_say() {
        let arn = "arn:aws:states:us-east-1:000000000000:express:m:n:id";
        let event = |id, event_type: &str, ms| HistoryEvent {
            id,
            event_type: event_type.to_owned(),
            timestamp_ms: ms,
            output: (id == 3).then(|| r#"{"status": "OK"}"#.into()),
            ..HistoryEvent::default()
        };
        let events =
            [event(1, "ExecutionStarted", 10), event(2, "PassStateEntered", 11), event(3, "ExecutionSucceeded", 30)];
        let found = executions(events.iter().map(|event| (arn, event)));
        assert_eq!((found.len(), found[0].status, found[0].step()), (1, "SUCCEEDED", "n:id"));
        assert_eq!((found[0].started_ms, found[0].stopped_ms), (Some(10), Some(30)));
        let running = executions(events[..1].iter().map(|event| (arn, event)));
        assert_eq!(running[0].status, "RUNNING");
    }
}
