//! Executions as Step Functions reports them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An execution's status. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExecutionStatus {
    /// Not over yet.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended with an error.
    Failed,
    /// Ran out of time.
    TimedOut,
    /// Stopped from outside.
    Aborted,
}

impl ExecutionStatus {
    /// As AWS writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }

    /// Whether it is over.
    pub fn is_terminal(self) -> bool {
        self != Self::Running
    }
}

/// One execution.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Execution {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// Milliseconds since 1970, as the service says.
    pub started_ms: i64,
    /// Milliseconds since 1970, once over.
    pub stopped_ms: Option<i64>,
    /// Output, when it succeeded and the call that gave this carries it.
    pub output: Option<Value>,
    /// Error name, when it failed.
    pub error: Option<String>,
    /// Cause, when it failed.
    pub cause: Option<String>,
}

impl Execution {
    /// The outcome's name: what stands at `pointer` in the output where it succeeded, else the status; none where the output is not known.
    pub fn outcome(&self, pointer: Option<&str>) -> Option<String> {
        let status = || self.status.word().to_owned();
        let Some(pointer) = pointer.filter(|_| self.status == ExecutionStatus::Succeeded) else {
            return Some(status());
        };
        Some(match self.output.as_ref()?.pointer(pointer) {
            Some(Value::String(outcome)) => outcome.clone(),
            Some(Value::Null) | None => status(),
            Some(other) => other.to_string(),
        })
    }

    /// Whether it did what it should: it succeeded, and its outcome is among the good ones where there are any.
    pub fn is_good(&self, outcome: Option<&str>, good: &[String]) -> bool {
        let is_named = outcome.is_some_and(|outcome| good.iter().any(|good| good == outcome));
        self.status == ExecutionStatus::Succeeded && (good.is_empty() || is_named)
    }
}

/// One line of a log stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEvent {
    /// Its id; the same whenever it is read.
    pub id: String,
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// The stream's name.
    pub stream: String,
    /// The text.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn execution(status: ExecutionStatus, output: Option<Value>) -> Execution {
        Execution {
            arn: "a".into(),
            name: "n".into(),
            status,
            started_ms: 0,
            stopped_ms: None,
            output,
            error: None,
            cause: None,
        }
    }

    #[test]
    fn good_is_what_the_machine_says() {
        let ended = execution(ExecutionStatus::Succeeded, Some(json!({"status": "DECLINED", "n": 3, "none": null})));
        let outcome = |pointer| ended.outcome(pointer).unwrap();
        assert_eq!((outcome(Some("/status")), outcome(Some("/n"))), ("DECLINED".into(), "3".into()));
        assert_eq!([outcome(None), outcome(Some("/x")), outcome(Some("/none"))], ["SUCCEEDED"; 3]);
        assert_eq!(
            execution(ExecutionStatus::Succeeded, None).outcome(Some("/status")),
            None,
            "the output is not known"
        );
        let failed = execution(ExecutionStatus::TimedOut, None);
        assert_eq!(failed.outcome(Some("/status")).as_deref(), Some("TIMED_OUT"));
        let good = ["COMPLETED".to_owned()];
        assert!(
            ended.is_good(Some("COMPLETED"), &good)
                && !ended.is_good(Some("DECLINED"), &good)
                && !ended.is_good(None, &good)
        );
        assert!(ended.is_good(Some("DECLINED"), &[]) && !failed.is_good(Some("TIMED_OUT"), &[]));
    }
}
