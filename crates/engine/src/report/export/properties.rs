//! What holds for any trace in either format.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use super::exported::{ExportFormat, ExportedTrace};
use crate::asl::Outline;
use crate::asl::trace::{HistoryEvent, Trace};

const TYPES: [&str; 16] = [
    "TaskStateEntered",
    "TaskStateExited",
    "ParallelStateEntered",
    "ParallelStateStarted",
    "ParallelStateExited",
    "MapStateEntered",
    "MapStateStarted",
    "MapIterationStarted",
    "MapIterationSucceeded",
    "LambdaFunctionScheduled",
    "LambdaFunctionStarted",
    "LambdaFunctionSucceeded",
    "LambdaFunctionFailed",
    "ExecutionStarted",
    "ExecutionSucceeded",
    "ExecutionFailed",
];

/// A trace of events that may make no sense: kinds, predecessors and times as they come.
fn trace(raw: &[(usize, i64, u8, i64)]) -> Trace {
    let events: Vec<HistoryEvent> = raw
        .iter()
        .zip(1..)
        .map(|((kind, back, name, at_ms), id)| HistoryEvent {
            id,
            previous_id: (id - 1 - back).max(0),
            timestamp_ms: 1_700_000_000_000 + at_ms,
            event_type: TYPES[kind % TYPES.len()].to_owned(),
            name: Some(["A", "B", "C", "D"][usize::from(name % 4)].to_owned()),
            error: Some("E".to_owned()),
            ..HistoryEvent::default()
        })
        .collect();
    Trace::of(&Outline::default(), &events)
}

fn exported(trace: &Trace, format: ExportFormat) -> Value {
    let text = ExportedTrace { arn: "arn:e", name: "e", machine: "ann-m", cause: None, trace }.write(format);
    serde_json::from_str(&text).unwrap()
}

fn raw_events() -> impl Strategy<Value = Vec<(usize, i64, u8, i64)>> {
    proptest::collection::vec((0_usize..16, 0_i64..4, 0_u8..4, 0_i64..50), 0..60)
}

proptest! {
    #[test]
    fn chrome_events_of_one_thread_never_overlap(raw in raw_events()) {
        let trace = trace(&raw);
        let document = exported(&trace, ExportFormat::Chrome);
        let mut threads: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
        let events = document["traceEvents"].as_array().unwrap();
        for event in events.iter().filter(|event| event["ph"] == "X") {
            let (ts, dur) = (event["ts"].as_i64().unwrap(), event["dur"].as_i64().unwrap());
            prop_assert!(ts >= 0 && dur >= 0);
            threads.entry(event["tid"].as_i64().unwrap()).or_default().push((ts, ts + dur));
        }
        for (thread, mut spans) in threads {
            spans.sort_unstable();
            for pair in spans.windows(2) {
                prop_assert!(pair[0].1 <= pair[1].0, "thread {thread}: {pair:?}");
            }
            prop_assert!(events.iter().any(|event| event["name"] == "thread_name" && event["tid"] == thread));
        }
        let shown = events.iter().filter(|event| event["cat"] == "state").count();
        prop_assert_eq!(shown, trace.visits.len());
    }

    #[test]
    fn otlp_spans_are_a_tree_with_proper_identifiers(raw in raw_events()) {
        let trace = trace(&raw);
        let document = exported(&trace, ExportFormat::Otlp);
        let spans = document["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        let is_hex = |value: &Value, digits: usize| {
            value.as_str().is_some_and(|text| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()))
        };
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for (at, span) in spans.iter().enumerate() {
            prop_assert!(is_hex(&span["traceId"], 32) && is_hex(&span["spanId"], 16), "{span}");
            let (start, end): (i64, i64) =
                (span["startTimeUnixNano"].as_str().unwrap().parse().unwrap(), span["endTimeUnixNano"].as_str().unwrap().parse().unwrap());
            prop_assert!(start <= end);
            match span.get("parentSpanId") {
                None => prop_assert_eq!(at, 0, "only the execution has no parent"),
                Some(parent) => prop_assert!(known.contains(parent.as_str().unwrap()), "a parent stands before its children"),
            }
            prop_assert!(known.insert(span["spanId"].as_str().unwrap()), "each identifier is one span's");
        }
    }
}
