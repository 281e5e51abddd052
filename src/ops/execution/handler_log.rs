//! What handlers wrote while an execution called them: invocations of a log group, beside the attempts.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use serde_json::Value;

use crate::asl::trace::{Attempt, Trace};
use crate::cloud::{Cloud, ErrorClass, LogQuery};
use crate::kind::function_name;
use crate::model::LogEvent;

/// Clocks of two services differ by less.
const SLACK_MS: i64 = 500;

/// Lines by the place of the visit that called.
pub(crate) type Lines = BTreeMap<usize, Vec<(i64, String)>>;

/// One call of a function, as its log shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Invocation {
    request: String,
    start_ms: i64,
    end_ms: i64,
    lines: Vec<(i64, String)>,
}

/// Reads what the handlers of an execution wrote, and says what could not be read.
pub(crate) async fn read(cloud: &dyn Cloud, trace: &Trace) -> (Lines, Vec<String>) {
    let mut called: BTreeMap<&str, Vec<(usize, &Attempt)>> = BTreeMap::new();
    for (at, visit) in trace.visits.iter().enumerate() {
        for attempt in &visit.attempts {
            if let Some(function) = attempt.function.as_deref().map(function_name) {
                called.entry(function).or_default().push((at, attempt));
            }
        }
    }
    let reading = called.iter().map(|(function, attempts)| async move {
        let since_ms = attempts.iter().map(|(_, attempt)| attempt.scheduled_ms).min().unwrap_or_default() - SLACK_MS;
        let ended = |attempt: &Attempt| attempt.ended_ms.map(|ended| ended + SLACK_MS);
        let until_ms = attempts.iter().map(|(_, attempt)| ended(attempt)).max().flatten();
        let is_open = attempts.iter().any(|(_, attempt)| attempt.ended_ms.is_none());
        let group = format!("/aws/lambda/{function}");
        let query = LogQuery { group: &group, filter: "", since_ms, until_ms: until_ms.filter(|_| !is_open) };
        (*function, cloud.logs(query).await)
    });
    let (mut lines, mut notes) = (Lines::new(), Vec::new());
    for (function, read) in join_all(reading).await {
        match read {
            Ok(events) => attach(&mut lines, called.get(function).map(Vec::as_slice).unwrap_or_default(), &events),
            Err(error) if error.class == ErrorClass::NotFound => {
                notes.push(format!("`{function}` has no log: its role may not write one, or it never ran"));
            }
            Err(error) => notes.push(format!("the log of `{function}` could not be read: {error}")),
        }
    }
    (lines, notes)
}

/// Gives each attempt the lines of its invocation: the one of the request that its error names, else the one whose time is nearest.
fn attach(lines: &mut Lines, attempts: &[(usize, &Attempt)], events: &[LogEvent]) {
    let invocations = invocations(events);
    let mut taken = BTreeSet::new();
    for (at, attempt) in attempts {
        let request = request(attempt);
        let by_request = invocations.iter().position(|it| Some(&it.request) == request.as_ref());
        let nearest = || {
            let near =
                invocations.iter().enumerate().filter(|(place, it)| !taken.contains(place) && is_within(attempt, it));
            near.min_by_key(|(_, it)| distance(attempt, it)).map(|(place, _)| place)
        };
        let Some(place) = by_request.or_else(nearest) else { continue };
        taken.insert(place);
        let found = invocations.get(place).map(|it| it.lines.clone()).unwrap_or_default();
        lines.entry(*at).or_default().extend(found);
    }
}

fn is_within(attempt: &Attempt, invocation: &Invocation) -> bool {
    let ended_ms = attempt.ended_ms.unwrap_or(i64::MAX - SLACK_MS);
    invocation.start_ms >= attempt.scheduled_ms - SLACK_MS && invocation.start_ms <= ended_ms + SLACK_MS
}

fn distance(attempt: &Attempt, invocation: &Invocation) -> u64 {
    let begun_ms = attempt.started_ms.unwrap_or(attempt.scheduled_ms);
    let ended_ms = attempt.ended_ms.unwrap_or(invocation.end_ms);
    begun_ms.abs_diff(invocation.start_ms).saturating_add(ended_ms.abs_diff(invocation.end_ms))
}

/// The request that an error tells of: Lambda's error object, or `RequestId: …` in its message.
fn request(attempt: &Attempt) -> Option<String> {
    let cause = attempt.error.as_ref()?.cause.as_deref()?;
    let object: Value = serde_json::from_str(cause).unwrap_or_default();
    if let Some(id) = object.get("requestId").and_then(Value::as_str) {
        return Some(id.to_owned());
    }
    let (_, rest) = cause.split_once("RequestId: ")?;
    rest.split([' ', '"']).next().map(str::to_owned)
}

/// Invocations in a log, as text or as JSON. In a stream one follows another.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>
fn invocations(events: &[LogEvent]) -> Vec<Invocation> {
    let mut found: Vec<Invocation> = Vec::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        let text = event.message.trim_end();
        match Mark::of(text) {
            Some(Mark::Start(request)) => {
                open.insert(&event.stream, found.len());
                let at = event.timestamp_ms;
                found.push(Invocation { request, start_ms: at, end_ms: at, lines: Vec::new() });
            }
            Some(Mark::End) => {
                if let Some(invocation) = open.get(event.stream.as_str()).and_then(|at| found.get_mut(*at)) {
                    invocation.end_ms = event.timestamp_ms;
                }
            }
            Some(Mark::Other) => {}
            None => {
                if let Some(invocation) = open.get(event.stream.as_str()).and_then(|at| found.get_mut(*at)) {
                    invocation.end_ms = invocation.end_ms.max(event.timestamp_ms);
                    invocation.lines.push((event.timestamp_ms, text.to_owned()));
                }
            }
        }
    }
    found
}

/// A line that Lambda itself wrote.
enum Mark {
    Start(String),
    End,
    Other,
}

impl Mark {
    fn of(text: &str) -> Option<Self> {
        let word = |rest: &str| rest.split_whitespace().next().unwrap_or_default().to_owned();
        if let Some(rest) = text.strip_prefix("START RequestId: ") {
            return Some(Self::Start(word(rest)));
        }
        if text.starts_with("END RequestId: ") || text.starts_with("REPORT RequestId: ") {
            return Some(Self::End);
        }
        if text.starts_with("INIT_START ") || text.starts_with("EXTENSION") {
            return Some(Self::Other);
        }
        if !text.starts_with('{') {
            return None;
        }
        let object: Value = serde_json::from_str(text).ok()?;
        let request = object.pointer("/record/requestId").and_then(Value::as_str).unwrap_or_default();
        match object.get("type").and_then(Value::as_str)? {
            "platform.start" => Some(Self::Start(request.to_owned())),
            "platform.report" | "platform.runtimeDone" => Some(Self::End),
            platform if platform.starts_with("platform.") => Some(Self::Other),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asl::trace::TraceError;

    fn line(stream: &str, at: i64, text: &str) -> LogEvent {
        LogEvent { id: String::new(), timestamp_ms: at, stream: stream.to_owned(), message: format!("{text}\n") }
    }

    fn attempt(begun: i64, ended: i64, cause: Option<&str>) -> Attempt {
        let error = cause.map(|cause| TraceError { cause: Some(cause.to_owned()), ..TraceError::default() });
        Attempt { scheduled_ms: begun, started_ms: Some(begun), ended_ms: Some(ended), error, ..Attempt::default() }
    }

    fn two() -> Vec<LogEvent> {
        vec![
            line("a", 1000, "START RequestId: r1 Version: $LATEST"),
            line("b", 1010, "START RequestId: r2 Version: $LATEST"),
            line("a", 1005, "first"),
            line("b", 1020, "second"),
            line("a", 1100, "END RequestId: r1"),
            line("b", 1300, "END RequestId: r2"),
            line("b", 1300, "REPORT RequestId: r2\tDuration: 290.00 ms"),
            line("a", 9000, "INIT_START Runtime Version: python"),
            line("a", 9000, "{\"type\": \"platform.start\", \"record\": {\"requestId\": \"r3\"}}"),
            line("a", 9010, "{\"level\": \"INFO\", \"message\": \"third\"}"),
            line("a", 9020, "{\"type\": \"platform.report\", \"record\": {\"requestId\": \"r3\"}}"),
        ]
    }

    fn reported(attempts: &[Attempt]) -> Vec<String> {
        let mut lines = Lines::new();
        let attempts: Vec<(usize, &Attempt)> = attempts.iter().enumerate().collect();
        attach(&mut lines, &attempts, &two());
        let of = |at: &(usize, &Attempt)| {
            lines.get(&at.0).into_iter().flatten().map(|(_, text)| text.clone()).collect::<Vec<_>>().join("|")
        };
        attempts.iter().map(of).collect()
    }

    #[test]
    fn an_attempt_has_the_lines_of_the_invocation_nearest_in_time() {
        assert_eq!(reported(&[attempt(1008, 1310, None), attempt(999, 1101, None)]), ["second", "first"]);
        assert_eq!(reported(&[attempt(8990, 9025, None)]), ["{\"level\": \"INFO\", \"message\": \"third\"}"]);
        assert_eq!(reported(&[attempt(5000, 5100, None)]), [""], "somebody else's calls are not shown");
    }

    #[test]
    fn a_request_that_is_named_outweighs_the_time() {
        assert_eq!(
            reported(&[attempt(999, 1101, Some("{\"requestId\": \"r2\", \"errorMessage\": \"m\"}"))]),
            ["second"]
        );
        assert_eq!(
            reported(&[attempt(1008, 1310, Some("{\"errorMessage\": \"RequestId: r1 Error: Task timed out\"}"))]),
            ["first"]
        );
    }
}
