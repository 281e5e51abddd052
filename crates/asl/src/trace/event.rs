//! One event: of a history, or a line of a log.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>,
//! <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>

use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// One event, in the fields that a trace reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryEvent {
    /// Counted from 1.
    pub id: i64,
    /// The event this one follows; 0 for the first.
    pub previous_id: i64,
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// `TaskStateEntered`, `LambdaFunctionFailed`, …
    pub event_type: String,
    /// The state's name on `…StateEntered`, `…StateExited` and `EvaluationFailed`, the Map's on `MapIteration…`.
    pub name: Option<String>,
    /// The iteration on `MapIteration…`, from 0.
    pub index: Option<u64>,
    /// What a state, an integration (its arguments) or the execution was given, as JSON text.
    pub input: Option<EventData>,
    /// What a state, a task or the execution gave, as JSON text.
    pub output: Option<EventData>,
    /// What a task calls: `lambda:invoke`, or a function's ARN.
    pub resource: Option<String>,
    /// The function it calls, by its name or ARN, on events that tell of a call.
    pub function: Option<String>,
    /// The error on failure events.
    pub error: Option<String>,
    /// The cause on failure events.
    pub cause: Option<String>,
}

/// Execution data, as far as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventData {
    /// JSON text.
    pub text: Arc<str>,
    /// Whether it was cut off, so that the text is no JSON.
    pub truncated: bool,
}

impl From<&str> for EventData {
    fn from(text: &str) -> Self {
        Self { text: text.into(), truncated: false }
    }
}

impl HistoryEvent {
    /// The execution's ARN and its event, of one line as Step Functions writes it into a log group; none for any other line.
    pub fn from_log_line(line: &str) -> Option<(String, Self)> {
        let line: LogLine = serde_json::from_str(line).ok()?;
        let event = Self {
            id: number(&line.id)?,
            previous_id: number(&line.previous_event_id)?,
            timestamp_ms: number(&line.event_timestamp).unwrap_or(0),
            ..line.details.event(line.event_type)
        };
        Some((line.execution_arn, event))
    }

    /// Whether it tells of a failure, which a Catch then caught if the state was exited after it.
    pub(super) fn is_failure(&self) -> bool {
        self.event_type.ends_with("Failed") || self.event_type.ends_with("TimedOut")
    }
}

/// Whether every event from the first to the last is there, in this order.
pub fn is_complete(events: &[HistoryEvent]) -> bool {
    let is_end = |event: &HistoryEvent| {
        matches!(
            event.event_type.as_str(),
            "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted"
        )
    };
    events.last().is_some_and(is_end) && events.iter().zip(1..).all(|(event, id)| event.id == id)
}

/// Numbers come as text.
#[derive(Deserialize)]
struct LogLine {
    id: Value,
    #[serde(rename = "type")]
    event_type: String,
    #[serde(default)]
    details: Details,
    previous_event_id: Value,
    event_timestamp: Value,
    execution_arn: String,
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The details of an event of any type.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    name: Option<String>,
    /// The name on `EvaluationFailed`.
    state: Option<String>,
    index: Option<u64>,
    #[serde(deserialize_with = "text")]
    input: Option<String>,
    #[serde(rename = "inputDetails")]
    input_kept: DataDetails,
    #[serde(deserialize_with = "text")]
    output: Option<String>,
    #[serde(rename = "outputDetails")]
    output_kept: DataDetails,
    resource_type: Option<String>,
    resource: Option<String>,
    #[serde(deserialize_with = "text")]
    parameters: Option<String>,
    #[serde(deserialize_with = "text")]
    error: Option<String>,
    #[serde(deserialize_with = "text")]
    cause: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DataDetails {
    truncated: bool,
}

/// Text; of whatever else stands there, its text.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

impl Details {
    fn event(self, event_type: String) -> HistoryEvent {
        let data = |text: Option<String>, details: DataDetails| {
            text.map(|text| EventData { text: text.into(), truncated: details.truncated })
        };
        let function =
            function_called(self.resource_type.as_deref(), self.resource.as_deref(), self.parameters.as_deref());
        let resource = match (self.resource_type, self.resource) {
            (Some(service), Some(action)) => Some(format!("{service}:{action}")),
            (_, resource) => resource,
        };
        HistoryEvent {
            event_type,
            name: self.name.or(self.state),
            index: self.index,
            input: data(self.input, self.input_kept),
            output: data(self.output, self.output_kept),
            resource,
            function,
            error: self.error,
            cause: self.cause,
            ..HistoryEvent::default()
        }
    }
}

/// The function that a call is of: the resource itself, or what the parameters of `lambda:invoke` name.
pub fn function_called(service: Option<&str>, resource: Option<&str>, parameters: Option<&str>) -> Option<String> {
    match service {
        None => resource.filter(|resource| resource.contains(":lambda:")).map(str::to_owned),
        Some("lambda" | "aws-sdk:lambda") => {
            let parameters: Value = serde_json::from_str(parameters?).ok()?;
            parameters.get("FunctionName").and_then(Value::as_str).map(str::to_owned)
        }
        Some(_) => None,
    }
}

/// As GetExecutionHistory gives it; the time in seconds, or as AWS's command line tool writes it.
impl<'de> Deserialize<'de> for HistoryEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            id: i64,
            #[serde(default)]
            previous_event_id: i64,
            #[serde(rename = "type")]
            event_type: String,
            #[serde(default)]
            timestamp: Value,
            #[serde(flatten)]
            members: Map<String, Value>,
        }
        let wire = Wire::deserialize(deserializer)?;
        let details = wire.members.into_iter().find(|(name, _)| name.ends_with("EventDetails"));
        let details = details.and_then(|(_, details)| Details::deserialize(details).ok()).unwrap_or_default();
        Ok(Self {
            id: wire.id,
            previous_id: wire.previous_event_id,
            timestamp_ms: milliseconds(&wire.timestamp),
            ..details.event(wire.event_type)
        })
    }
}

fn milliseconds(timestamp: &Value) -> i64 {
    match timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "a number beyond the bounds is cut to them")]
        Value::Number(seconds) => (seconds.as_f64().unwrap_or_default() * 1000.0).round() as i64,
        Value::String(text) => text.parse().map_or(0, jiff::Timestamp::as_millisecond),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_log_line_is_an_event_of_its_execution() {
        let line = json!({"id": "7", "type": "TaskScheduled", "previous_event_id": "6", "event_timestamp": "1700000000123",
            "execution_arn": "arn:e", "redrive_count": "0",
            "details": {"resourceType": "lambda", "resource": "invoke", "region": "us-east-1", "parameters": "{}"}});
        let (arn, event) = HistoryEvent::from_log_line(&line.to_string()).unwrap();
        assert_eq!((arn.as_str(), event.id, event.previous_id, event.timestamp_ms), ("arn:e", 7, 6, 1_700_000_000_123));
        assert_eq!(event.resource.as_deref(), Some("lambda:invoke"));
        for other in ["START RequestId: 1", "{}", "7", r#"{"id": "x", "type": "T"}"#, ""] {
            assert_eq!(HistoryEvent::from_log_line(other), None, "{other}");
        }
        let without = json!({"id": 1, "type": "ExecutionStarted", "previous_event_id": 0, "event_timestamp": 5, "execution_arn": "a"});
        assert_eq!(HistoryEvent::from_log_line(&without.to_string()).map(|(_, event)| event.timestamp_ms), Some(5));
    }

    #[test]
    fn the_function_that_is_called_is_known() {
        let called = |service: Option<&str>, resource: &str, parameters: Option<&str>| {
            function_called(service, Some(resource), parameters)
        };
        let arn = "arn:aws:lambda:us-east-1:1:function:f";
        assert_eq!(called(None, arn, None).as_deref(), Some(arn));
        assert_eq!(called(Some("lambda"), "invoke", Some("{\"FunctionName\": \"f\"}")).as_deref(), Some("f"));
        assert_eq!(called(Some("aws-sdk:lambda"), "invoke", Some("{\"FunctionName\": \"g\"}")).as_deref(), Some("g"));
        assert_eq!(called(Some("lambda"), "invoke", None), None, "data are not kept");
        assert_eq!(called(Some("sqs"), "sendMessage", Some("{\"FunctionName\": \"f\"}")), None);
        assert_eq!(called(None, "arn:aws:states:us-east-1:1:activity:a", None), None);
    }

    #[test]
    fn what_was_cut_off_is_known_to_be() {
        let event: HistoryEvent = serde_json::from_value(json!({"id": 3, "type": "PassStateExited", "previousEventId": 2,
            "timestamp": 1.5, "stateExitedEventDetails": {"name": "A", "output": "{\"a\":", "outputDetails": {"truncated": true}}}))
        .unwrap();
        assert_eq!(event.output, Some(EventData { text: "{\"a\":".into(), truncated: true }));
        assert_eq!((event.name.as_deref(), event.timestamp_ms), (Some("A"), 1500));
        let text = json!({"id": 3, "type": "X", "timestamp": "2026-11-22T10:00:00.250000+00:00", "stateEnteredEventDetails": 7});
        let event: HistoryEvent = serde_json::from_value(text).unwrap();
        assert_eq!((event.timestamp_ms, event.name), (1_795_341_600_250, None));
    }

    #[test]
    fn only_all_events_up_to_the_end_are_complete() {
        let event =
            |id, event_type: &str| HistoryEvent { id, event_type: event_type.to_owned(), ..HistoryEvent::default() };
        let events = [event(1, "ExecutionStarted"), event(2, "FailStateEntered"), event(3, "ExecutionFailed")];
        assert!(is_complete(&events));
        assert!(!is_complete(&events[..2]), "no end yet");
        assert!(!is_complete(&events[1..]), "no beginning yet");
        assert!(!is_complete(&[]));
    }
}
