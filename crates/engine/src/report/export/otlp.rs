//! OpenTelemetry's JSON: lowerCamelCase names, identifiers in hexadecimal, 64-bit integers as text, all on one line of a file.
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>

use serde_json::{Value, json};

use super::exported::{ExportedTrace, Span, Subject};
use super::text::list;
use crate::asl::trace::{End, TraceError};
use crate::model::Digest;

/// `SPAN_KIND_INTERNAL`, `SPAN_KIND_CLIENT`.
const INTERNAL: u32 = 1;
const CLIENT: u32 = 3;

/// `STATUS_CODE_OK`, `STATUS_CODE_ERROR`.
const OK: u32 = 1;
const ERROR: u32 = 2;

pub(super) fn write(exported: &ExportedTrace<'_>) -> String {
    let spans = exported.spans();
    let trace_id = identifier(exported.arn, 32);
    let ids: Vec<String> = spans.iter().map(|span| span_id(exported, span)).collect();
    let written = spans.iter().zip(&ids).map(|(span, id)| {
        let mut written = json!({
            "traceId": trace_id,
            "spanId": id,
            "name": span.name,
            "kind": if matches!(span.subject, Subject::Attempt(..)) { CLIENT } else { INTERNAL },
            "startTimeUnixNano": nanoseconds(span.start_ms),
            "endTimeUnixNano": nanoseconds(span.end_ms),
            "attributes": attributes(exported, span),
            "events": span.error.map(exception).into_iter().collect::<Vec<_>>(),
            "status": status(exported, span),
        });
        if let (Some(parent), Some(members)) = (span.around.and_then(|at| ids.get(at)), written.as_object_mut()) {
            members.insert("parentSpanId".to_owned(), json!(parent));
        }
        written
    });
    let resource = json!({ "attributes": [attribute("service.name", exported.machine)] });
    let scope = json!({ "name": "labctl", "version": env!("CARGO_PKG_VERSION") });
    let mut text =
        format!("{{\"resourceSpans\":[{{\"resource\":{resource},\"scopeSpans\":[{{\"scope\":{scope},\"spans\":[");
    list(&mut text, written);
    text.push_str("]}]}]}");
    text
}

/// The first digits of a digest, which are never all zeros in practice, as an empty identifier would be.
fn identifier(text: &str, digits: usize) -> String {
    Digest::of(text.as_bytes()).as_str().chars().take(digits).collect()
}

fn span_id(exported: &ExportedTrace<'_>, span: &Span<'_>) -> String {
    let what = match span.subject {
        Subject::Execution => "execution".to_owned(),
        Subject::Visit(at) => format!("visit {at}"),
        Subject::Attempt(at, number) => format!("visit {at} attempt {number}"),
    };
    identifier(&format!("{} {what}", exported.arn), 16)
}

fn nanoseconds(ms: i64) -> String {
    (i128::from(ms).max(0) * 1_000_000).to_string()
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn attributes(exported: &ExportedTrace<'_>, span: &Span<'_>) -> Vec<Value> {
    match span.subject {
        Subject::Execution => vec![attribute("aws.stepfunctions.execution.arn", exported.arn)],
        Subject::Visit(at) => exported.trace.visits.get(at).map_or_else(Vec::new, |visit| {
            let caught = visit.caught_by.as_deref().map(|by| attribute("aws.stepfunctions.state.caught_by", by));
            let event =
                json!({ "key": "aws.stepfunctions.event.id", "value": { "intValue": visit.event_id.to_string() } });
            [attribute("aws.stepfunctions.state.type", &visit.state_type), event].into_iter().chain(caught).collect()
        }),
        Subject::Attempt(at, number) => {
            let attempt = exported.trace.visits.get(at).and_then(|visit| visit.attempts.get(number));
            let count =
                json!({ "key": "aws.stepfunctions.attempt", "value": { "intValue": (number + 1).to_string() } });
            let resource = attempt.and_then(|attempt| attempt.resource.as_deref());
            let resource = resource.map(|resource| attribute("aws.stepfunctions.resource", resource));
            [count].into_iter().chain(resource).collect()
        }
    }
}

/// An error, as OpenTelemetry names one.
fn exception(error: &TraceError) -> Value {
    let reported = [("exception.type", &error.error), ("exception.message", &error.cause)];
    let attributes: Vec<Value> =
        reported.into_iter().filter_map(|(key, value)| Some(attribute(key, value.as_deref()?))).collect();
    json!({ "timeUnixNano": nanoseconds(error.at_ms), "name": "exception", "attributes": attributes })
}

fn status(exported: &ExportedTrace<'_>, span: &Span<'_>) -> Value {
    let is_whole = span.subject == Subject::Execution;
    let message = if is_whole { exported.cause } else { span.error.and_then(|error| error.error.as_deref()) };
    let failed = matches!(span.end, Some(End::Failed | End::TimedOut | End::Aborted | End::Caught));
    if failed || message.is_some() || (!is_whole && span.error.is_some()) {
        return json!({ "code": ERROR, "message": message.unwrap_or_default() });
    }
    match span.end {
        Some(End::Succeeded) => json!({ "code": OK }),
        _ => json!({}),
    }
}
