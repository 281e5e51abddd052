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

/// One line of a log stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEvent {
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// The stream's name.
    pub stream: String,
    /// The text.
    pub message: String,
}
