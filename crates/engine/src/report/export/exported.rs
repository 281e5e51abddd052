//! What is exported: an execution, its visits and their attempts, as spans of time.

use crate::asl::trace::{End, Trace, TraceError};

/// In which format a trace is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Chrome's trace events.
    Chrome,
    /// OpenTelemetry's JSON.
    Otlp,
}

/// A trace, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct ExportedTrace<'t> {
    /// The execution's ARN.
    pub arn: &'t str,
    /// The execution's name.
    pub name: &'t str,
    /// The machine's name.
    pub machine: &'t str,
    /// Why it did not do what it should, where it did not.
    pub cause: Option<&'t str>,
    /// What it did.
    pub trace: &'t Trace,
}

impl ExportedTrace<'_> {
    /// The execution, then every visit followed by its attempts; what is inside of something stands behind it. What has no end ends
    /// with the last thing that is known.
    pub(super) fn spans(&self) -> Vec<Span<'_>> {
        let trace = self.trace;
        let begun = trace.visits.iter().filter_map(|visit| visit.entered_ms).min();
        let start_ms = trace.started_ms.or(begun).unwrap_or_default();
        let known = trace.visits.iter().flat_map(|visit| {
            let attempts = visit.attempts.iter().flat_map(|attempt| [Some(attempt.scheduled_ms), attempt.ended_ms]);
            [visit.entered_ms, visit.left_ms].into_iter().chain(attempts).flatten()
        });
        let end_ms = trace.ended_ms.or_else(|| known.max()).unwrap_or(start_ms);
        let whole = Span::new(Subject::Execution, None, self.name, (start_ms, Some(end_ms)), end_ms);
        let mut spans = vec![Span { end: trace.end, error: trace.error.as_ref(), ..whole }];
        let mut places = Vec::with_capacity(trace.visits.len());
        for (at, visit) in trace.visits.iter().enumerate() {
            let around = visit.inside.and_then(|inside| places.get(inside.visit).copied()).unwrap_or(0);
            let entered_ms = visit.entered_ms.unwrap_or(start_ms);
            places.push(spans.len());
            let span = Span::new(Subject::Visit(at), Some(around), &visit.state, (entered_ms, visit.left_ms), end_ms);
            spans.push(Span { end: visit.end, error: visit.error.as_ref(), ..span });
            let of_visit = spans.len() - 1;
            // A Parallel's or a Map's attempts are what is inside of it.
            for (number, attempt) in visit.attempts.iter().enumerate().filter(|_| visit.lanes.is_empty()) {
                let times = (attempt.scheduled_ms, attempt.ended_ms.or(visit.left_ms));
                let name = attempt.function.as_deref().or(attempt.resource.as_deref()).unwrap_or(&visit.state);
                let span = Span::new(Subject::Attempt(at, number), Some(of_visit), name, times, end_ms);
                spans.push(Span { error: attempt.error.as_ref(), ..span });
            }
        }
        spans
    }
}

/// What a span of time is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Execution,
    /// Place in [`Trace::visits`].
    Visit(usize),
    /// The same, and which attempt.
    Attempt(usize, usize),
}

/// A span of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'t> {
    pub(super) subject: Subject,
    /// Place of the span around it.
    pub(super) around: Option<usize>,
    pub(super) name: &'t str,
    pub(super) start_ms: i64,
    /// Never before its start.
    pub(super) end_ms: i64,
    pub(super) end: Option<End>,
    pub(super) error: Option<&'t TraceError>,
}

impl<'t> Span<'t> {
    fn new(
        subject: Subject,
        around: Option<usize>,
        name: &'t str,
        (start_ms, end_ms): (i64, Option<i64>),
        last_ms: i64,
    ) -> Self {
        let end_ms = end_ms.unwrap_or(last_ms).max(start_ms);
        Self { subject, around, name, start_ms, end_ms, end: None, error: None }
    }
}
