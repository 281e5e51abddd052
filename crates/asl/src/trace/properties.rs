//! What holds for any events: those of a run, some of them missing, or events that make no sense.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::cases::{history, machine};
use super::event::HistoryEvent;
use super::tree::{Inside, Trace};
use crate::outline::Outline;

/// A tree in which everything names everything by its right place.
fn is_sound(trace: &Trace, events: &[HistoryEvent]) -> Result<(), String> {
    let ids: BTreeSet<i64> = events.iter().map(|event| event.id).collect();
    let last = |id: i64| events.iter().rev().find(|event| event.id == id);
    let mut entered: Vec<&str> = ids
        .into_iter()
        .filter_map(last)
        .filter(|event| event.event_type.ends_with("StateEntered"))
        .filter_map(|event| event.name.as_deref())
        .collect();
    let mut path: Vec<&str> = trace.path().collect();
    path.sort_unstable();
    entered.sort_unstable();
    if path != entered {
        return Err(format!("{path:?} instead of {entered:?}"));
    }
    for (place, visit) in trace.visits.iter().enumerate() {
        if visit.inside.is_some_and(|inside| inside.visit >= place) {
            return Err(format!("visit {place} stands before what is around it"));
        }
        for (lane, it) in visit.lanes.iter().enumerate() {
            let own = Some(Inside { visit: place, lane });
            if it.visits.iter().any(|at| trace.visits[*at].inside != own) {
                return Err(format!("lane {lane} of visit {place} has visits that do not know it"));
            }
        }
        if visit.is_over() && visit.end.is_none() {
            return Err(format!("visit {place} is over without an end"));
        }
    }
    if trace.critical().len() != trace.visits.len() {
        return Err("the critical path is of another length".to_owned());
    }
    Ok(())
}

fn any_event() -> impl Strategy<Value = (i64, u8, u8)> {
    (0_i64..40, 0_u8..20, 0_u8..8)
}

const TYPES: [&str; 20] = [
    "TaskStateEntered",
    "TaskStateExited",
    "ParallelStateEntered",
    "MapStateEntered",
    "PassStateEntered",
    "MapStateExited",
    "ParallelStateExited",
    "LambdaFunctionScheduled",
    "LambdaFunctionFailed",
    "TaskSubmitted",
    "MapIterationStarted",
    "MapIterationFailed",
    "MapStateStarted",
    "ParallelStateStarted",
    "ParallelStateFailed",
    "TaskStateAborted",
    "EvaluationFailed",
    "ExecutionFailed",
    "ExecutionSucceeded",
    "",
];

fn raw_events(raw: &[(i64, u8, u8)], forward: bool) -> Vec<HistoryEvent> {
    let names = ["Check", "Both", "Pay", "Receipt", "Reserve", "Each", "One", "Unknown"];
    let event = |(&(previous, kind, name), id): (&(i64, u8, u8), i64)| HistoryEvent {
        id,
        previous_id: if forward { previous } else { previous.min(id - 1) },
        timestamp_ms: (previous * 7919) % 100 - 50,
        event_type: TYPES[usize::from(kind)].to_owned(),
        name: Some(names[usize::from(name)].to_owned()).filter(|_| previous % 9 != 0),
        output: Some(r#"{"a": {"Error": "E", "Cause": "c"}}"#.into()),
        ..HistoryEvent::default()
    };
    raw.iter().zip(1..).map(event).collect()
}

proptest! {
    #[test]
    fn events_that_make_no_sense_are_a_tree_too(raw in proptest::collection::vec(any_event(), 0..60), forward: bool, known: bool) {
        let events = raw_events(&raw, forward);
        let outline = if known { machine().outline() } else { Outline::default() };
        let trace = Trace::of(&outline, &events);
        prop_assert!(is_sound(&trace, &events).is_ok(), "{}", is_sound(&trace, &events).unwrap_err());
    }

    #[test]
    fn a_history_with_holes_loses_only_what_hangs_on_them(
        kept in proptest::collection::vec(any::<bool>(), 200),
        fates in proptest::collection::vec(0_u8..4, 40),
        known: bool,
    ) {
        let all = history(&fates, json!({"items": [1, 2, 3]}));
        let outline = if known { machine().outline() } else { Outline::default() };
        let events: Vec<HistoryEvent> =
            all.iter().zip(kept.iter().cycle()).filter(|(_, kept)| **kept).map(|(event, _)| event.clone()).collect();
        let trace = Trace::of(&outline, &events);
        prop_assert!(is_sound(&trace, &events).is_ok(), "{}", is_sound(&trace, &events).unwrap_err());
    }

    #[test]
    fn the_order_of_delivery_does_not_matter(fates in proptest::collection::vec(0_u8..4, 40), shift in 0_usize..200) {
        let mut events = history(&fates, json!({"items": [1, 2, 3]}));
        let straight = Trace::of(&machine().outline(), &events);
        prop_assert!(is_sound(&straight, &events).is_ok());
        let length = events.len();
        events.rotate_left(shift % length);
        events.extend(events.first().cloned());
        prop_assert_eq!(Trace::of(&machine().outline(), &events), straight);
    }

    /// Without the definition nearly all is known from the chain of events alone.
    #[test]
    fn the_chain_of_events_tells_the_tree(fates in proptest::collection::vec(0_u8..4, 40)) {
        let events = history(&fates, json!({"items": [1, 2, 3]}));
        let with = Trace::of(&machine().outline(), &events);
        let without = Trace::of(&Outline::default(), &events);
        let around = |trace: &Trace| {
            let of = |visit: &super::Visit| (visit.event_id, visit.inside.map(|inside| trace.visits[inside.visit].event_id));
            trace.visits.iter().map(of).collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(around(&without), around(&with));
    }
}
