//! What AWS would write into the log group of a machine.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html>

use std::sync::Arc;

use serde_json::{Value, json};

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
            execution_arn: execution_arn.to_owned(),
            sink: Arc::clone(sink),
        })
    }

    /// Writes those of the events that the level asks for.
    pub(super) fn write(&self, events: &[Event]) {
        let messages: Vec<(i64, String)> = events
            .iter()
            .filter(|event| is_logged(self.level, event.event_type))
            .map(|event| (event.timestamp_ms, self.line(event)))
            .collect();
        if !messages.is_empty() {
            self.sink.write(&self.region, &self.group, &self.stream, &messages, false);
        }
    }

    fn line(&self, event: &Event) -> String {
        let mut details = event.details.as_ref().map_or_else(|| json!({}), |(_, details)| details.value().clone());
        if let Some(members) = details.as_object_mut().filter(|_| !self.include_data) {
            members.retain(|name, _| !DATA.contains(&name.as_str()));
        }
        let line: Value = json!({
            "id": event.id.to_string(),
            "type": event.event_type,
            "details": details,
            "redrive_count": "0",
            "previous_event_id": event.previous_id.to_string(),
            "event_timestamp": event.timestamp_ms.to_string(),
            "execution_arn": self.execution_arn,
        });
        line.to_string()
    }
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
