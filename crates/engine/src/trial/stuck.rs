//! Where an execution stands that does not end, in words.

use std::time::Duration;

use crate::asl::trace::HistoryEvent;

/// Entries of one state from which on it looks like a loop.
const LOOP: usize = 10;

/// What is known of an execution that had to be stopped.
pub(super) struct Stuck<'a> {
    pub(super) events: &'a [HistoryEvent],
    /// How long it was waited for.
    pub(super) limit: Duration,
    /// What of that the scenario says itself.
    pub(super) waits_seconds: u32,
    /// Why it could not be stopped, if it could not.
    pub(super) not_stopped: Option<String>,
}

impl Stuck<'_> {
    /// The problem, as a scenario tells it: where it stood, after how long, what it waited for.
    pub(super) fn problem(&self) -> String {
        let state =
            self.events.iter().rev().find_map(|event| {
                event.event_type.ends_with("StateEntered").then_some(event.name.as_deref()).flatten()
            });
        let place = state.map(|state| format!(" in `{state}`")).unwrap_or_default();
        let why = self.why(state).map(|why| format!(", {why}")).unwrap_or_default();
        let all = self.limit.as_secs();
        let grace = all.saturating_sub(u64::from(self.waits_seconds));
        let rule = format!("(its `waits_seconds` of {} and {grace} s more)", self.waits_seconds);
        match &self.not_stopped {
            None => format!("was still running{place} after {all} s {rule}{why}; it was stopped"),
            Some(error) => {
                format!("was still running{place} after {all} s {rule}{why}; it could not be stopped: {error}")
            }
        }
    }

    /// What it waits for, as far as its last event tells.
    fn why(&self, state: Option<&str>) -> Option<String> {
        let entered = |event: &&HistoryEvent| event.event_type.ends_with("StateEntered");
        let times = self.events.iter().filter(entered).filter(|event| event.name.as_deref() == state).count();
        if state.is_some() && times >= LOOP {
            return Some(format!("which it entered {times} times: nothing ends that loop"));
        }
        let last = self.events.last()?.event_type.as_str();
        let why = match last {
            "ActivityScheduled" => "where no worker takes the activity's task",
            "TaskSubmitted" | "TaskStarted" | "TaskScheduled" => {
                "which waits for an answer that does not come: a task token, or the end of what it started; a `TimeoutSeconds` would end it"
            }
            "WaitStateEntered" => "which waits",
            _ if last.starts_with("LambdaFunction") => "whose function does not answer",
            _ => return None,
        };
        Some(why.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(events: &[(&str, Option<&str>)]) -> String {
        let events: Vec<HistoryEvent> = events
            .iter()
            .zip(1..)
            .map(|((event_type, state), id)| HistoryEvent {
                id,
                previous_id: id - 1,
                timestamp_ms: id,
                event_type: (*event_type).to_owned(),
                name: state.map(str::to_owned),
                ..HistoryEvent::default()
            })
            .collect();
        Stuck { events: &events, limit: Duration::from_secs(90), waits_seconds: 30, not_stopped: None }.problem()
    }

    #[test]
    fn the_place_and_what_is_waited_for_are_named() {
        let callback =
            reported(&[("TaskStateEntered", Some("Call")), ("TaskScheduled", None), ("TaskSubmitted", None)]);
        assert_eq!(
            callback,
            "was still running in `Call` after 90 s (its `waits_seconds` of 30 and 60 s more), which waits for an answer that does \
             not come: a task token, or the end of what it started; a `TimeoutSeconds` would end it; it was stopped"
        );
        let ending = |last: &str| reported(&[("TaskStateEntered", Some("A")), (last, None)]);
        assert!(ending("ActivityScheduled").contains("no worker takes the activity's task"));
        assert!(ending("LambdaFunctionStarted").contains("whose function does not answer"));
        assert!(reported(&[("WaitStateEntered", Some("Year"))]).contains("in `Year`"));
        assert!(reported(&[]).starts_with("was still running after 90 s"));
        let turns: Vec<_> =
            (0..24).map(|turn| ("WaitStateEntered", Some(if turn % 2 == 0 { "Look" } else { "Rest" }))).collect();
        assert!(reported(&turns).contains("in `Rest` after 90 s") && reported(&turns).contains("entered 12 times"));
    }
}
