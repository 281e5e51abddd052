//! Events, numbered as AWS numbers them.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::definition::{Kind, State};
use crate::details;
use crate::effect::Event;
use crate::failure::Failure;
use crate::flow::Leaving;
use crate::payload::Payload;

/// The last event a STANDARD execution can have. <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const LAST_EVENT: i64 = if cfg!(fuzzing) { 200 } else { 25_000 };

/// The details of an event: the member's name and its content.
pub(super) type Details = Option<(&'static str, Value)>;
/// The same, as the event keeps them.
pub(super) type Kept = Option<(&'static str, details::Details)>;

/// Counts the events of a run.
#[derive(Debug)]
pub(super) struct History {
    last: i64,
    limited: bool,
    /// An event found no room: the execution is to fail with the last one.
    pub full: bool,
}

impl History {
    /// EXPRESS executions have no limit.
    pub(super) fn new(limited: bool) -> Self {
        Self { last: 0, limited, full: false }
    }

    /// The next event, if there is room for it; the last place is kept for the end.
    pub(super) fn record(
        &mut self,
        now_ms: i64,
        previous: i64,
        event_type: &'static str,
        details: Kept,
    ) -> Option<Event> {
        if self.limited && self.last + 1 >= LAST_EVENT {
            self.full = true;
            return None;
        }
        Some(self.number(now_ms, previous, event_type, details))
    }

    /// The event that ends the execution.
    pub(super) fn end(&mut self, now_ms: i64, previous: i64, event_type: &'static str, details: Kept) -> Event {
        self.number(now_ms, previous, event_type, details)
    }

    /// The number of the newest event.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    fn number(&mut self, timestamp_ms: i64, previous_id: i64, event_type: &'static str, details: Kept) -> Event {
        self.last += 1;
        Event { id: self.last, previous_id, timestamp_ms, event_type, details }
    }
}

/// The failure of an execution whose history is full.
pub(super) fn exhausted() -> Failure {
    Failure::runtime(format!("The execution reached the maximum number of history events ({LAST_EVENT})."))
}

/// `{name, input, inputDetails}`
pub(super) fn entered(state: &State, input: &Payload) -> (&'static str, details::Details) {
    let details = details::Details::entered(&state.name, Arc::clone(input.shared_text()));
    ("stateEnteredEventDetails", details)
}

/// `{name, output, outputDetails}`, and the variables if any were assigned.
pub(super) fn exited(state: &State, leaving: &Leaving) -> (&'static str, details::Details) {
    let output = Arc::clone(leaving.output.shared_text());
    let details = details::Details::exited(&state.name, output, leaving.assigned.clone());
    ("stateExitedEventDetails", details)
}

/// `{error, cause}`, both only if they are known.
pub(super) fn error_details(error: Option<&str>, cause: Option<&str>) -> Map<String, Value> {
    let mut details = Map::new();
    for (name, text) in [("error", error), ("cause", cause)] {
        if let Some(text) = text {
            details.insert(name.to_owned(), Value::from(text));
        }
    }
    details
}

/// What happens to a state as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    Entered,
    Exited,
    Aborted,
}

/// `PassStateEntered`, `TaskStateAborted`, …
pub(super) fn state_event(kind: &Kind, stage: Stage) -> &'static str {
    let names = match kind {
        Kind::Pass { .. } => ["PassStateEntered", "PassStateExited", "PassStateAborted"],
        Kind::Task(_) => ["TaskStateEntered", "TaskStateExited", "TaskStateAborted"],
        Kind::Choice { .. } => ["ChoiceStateEntered", "ChoiceStateExited", "ChoiceStateAborted"],
        Kind::Wait(_) => ["WaitStateEntered", "WaitStateExited", "WaitStateAborted"],
        Kind::Succeed => ["SucceedStateEntered", "SucceedStateExited", "SucceedStateAborted"],
        Kind::Fail { .. } => ["FailStateEntered", "FailStateExited", "FailStateAborted"],
        Kind::Parallel { .. } => ["ParallelStateEntered", "ParallelStateExited", "ParallelStateAborted"],
        Kind::Map(_) => ["MapStateEntered", "MapStateExited", "MapStateAborted"],
    };
    let [entered, exited, aborted] = names;
    match stage {
        Stage::Entered => entered,
        Stage::Exited => exited,
        Stage::Aborted => aborted,
    }
}
