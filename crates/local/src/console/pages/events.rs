//! Events of an execution.

use labctl_asl::trace::HistoryEvent;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::words::when;
use crate::console::request::Request;

/// Events on a page.
const SHOWN: usize = 200;

/// An event of GetExecutionHistory as a trace reads it.
pub(super) fn of_history(event: &Value) -> HistoryEvent {
    HistoryEvent::deserialize(event).unwrap_or_default()
}

/// The only member of an event that is named for details.
fn details(event: &Value) -> &Value {
    let mut members = event.as_object().into_iter().flatten();
    members.find(|(name, _)| name.ends_with("EventDetails")).map_or(&Value::Null, |(_, details)| details)
}

/// A page of events.
pub(super) fn shown(events: &[(Value, HistoryEvent)], request: &Request, started_ms: Option<i64>) -> Value {
    let pages = events.len().div_ceil(SHOWN).max(1);
    let page = request.query("events").and_then(|page| page.parse::<usize>().ok()).unwrap_or(1).clamp(1, pages);
    let rows = events.iter().skip((page - 1) * SHOWN).take(SHOWN).map(|(written, event)| {
        // Of a log line the details, of a history's event all of them.
        let details = match written.get("details") {
            Some(details) => details,
            None => details(written),
        };
        json!({
            "id": event.id, "type": event.event_type, "step": event.name, "resource": event.resource,
            "elapsed": started_ms.map(|started| event.timestamp_ms - started), "at": when(event.timestamp_ms),
            "details": (!details.is_null()).then(|| serde_json::to_string_pretty(details).unwrap_or_default()),
        })
    });
    let turn = |to: usize| format!("{}?events={to}#events", request.path);
    json!({
        "rows": rows.collect::<Vec<_>>(), "count": events.len(),
        "before": (page > 1).then(|| turn(page - 1)), "after": (page < pages).then(|| turn(page + 1)),
        "page": page, "pages": pages,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_events_are_many_pages() {
        let events: Vec<_> = (1..=450).map(|id| (json!({}), HistoryEvent { id, ..HistoryEvent::default() })).collect();
        let page = |query: &str| shown(&events, &Request::at("/p", query), None);
        let (first, last) = (page(""), page("events=99"));
        assert_eq!((first["rows"].as_array().unwrap().len(), &first["after"]), (200, &json!("/p?events=2#events")));
        assert_eq!(
            (last["rows"].as_array().unwrap().len(), &last["after"], &last["page"]),
            (50, &Value::Null, &json!(3))
        );
        assert_eq!(shown(&[], &Request::at("/p", ""), None)["count"], 0);
    }
}
