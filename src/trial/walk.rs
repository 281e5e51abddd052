//! The way an execution took, out of its history.
//!
//! Branches of a Parallel and iterations of a Map run at the same time, so their events are interleaved. Each event names
//! the one it follows (`previousEventId`), and a chain of those never leaves its branch: following it tells which visit of
//! which container an inner state belongs to.

use std::collections::{BTreeMap, BTreeSet};

use super::chart::{Chart, Transition};
use crate::model::HistoryEvent;

/// One stay in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// The state.
    pub(super) state: String,
    /// From its entering to its exit, in milliseconds.
    pub(super) ms: u64,
}

/// The way an execution took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Walk {
    /// States entered; what a Parallel or Map contains follows it, branch by branch, iteration by iteration.
    pub(super) path: Vec<String>,
    /// Edges taken.
    pub(super) transitions: BTreeSet<Transition>,
    /// Stays that were seen to end, by an exit or by the failure of the state.
    pub(super) visits: Vec<Visit>,
}

/// A container that a chain of events is inside of.
#[derive(Clone, Debug)]
struct Open {
    entered: i64,
    state: String,
    lane: i64,
}

/// A state entered.
struct Entry<'a> {
    id: i64,
    state: &'a str,
    at_ms: i64,
    exit: Option<&'a HistoryEvent>,
    failed: bool,
}

/// Where entries stand: which visit of a container (0: the machine itself), which of its branches or iterations.
type Lanes<'a> = BTreeMap<i64, BTreeMap<i64, Vec<Entry<'a>>>>;

/// Works out the way from events in any order; an event that was never delivered costs what hangs on it, not the rest.
pub(super) fn walk(chart: &Chart, events: &[HistoryEvent]) -> Walk {
    let by_id: BTreeMap<i64, &HistoryEvent> = events.iter().map(|event| (event.id, event)).collect();
    let (lanes, failures) = lanes(chart, &by_id);
    let mut walk = Walk::default();
    flatten(&lanes, 0, &mut walk.path);
    for lane in lanes.values().flat_map(BTreeMap::values) {
        for (from, to) in lane.iter().zip(lane.iter().skip(1)) {
            let failed = from.exit.is_none() || from.failed;
            walk.transitions.insert(chart.transition(from.state, to.state, failed));
        }
        for entry in lane {
            let left = entry.exit.or_else(|| failures.get(&entry.id).copied());
            if let Some(left) = left {
                let ms = u64::try_from(left.timestamp_ms.saturating_sub(entry.at_ms)).unwrap_or(0);
                walk.visits.push(Visit { state: entry.state.to_owned(), ms });
            }
        }
    }
    walk
}

fn flatten(lanes: &Lanes<'_>, owner: i64, path: &mut Vec<String>) {
    for entry in lanes.get(&owner).into_iter().flat_map(BTreeMap::values).flatten() {
        path.push(entry.state.to_owned());
        flatten(lanes, entry.id, path);
    }
}

/// By the event that entered a state, the last event inside of it, where that is a failure.
type Failures<'a> = BTreeMap<i64, &'a HistoryEvent>;

fn lanes<'a>(chart: &Chart, by_id: &BTreeMap<i64, &'a HistoryEvent>) -> (Lanes<'a>, Failures<'a>) {
    let mut lanes = Lanes::new();
    let mut last_inside: Failures<'a> = BTreeMap::new();
    let mut opened: BTreeMap<i64, Vec<Open>> = BTreeMap::new();
    let mut place: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (&id, &event) in by_id {
        let mut open = opened.get(&event.previous_id).cloned().unwrap_or_default();
        match (&event.state, event.event_type.as_str()) {
            (Some(state), kind) if kind.ends_with("StateEntered") => {
                let (owner, lane) = enclose(chart, &mut open, state, &opened);
                let entry = Entry { id, state, at_ms: event.timestamp_ms, exit: None, failed: false };
                lanes.entry(owner).or_default().entry(lane).or_default().push(entry);
                place.insert(id, (owner, lane));
                open.push(Open { entered: id, state: state.clone(), lane: 0 });
            }
            (Some(state), kind) if kind.ends_with("StateExited") => {
                if let Some(entered) = leave(&mut open, state) {
                    let failed = by_id.get(&event.previous_id).is_some_and(|previous| is_failure(&previous.event_type));
                    close(&mut lanes, place.get(&entered), entered, event, failed);
                }
            }
            (_, "MapIterationStarted") => {
                while open.last().is_some_and(|top| !chart.is_map(&top.state)) {
                    open.pop();
                }
                if let Some(map) = open.last_mut() {
                    map.lane = id;
                }
            }
            _ => {}
        }
        last_inside.extend(open.iter().map(|inside| (inside.entered, event)));
        opened.insert(id, open);
    }
    last_inside.retain(|_, last| is_failure(&last.event_type));
    (lanes, last_inside)
}

/// Cuts the chain down to the container of a state and gives the visit of it and the lane in it.
fn enclose(chart: &Chart, open: &mut Vec<Open>, state: &str, opened: &BTreeMap<i64, Vec<Open>>) -> (i64, i64) {
    let Some(parent) = chart.parent(state) else {
        open.clear();
        return (0, 0);
    };
    if !open.iter().any(|top| top.state == parent.state) {
        // The chain is broken (a log line is missing): the last visit of the container is the likeliest.
        let last = opened.values().rev().find(|chain| chain.last().is_some_and(|top| top.state == parent.state));
        *open = last.cloned().unwrap_or_default();
    }
    while open.last().is_some_and(|top| top.state != parent.state) {
        open.pop();
    }
    let branch = i64::try_from(parent.branch).unwrap_or(i64::MAX);
    match open.last() {
        Some(container) if chart.is_map(&container.state) => (container.entered, container.lane),
        Some(container) => (container.entered, branch),
        None => (0, 0),
    }
}

/// Cuts the chain down to outside a state that was exited and gives the event that entered it.
fn leave(open: &mut Vec<Open>, state: &str) -> Option<i64> {
    let at = open.iter().rposition(|top| top.state == state)?;
    let entered = open.get(at).map(|top| top.entered);
    open.truncate(at);
    entered
}

fn close<'a>(lanes: &mut Lanes<'a>, place: Option<&(i64, i64)>, entered: i64, exit: &'a HistoryEvent, failed: bool) {
    let lane = place.and_then(|(owner, lane)| lanes.get_mut(owner)?.get_mut(lane));
    if let Some(entry) = lane.and_then(|lane| lane.iter_mut().rev().find(|entry| entry.id == entered)) {
        entry.exit = Some(exit);
        entry.failed = failed;
    }
}

/// Whether an event tells of a failure, which a Catch then caught if the state was exited after it.
fn is_failure(event_type: &str) -> bool {
    event_type.ends_with("Failed") || event_type.ends_with("TimedOut")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::chart::Parent;
    use super::*;

    fn event(id: i64, previous_id: i64, event_type: &str, state: &str) -> HistoryEvent {
        HistoryEvent {
            id,
            previous_id,
            timestamp_ms: id * 10,
            event_type: event_type.to_owned(),
            state: (!state.is_empty()).then(|| state.to_owned()),
            error: None,
            cause: None,
        }
    }

    fn inside(state: &str, branch: usize) -> Parent {
        Parent { state: state.to_owned(), branch }
    }

    fn orders() -> Chart {
        let mut chart = Chart::default();
        chart.add_state("Validate", "Task", None);
        chart.add_state("Both", "Parallel", None);
        chart.add_state("Pay", "Task", Some(inside("Both", 0)));
        chart.add_state("Receipt", "Pass", Some(inside("Both", 0)));
        chart.add_state("Reserve", "Task", Some(inside("Both", 1)));
        chart.add_state("Fulfil", "Task", None);
        chart.add_state("Failed", "Pass", None);
        chart.add_transition("Validate", "Both", false);
        chart.add_transition("Validate", "Failed", true);
        chart.add_transition("Both", "Fulfil", false);
        chart.add_transition("Both", "Failed", true);
        chart.add_transition("Pay", "Receipt", false);
        chart.add_transition("Fulfil", "Failed", false);
        chart.add_transition("Fulfil", "Failed", true);
        chart
    }

    #[test]
    fn branches_are_listed_in_the_definitions_order_however_they_interleave() {
        let events = [
            event(1, 0, "ExecutionStarted", ""),
            event(2, 0, "ParallelStateEntered", "Both"),
            event(3, 2, "ParallelStateStarted", ""),
            event(4, 3, "TaskStateEntered", "Reserve"),
            event(5, 3, "TaskStateEntered", "Pay"),
            event(6, 4, "LambdaFunctionSucceeded", ""),
            event(7, 5, "LambdaFunctionSucceeded", ""),
            event(8, 7, "TaskStateExited", "Pay"),
            event(9, 6, "TaskStateExited", "Reserve"),
            event(10, 8, "PassStateEntered", "Receipt"),
            event(11, 10, "PassStateExited", "Receipt"),
            event(12, 11, "ParallelStateSucceeded", ""),
            event(13, 11, "ParallelStateExited", "Both"),
            event(14, 13, "TaskStateEntered", "Fulfil"),
        ];
        let walk = walk(&orders(), &events);
        assert_eq!(walk.path, ["Both", "Pay", "Receipt", "Reserve", "Fulfil"]);
        let taken: Vec<_> = walk.transitions.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect();
        assert_eq!(taken, [("Both", "Fulfil"), ("Pay", "Receipt")]);
        assert!(walk.visits.contains(&Visit { state: "Both".to_owned(), ms: 110 }));
        assert!(walk.visits.contains(&Visit { state: "Pay".to_owned(), ms: 30 }));
    }

    #[test]
    fn a_stay_that_ended_in_failure_counts() {
        let stays = |events: &[HistoryEvent]| {
            walk(&orders(), events).visits.iter().map(|visit| (visit.state.clone(), visit.ms)).collect::<Vec<_>>()
        };
        let failed = [
            event(2, 0, "TaskStateEntered", "Validate"),
            event(3, 2, "LambdaFunctionScheduled", ""),
            event(5, 3, "LambdaFunctionFailed", ""),
            event(6, 5, "ExecutionFailed", ""),
        ];
        assert_eq!(stays(&failed), [("Validate".to_owned(), 40)]);
        let fails = [event(2, 0, "FailStateEntered", "Failed"), event(4, 2, "ExecutionFailed", "")];
        assert_eq!(stays(&fails), [("Failed".to_owned(), 20)]);
        let timed_out = [event(2, 0, "TaskStateEntered", "Fulfil"), event(9, 2, "ExecutionTimedOut", "")];
        assert_eq!(stays(&timed_out), [("Fulfil".to_owned(), 70)]);
        let running = [event(2, 0, "TaskStateEntered", "Fulfil"), event(3, 2, "LambdaFunctionScheduled", "")];
        assert_eq!(stays(&running), [], "it is not over");
        let both = [
            event(2, 0, "ParallelStateEntered", "Both"),
            event(3, 2, "ParallelStateStarted", ""),
            event(4, 3, "TaskStateEntered", "Pay"),
            event(5, 3, "TaskStateEntered", "Reserve"),
            event(6, 5, "LambdaFunctionScheduled", ""),
            event(7, 4, "LambdaFunctionFailed", ""),
            event(8, 7, "ExecutionFailed", ""),
        ];
        let stays = stays(&both);
        assert!(stays.contains(&("Pay".to_owned(), 40)) && stays.contains(&("Both".to_owned(), 60)), "{stays:?}");
        assert!(!stays.iter().any(|(state, _)| state == "Reserve"), "its sibling was cut off");
    }

    #[test]
    fn a_catch_and_a_next_to_the_same_state_are_told_apart() {
        let way = |outcome: &str| {
            walk(
                &orders(),
                &[
                    event(2, 0, "TaskStateEntered", "Fulfil"),
                    event(3, 2, outcome, ""),
                    event(4, 3, "TaskStateExited", "Fulfil"),
                    event(5, 4, "PassStateEntered", "Failed"),
                ],
            )
        };
        let caught = |walk: &Walk| walk.transitions.iter().map(|edge| edge.caught).collect::<Vec<_>>();
        assert_eq!(caught(&way("LambdaFunctionSucceeded")), [false]);
        assert_eq!(caught(&way("LambdaFunctionFailed")), [true]);
        assert_eq!(caught(&way("TaskTimedOut")), [true]);
    }

    #[test]
    fn a_state_that_was_never_exited_was_caught() {
        let events = [event(2, 0, "TaskStateEntered", "Fulfil"), event(3, 2, "PassStateEntered", "Failed")];
        assert!(walk(&orders(), &events).transitions.iter().all(|edge| edge.caught));
    }

    #[test]
    fn a_caught_parallel_leads_out_of_its_branch() {
        let events = [
            event(2, 0, "ParallelStateEntered", "Both"),
            event(3, 2, "ParallelStateStarted", ""),
            event(4, 3, "TaskStateEntered", "Pay"),
            event(5, 3, "TaskStateEntered", "Reserve"),
            event(6, 4, "LambdaFunctionFailed", ""),
            event(7, 5, "TaskStateAborted", ""),
            event(8, 6, "ParallelStateFailed", ""),
            event(9, 8, "ParallelStateExited", "Both"),
            event(10, 9, "PassStateEntered", "Failed"),
        ];
        let walk = walk(&orders(), &events);
        assert_eq!(walk.path, ["Both", "Pay", "Reserve", "Failed"]);
        assert!(walk.transitions.contains(&Transition { from: "Both".into(), to: "Failed".into(), caught: true }));
        assert_eq!(walk.transitions.len(), 1);
    }

    #[test]
    fn iterations_of_a_map_follow_one_another() {
        let mut chart = Chart::default();
        chart.add_state("Each", "Map", None);
        chart.add_state("Inner", "Map", Some(inside("Each", 0)));
        chart.add_state("Leaf", "Pass", Some(inside("Inner", 0)));
        chart.add_state("After", "Pass", Some(inside("Each", 0)));
        let events = [
            event(2, 0, "MapStateEntered", "Each"),
            event(3, 2, "MapStateStarted", ""),
            event(4, 3, "MapIterationStarted", ""),
            event(5, 3, "MapIterationStarted", ""),
            event(6, 5, "MapStateEntered", "Inner"),
            event(7, 4, "MapStateEntered", "Inner"),
            event(8, 6, "MapStateStarted", ""),
            event(9, 7, "MapStateStarted", ""),
            event(10, 8, "MapIterationStarted", ""),
            event(11, 10, "PassStateEntered", "Leaf"),
            event(12, 11, "PassStateExited", "Leaf"),
            event(13, 12, "MapIterationStarted", ""),
            event(14, 13, "PassStateEntered", "Leaf"),
            event(15, 14, "PassStateExited", "Leaf"),
            event(16, 15, "MapStateExited", "Inner"),
            event(17, 9, "MapStateExited", "Inner"),
            event(18, 16, "PassStateEntered", "After"),
            event(19, 17, "PassStateEntered", "After"),
        ];
        let walk = walk(&chart, &events);
        assert_eq!(walk.path, ["Each", "Inner", "After", "Inner", "Leaf", "Leaf", "After"]);
        assert_eq!(walk.transitions.iter().map(|edge| edge.from.as_str()).collect::<Vec<_>>(), ["Inner"]);
    }

    #[test]
    fn a_missing_log_line_costs_no_state() {
        let events = [
            event(2, 0, "ParallelStateEntered", "Both"),
            event(4, 3, "TaskStateEntered", "Reserve"),
            event(5, 3, "TaskStateEntered", "Pay"),
        ];
        assert_eq!(walk(&orders(), &events).path, ["Both", "Pay", "Reserve"]);
    }

    fn any_event() -> impl Strategy<Value = (i64, u8, u8)> {
        (0_i64..40, 0_u8..6, 0_u8..7)
    }

    proptest! {
        #[test]
        fn every_state_entered_is_on_the_path_once(raw in proptest::collection::vec(any_event(), 0..40)) {
            let names = ["Validate", "Both", "Pay", "Receipt", "Reserve", "Fulfil", "Unknown"];
            let kinds =
                ["TaskStateEntered", "TaskStateExited", "LambdaFunctionFailed", "MapIterationStarted", "PassStateEntered", ""];
            let events: Vec<_> = raw
                .iter()
                .zip(1..)
                .map(|(&(previous, kind, name), id)| {
                    event(id, previous.min(id - 1), kinds[usize::from(kind)], names[usize::from(name)])
                })
                .collect();
            let mut entered: Vec<_> = events
                .iter()
                .filter(|event| event.event_type.ends_with("StateEntered"))
                .filter_map(|event| event.state.clone())
                .collect();
            let walk = walk(&orders(), &events);
            let mut path = walk.path.clone();
            path.sort();
            entered.sort();
            prop_assert_eq!(path, entered);
        }

        #[test]
        fn the_order_of_delivery_does_not_matter(shift in 0_usize..9) {
            let mut events = vec![
                event(2, 0, "ParallelStateEntered", "Both"),
                event(3, 2, "ParallelStateStarted", ""),
                event(4, 3, "TaskStateEntered", "Reserve"),
                event(5, 3, "TaskStateEntered", "Pay"),
                event(6, 5, "TaskStateExited", "Pay"),
                event(7, 6, "PassStateEntered", "Receipt"),
                event(8, 7, "PassStateExited", "Receipt"),
                event(9, 8, "ParallelStateExited", "Both"),
                event(10, 9, "TaskStateEntered", "Fulfil"),
            ];
            let straight = walk(&orders(), &events);
            events.rotate_left(shift);
            prop_assert_eq!(walk(&orders(), &events), straight);
        }
    }
}
