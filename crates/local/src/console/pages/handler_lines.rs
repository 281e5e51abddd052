//! What handlers wrote while an execution called them.

use std::collections::BTreeMap;

use labctl_asl::trace::{LoggedLine, Trace, handler_calls, handler_lines};
use serde_json::json;

use super::words::LOG_PAGES;
use crate::console::ask::Ask;
use crate::member::Member as _;

/// Lines of one function that are read.
const MOST: usize = 20_000;

/// Lines by the place of the visit that called: milliseconds since 1970 and the text. A function that is not this browser's, and one
/// without a log group, has none.
pub(super) async fn of(ask: &Ask<'_>, trace: &Trace) -> BTreeMap<usize, Vec<(i64, String)>> {
    let mut logged = BTreeMap::new();
    for (function, span) in handler_calls(trace).into_iter().filter(|(function, _)| ask.sees(function)) {
        let mut input = json!({"logGroupName": format!("/aws/lambda/{function}"), "startTime": span.since_ms});
        if let (Some(until), Some(input)) = (span.until_ms, input.as_object_mut()) {
            input.insert("endTime".to_owned(), until.into());
        }
        let found = ask.all("logs", "FilterLogEvents", input, "events", LOG_PAGES, MOST).await.unwrap_or_default();
        let lines = found.iter().map(|event| LoggedLine {
            stream: event.member("logStreamName").as_str().unwrap_or_default().to_owned(),
            timestamp_ms: event.member("timestamp").as_i64().unwrap_or_default(),
            message: event.member("message").as_str().unwrap_or_default().to_owned(),
        });
        logged.insert(function.to_owned(), lines.collect());
    }
    handler_lines(trace, &logged)
}
