//! What of a STANDARD execution's events is billed. <https://aws.amazon.com/step-functions/pricing/>

use std::collections::{BTreeMap, BTreeSet};

use crate::asl::trace::HistoryEvent;

/// In the filter syntax of CloudWatch Logs: the events that [`Billable`] looks at.
pub const BILLABLE_EVENTS: &str = r#"{ $.type = "*StateEntered" || $.type = "*Scheduled" || $.type = "ParallelStateStarted" || $.type = "MapStateStarted" }"#;

/// What executions are billed for, gathered event by event.
#[derive(Clone, Debug, Default)]
pub struct Billable {
    executions: BTreeMap<String, BTreeSet<i64>>,
    transitions: u64,
    queue_requests: u64,
}

impl Billable {
    /// Counts one event of an execution; they come in the order of their ids. A state's work that begins after anything but the
    /// state's entry is a retry, and billed as another transition.
    pub fn see(&mut self, execution_arn: &str, event: &HistoryEvent) {
        let entered = match self.executions.get_mut(execution_arn) {
            Some(entered) => entered,
            None => self.executions.entry(execution_arn.to_owned()).or_default(),
        };
        let is_call = event.event_type.ends_with("Scheduled");
        if event.event_type.ends_with("StateEntered") {
            entered.insert(event.id);
            self.transitions += 1;
        } else if is_call || matches!(event.event_type.as_str(), "ParallelStateStarted" | "MapStateStarted") {
            self.transitions += u64::from(!entered.contains(&event.previous_id));
        }
        let calls_queue = is_call && event.resource.as_deref().is_some_and(|resource| resource.starts_with("sqs:"));
        self.queue_requests += u64::from(calls_queue);
    }

    /// Executions seen.
    pub fn executions(&self) -> u64 {
        self.executions.len() as u64
    }

    /// States entered and retries.
    pub fn transitions(&self) -> u64 {
        self.transitions
    }

    /// Calls of SQS.
    pub fn queue_requests(&self) -> u64 {
        self.queue_requests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_entered_and_retries_are_billed() {
        let mut billable = Billable::default();
        let history = [
            (2, 1, "ParallelStateEntered", None),
            (3, 2, "ParallelStateStarted", None),
            (4, 3, "TaskStateEntered", None),
            (5, 3, "PassStateEntered", None),
            (6, 4, "TaskScheduled", Some("lambda:invoke")),
            (8, 7, "TaskScheduled", Some("lambda:invoke")),
            (10, 9, "ParallelStateStarted", None),
            (11, 10, "TaskStateEntered", None),
            (12, 11, "TaskScheduled", Some("sqs:sendMessage")),
        ];
        for arn in ["a", "b"] {
            for (id, previous_id, event_type, resource) in history {
                let resource = resource.map(str::to_owned);
                let event =
                    HistoryEvent { id, previous_id, event_type: event_type.to_owned(), resource, ..Default::default() };
                billable.see(arn, &event);
            }
        }
        assert_eq!((billable.executions(), billable.transitions(), billable.queue_requests()), (2, 12, 2));
    }
}
