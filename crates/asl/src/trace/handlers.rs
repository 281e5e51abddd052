//! What handlers wrote while an execution called them: invocations of a log group, beside the attempts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::tree::{Attempt, Trace};

/// Clocks of two services differ by less.
const SLACK_MS: i64 = 500;

/// A line of a function's log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedLine {
    /// The stream's name.
    pub stream: String,
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// The text, as Lambda or the handler wrote it.
    pub message: String,
}

/// The time in which a function's log group has what an execution's calls wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSpan {
    /// Milliseconds since 1970, inclusive.
    pub since_ms: i64,
    /// Milliseconds since 1970; none while a call lasts, or where its end was not reported.
    pub until_ms: Option<i64>,
}

/// Calls of functions: visit and attempt by the function's name.
type Calls<'a> = BTreeMap<&'a str, Vec<(usize, &'a Attempt)>>;

/// One call of a function, as its log shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Invocation {
    request: String,
    start_ms: i64,
    end_ms: i64,
    lines: Vec<(i64, String)>,
}

/// The functions that an execution called, by name, and the time in which their log groups have what those calls wrote.
pub fn handler_calls(trace: &Trace) -> BTreeMap<&str, CallSpan> {
    let span = |attempts: &[(usize, &Attempt)]| {
        let ended = |attempt: &Attempt| attempt.ended_ms.map(|ended| ended + SLACK_MS);
        let is_open = attempts.iter().any(|(_, attempt)| attempt.ended_ms.is_none());
        let until_ms = attempts.iter().filter_map(|(_, attempt)| ended(attempt)).max();
        CallSpan {
            since_ms: attempts.iter().map(|(_, attempt)| attempt.scheduled_ms).min().unwrap_or_default() - SLACK_MS,
            until_ms: until_ms.filter(|_| !is_open),
        }
    };
    calls(trace).into_iter().map(|(function, attempts)| (function, span(&attempts))).collect()
}

/// What handlers wrote by the place of the visit in [`Trace::visits`] that called them: milliseconds since 1970 and the text, without
/// the lines that Lambda itself writes. `logged` has the lines of each function's log group by the function's name, in each stream in
/// the order of time. An attempt is given the lines of its invocation: the one of the request that its error names, else the one whose
/// time is nearest; somebody else's calls are left out.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>
pub fn handler_lines(trace: &Trace, logged: &BTreeMap<String, Vec<LoggedLine>>) -> BTreeMap<usize, Vec<(i64, String)>> {
    let mut lines = BTreeMap::new();
    for (function, attempts) in calls(trace) {
        attach(&mut lines, &attempts, logged.get(function).map(Vec::as_slice).unwrap_or_default());
    }
    lines
}

/// The name in a function's ARN, whole or partial, or in a name with a version or an alias.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
pub fn function_name(function: &str) -> &str {
    let name = function.split_once(":function:").map_or(function, |(_, rest)| rest);
    name.split(':').next().unwrap_or(name)
}

fn calls(trace: &Trace) -> Calls<'_> {
    let mut called = Calls::new();
    for (at, visit) in trace.visits.iter().enumerate() {
        for attempt in &visit.attempts {
            if let Some(function) = attempt.function.as_deref().map(function_name) {
                called.entry(function).or_default().push((at, attempt));
            }
        }
    }
    called
}

/// Gives each attempt of one function the lines of its invocation.
fn attach(lines: &mut BTreeMap<usize, Vec<(i64, String)>>, attempts: &[(usize, &Attempt)], logged: &[LoggedLine]) {
    let invocations = invocations(logged);
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
fn invocations(logged: &[LoggedLine]) -> Vec<Invocation> {
    let mut found: Vec<Invocation> = Vec::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for line in logged {
        let text = line.message.trim_end();
        match Mark::of(text) {
            Some(Mark::Start(request)) => {
                open.insert(&line.stream, found.len());
                let at = line.timestamp_ms;
                found.push(Invocation { request, start_ms: at, end_ms: at, lines: Vec::new() });
            }
            Some(Mark::End) => {
                if let Some(invocation) = open.get(line.stream.as_str()).and_then(|at| found.get_mut(*at)) {
                    invocation.end_ms = line.timestamp_ms;
                }
            }
            Some(Mark::Other) => {}
            None => {
                if let Some(invocation) = open.get(line.stream.as_str()).and_then(|at| found.get_mut(*at)) {
                    invocation.end_ms = invocation.end_ms.max(line.timestamp_ms);
                    invocation.lines.push((line.timestamp_ms, text.to_owned()));
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
    use super::super::tree::{TraceError, Visit};
    use super::*;

    fn line(stream: &str, at: i64, text: &str) -> LoggedLine {
        LoggedLine { timestamp_ms: at, stream: stream.to_owned(), message: format!("{text}\n") }
    }

    fn attempt(begun: i64, ended: i64, cause: Option<&str>) -> Attempt {
        let error = cause.map(|cause| TraceError { cause: Some(cause.to_owned()), ..TraceError::default() });
        let function = Some("arn:aws:lambda:us-east-1:1:function:ann-pay".to_owned());
        Attempt {
            function,
            scheduled_ms: begun,
            started_ms: Some(begun),
            ended_ms: Some(ended),
            error,
            ..Attempt::default()
        }
    }

    /// An execution in which each attempt was made by a state of its own.
    fn trace(attempts: &[Attempt]) -> Trace {
        let visit = |attempt: &Attempt| Visit {
            event_id: 1,
            state: "Pay".to_owned(),
            state_type: "Task".to_owned(),
            inside: None,
            entered_ms: None,
            left_ms: None,
            end: None,
            input: None,
            output: None,
            attempts: vec![attempt.clone()],
            error: None,
            caught_by: None,
            lanes: Vec::new(),
        };
        Trace { visits: attempts.iter().map(visit).collect(), ..Trace::default() }
    }

    fn two() -> Vec<LoggedLine> {
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
        let logged = BTreeMap::from([("ann-pay".to_owned(), two()), ("ann-other".to_owned(), two())]);
        let lines = handler_lines(&trace(attempts), &logged);
        let of = |at| lines.get(&at).into_iter().flatten().map(|(_, text)| text.clone()).collect::<Vec<_>>().join("|");
        (0..attempts.len()).map(of).collect()
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

    #[test]
    fn the_span_of_calls_begins_with_the_first_and_is_open_while_one_lasts() {
        let (first, second) = (attempt(2000, 2100, None), attempt(1000, 1100, None));
        let span = |attempts: &[Attempt]| handler_calls(&trace(attempts)).get("ann-pay").copied();
        let closed = CallSpan { since_ms: 500, until_ms: Some(2600) };
        assert_eq!(span(&[first.clone(), second.clone()]), Some(closed));
        let lasting = Attempt { ended_ms: None, ..second };
        assert_eq!(span(&[first.clone(), lasting]), Some(CallSpan { until_ms: None, ..closed }));
        assert_eq!(span(&[Attempt { function: None, ..first }]), None);
    }

    #[test]
    fn functions_are_named_in_several_ways() {
        for function in [
            "arn:aws:lambda:us-east-1:1:function:ann-pay",
            "arn:aws:lambda:us-east-1:1:function:ann-pay:3",
            "ann-pay",
            "ann-pay:live",
            "1:function:ann-pay",
        ] {
            assert_eq!(function_name(function), "ann-pay", "{function}");
        }
    }
}
