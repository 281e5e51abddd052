//! What AWS would write into the log group of a machine.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html>

use std::sync::Arc;

use serde_json::{Map, Value};

use super::logging::{Level, Logging};
use crate::service::LogSink;
use labctl_asl::Event;

/// Members of event details that are execution data.
const DATA: [&str; 7] = ["input", "inputDetails", "output", "outputDetails", "parameters", "cause", "taskCredentials"];

/// Writes one execution's events.
pub(super) struct Logger {
    level: Level,
    include_data: bool,
    region: String,
    group: String,
    stream: String,
    /// As JSON text.
    execution_arn: String,
    sink: Arc<dyn LogSink>,
}

impl Logger {
    /// The logger that the configuration asks for, if it asks for one.
    pub(super) fn new(
        logging: &Logging,
        machine: &str,
        execution_arn: &str,
        started_ms: i64,
        sink: &Arc<dyn LogSink>,
    ) -> Option<Self> {
        if logging.level == Level::Off {
            return None;
        }
        let (region, group) = logging.group()?;
        let minute = jiff::Timestamp::from_millisecond(started_ms)
            .map(|at| at.strftime("%Y-%m-%d-%H-%M").to_string())
            .unwrap_or_default();
        Some(Self {
            level: logging.level,
            include_data: logging.include_data,
            region: region.to_owned(),
            group: group.to_owned(),
            stream: format!("states/{machine}/{minute}/{:08x}", stream_number(machine)),
            execution_arn: Value::from(execution_arn).to_string(),
            sink: Arc::clone(sink),
        })
    }

    /// Whether it writes to this group.
    pub(super) fn writes_to(&self, region: &str, group: &str) -> bool {
        self.region == region && self.group == group
    }

    /// The time (milliseconds since 1970) and the text of an event, if the level asks for it. `details` are the event's, as JSON text.
    pub(super) fn message(&self, event: &Event, details: Option<String>) -> Option<(i64, String)> {
        if !is_logged(self.level, event.event_type) {
            return None;
        }
        let details = match details {
            None => "{}".to_owned(),
            Some(details) if self.include_data => details,
            Some(_) => event.details.as_ref().map_or_else(|| "{}".to_owned(), |(_, details)| without_data(details)),
        };
        let (id, kind, previous, at) = (event.id, event.event_type, event.previous_id, event.timestamp_ms);
        let text = format!(
            "{{\"id\":\"{id}\",\"type\":\"{kind}\",\"details\":{details},\"redrive_count\":\"0\",\"previous_event_id\":\"{previous}\",\
             \"event_timestamp\":\"{at}\",\"execution_arn\":{}}}",
            self.execution_arn,
        );
        Some((at, text))
    }

    /// Writes messages to the log group.
    pub(super) fn write(&self, messages: Vec<(i64, String)>) {
        self.sink.write(&self.region, &self.group, &self.stream, messages, false);
    }
}

/// Details without execution data, as JSON text.
fn without_data(details: &Value) -> String {
    let members = details.as_object().into_iter().flatten();
    let rest: Map<String, Value> = members
        .filter(|(name, _)| !DATA.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Value::Object(rest).to_string()
}

/// One stream per machine and minute: the number only has to be the same each time.
fn stream_number(machine: &str) -> u32 {
    machine.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn is_logged(level: Level, event_type: &str) -> bool {
    let is_fatal = matches!(event_type, "ExecutionFailed" | "ExecutionAborted" | "ExecutionTimedOut");
    match level {
        Level::All => true,
        Level::Off => false,
        Level::Fatal => is_fatal,
        Level::Error => {
            is_fatal
                || event_type == "FailStateEntered"
                || ["Failed", "Aborted", "TimedOut"].iter().any(|end| event_type.ends_with(end))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_choose_by_the_kind_of_event() {
        let logged = |level| {
            ["ExecutionStarted", "TaskFailed", "FailStateEntered", "ExecutionFailed", "PassStateEntered"]
                .into_iter()
                .filter(|event| is_logged(level, event))
                .collect::<Vec<_>>()
        };
        assert_eq!(logged(Level::All).len(), 5);
        assert_eq!(logged(Level::Error), ["TaskFailed", "FailStateEntered", "ExecutionFailed"]);
        assert_eq!(logged(Level::Fatal), ["ExecutionFailed"]);
        assert!(logged(Level::Off).is_empty());
    }
}
