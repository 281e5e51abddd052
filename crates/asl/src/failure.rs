//! What went wrong in a state, and what Retry and Catch make of it.

/// An error on its way through Retry and Catch.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub error: Option<String>,
    pub cause: Option<String>,
    pub kind: FailureKind,
    /// The field whose expression could not be evaluated: AWS tells it in an event of its own.
    pub location: Option<String>,
}

/// What a failure is, beside its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// Known by its name alone.
    Named,
    /// The definition does not fit the data: ends the execution, whatever Catch says.
    Runtime,
    /// The state itself made too much data; States.ALL does not take it.
    ///
    /// A task whose result is too large is another case: AWS reports it as the task's failure, and States.ALL takes that.
    DataLimit,
    /// A time limit passed.
    Timeout,
    /// A heartbeat was missed: goes by the names States.Timeout and States.HeartbeatTimeout.
    Heartbeat,
}

impl Failure {
    pub(super) fn named(error: &str, cause: impl Into<String>) -> Self {
        Self { error: Some(error.to_owned()), cause: Some(cause.into()), kind: FailureKind::Named, location: None }
    }

    pub(super) fn runtime(cause: impl Into<String>) -> Self {
        Self { kind: FailureKind::Runtime, ..Self::named("States.Runtime", cause) }
    }

    /// The time limit (or the heartbeat) of a task; AWS gives no cause.
    pub(super) fn timeout(kind: FailureKind) -> Self {
        Self { error: Some("States.Timeout".to_owned()), cause: None, kind, location: None }
    }

    /// The failure of a task, or of somebody who answered a token without naming an error: empty texts are absent ones.
    pub(super) fn reported(error: String, cause: String) -> Self {
        let kind = match error.as_str() {
            "States.Timeout" => FailureKind::Timeout,
            "States.HeartbeatTimeout" => FailureKind::Heartbeat,
            "States.Runtime" => FailureKind::Runtime,
            _ => FailureKind::Named,
        };
        Self {
            error: Some(error).filter(|text| !text.is_empty()),
            cause: Some(cause).filter(|text| !text.is_empty()),
            kind,
            location: None,
        }
    }

    /// The same, reported with the state it happened in, as AWS tells it.
    pub(super) fn in_state(mut self, name: &str, entered: i64) -> Self {
        self.cause = self.cause.map(|cause| {
            format!(
                "An error occurred while executing the state '{name}' (entered at the event id #{entered}). {cause}"
            )
        });
        self
    }

    /// Whether an `ErrorEquals` with this name takes it.
    pub(super) fn is_named(&self, name: &str) -> bool {
        match (self.kind, name) {
            (FailureKind::Runtime, _) | (FailureKind::DataLimit, "States.ALL" | "States.TaskFailed") => false,
            (kind, "States.TaskFailed") => !matches!(kind, FailureKind::Timeout | FailureKind::Heartbeat),
            (_, "States.ALL") | (FailureKind::Heartbeat, "States.HeartbeatTimeout" | "States.Timeout") => true,
            _ => self.error.as_deref() == Some(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_what_aws_says_they_take() {
        let custom = Failure::named("OrderError", "");
        assert!(custom.is_named("OrderError") && custom.is_named("States.ALL") && custom.is_named("States.TaskFailed"));
        assert!(!custom.is_named("States.Timeout"));
        let timeout = Failure::timeout(FailureKind::Timeout);
        assert!(timeout.is_named("States.Timeout") && timeout.is_named("States.ALL"));
        assert!(!timeout.is_named("States.TaskFailed") && !timeout.is_named("States.HeartbeatTimeout"));
        let heartbeat = Failure::timeout(FailureKind::Heartbeat);
        assert!(heartbeat.is_named("States.Timeout") && heartbeat.is_named("States.HeartbeatTimeout"));
        let runtime = Failure::runtime("");
        assert!(!runtime.is_named("States.ALL") && !runtime.is_named("States.Runtime"));
        let told = Failure::reported("States.Runtime".to_owned(), "no mock".to_owned());
        assert!(!told.is_named("States.ALL") && !told.is_named("States.TaskFailed"), "a task's own, too");
        let limit = Failure { kind: FailureKind::DataLimit, ..Failure::named("States.DataLimitExceeded", "") };
        assert!(limit.is_named("States.DataLimitExceeded") && !limit.is_named("States.ALL"));
    }
}
