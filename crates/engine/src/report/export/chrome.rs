//! Chrome's trace events: one process for the execution, a thread for each row. Events of a thread never overlap, as viewers want it.
//! <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>

use serde_json::{Map, Value, json};

use super::exported::{ExportedTrace, Span, Subject};
use super::rows::rows;
use super::text::list;

const PROCESS: u32 = 1;

pub(super) fn write(exported: &ExportedTrace<'_>) -> String {
    let spans = exported.spans();
    let (places, rows) = rows(exported.trace, &spans);
    let begun_ms = spans.iter().map(|span| span.start_ms).min().unwrap_or_default();
    let meta = |name: &str, thread: usize, args: Value| json!({"name": name, "ph": "M", "pid": PROCESS, "tid": thread, "args": args});
    let mut events =
        vec![meta("process_name", 0, json!({ "name": format!("{} {}", exported.machine, exported.name) }))];
    for (at, row) in rows.iter().enumerate() {
        events.push(meta("thread_name", at + 1, json!({ "name": row.title })));
        events.push(meta("thread_sort_index", at + 1, json!({ "sort_index": at + 1 })));
    }
    let shown = spans.iter().zip(places).map(|(span, row)| {
        json!({
            "name": span.name,
            "cat": category(span),
            "ph": "X",
            "ts": microseconds(span.start_ms.saturating_sub(begun_ms)),
            "dur": microseconds(span.end_ms.saturating_sub(span.start_ms)),
            "pid": PROCESS,
            "tid": row + 1,
            "args": arguments(exported, span),
        })
    });
    let mut text = "{\"traceEvents\":[".to_owned();
    list(&mut text, events.into_iter().chain(shown));
    text.push_str("],\"displayTimeUnit\":\"ms\"}");
    text
}

fn microseconds(ms: i64) -> i64 {
    ms.saturating_mul(1000)
}

fn category(span: &Span<'_>) -> &'static str {
    match span.subject {
        Subject::Execution => "execution",
        Subject::Visit(_) => "state",
        Subject::Attempt(..) => "attempt",
    }
}

fn arguments(exported: &ExportedTrace<'_>, span: &Span<'_>) -> Value {
    let mut arguments = Map::new();
    let mut add = |name: &str, value: Option<Value>| arguments.extend(value.map(|value| (name.to_owned(), value)));
    match span.subject {
        Subject::Execution => {
            add("arn", Some(exported.arn.into()));
            add("cause", exported.cause.map(Value::from));
        }
        Subject::Visit(at) => {
            let visit = exported.trace.visits.get(at);
            add("event_id", visit.map(|visit| visit.event_id.into()));
            add("type", visit.map(|visit| visit.state_type.as_str().into()));
            add("caught_by", visit.and_then(|visit| visit.caught_by.as_deref()).map(Value::from));
        }
        Subject::Attempt(_, number) => add("attempt", Some((number + 1).into())),
    }
    add("end", span.end.map(|end| json!(end)));
    add("error", span.error.and_then(|error| error.error.as_deref()).map(Value::from));
    Value::Object(arguments)
}
