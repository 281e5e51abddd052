//! State transitions, as AWS bills them: each state entered and each retry.
//! <https://aws.amazon.com/step-functions/pricing/>

use std::collections::BTreeSet;

use labctl_asl::Event;

/// The transitions of one execution so far.
#[derive(Debug, Default)]
pub(super) struct Transitions {
    pub(super) count: u64,
    /// Events that entered a state whose work has not begun yet.
    entered: BTreeSet<i64>,
}

impl Transitions {
    /// Counts the event, if it is one: work that begins after anything but its state's entry is a retry.
    pub(super) fn see(&mut self, event: &Event) {
        let is_entry = event.event_type.ends_with("StateEntered");
        if matches!(event.event_type, "TaskStateEntered" | "ParallelStateEntered" | "MapStateEntered") {
            self.entered.insert(event.id);
        }
        let is_start = matches!(
            event.event_type,
            "TaskScheduled"
                | "LambdaFunctionScheduled"
                | "ActivityScheduled"
                | "ParallelStateStarted"
                | "MapStateStarted"
        );
        let is_retry = is_start && !self.entered.remove(&event.previous_id);
        self.count += u64::from(is_entry || is_retry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_entered_and_retries_are_counted() {
        let history = [
            (0, "ExecutionStarted"),
            (1, "ParallelStateEntered"),
            (2, "ParallelStateStarted"),
            (3, "TaskStateEntered"),
            (3, "PassStateEntered"),
            (4, "TaskScheduled"),
            (6, "TaskFailed"),
            (7, "TaskScheduled"),
            (8, "TaskFailed"),
            (9, "ParallelStateStarted"),
            (10, "TaskStateEntered"),
            (11, "LambdaFunctionScheduled"),
            (12, "LambdaFunctionScheduleFailed"),
        ];
        let mut transitions = Transitions::default();
        for ((previous_id, event_type), id) in history.into_iter().zip(1..) {
            transitions.see(&Event { id, previous_id, timestamp_ms: 0, event_type, details: None });
        }
        assert_eq!(transitions.count, 6);
    }
}
