//! What handlers wrote while an execution called them, read from their functions' log groups.

use std::collections::BTreeMap;

use futures::future::join_all;

use crate::asl::trace::{LoggedLine, Trace, handler_calls, handler_lines};
use crate::cloud::{Cloud, ErrorClass, LogQuery};
use crate::model::LogEvent;

/// Lines by the place of the visit that called.
pub(crate) type Lines = BTreeMap<usize, Vec<(i64, String)>>;

/// Reads what the handlers of an execution wrote, and says what could not be read.
pub(crate) async fn read(cloud: &dyn Cloud, trace: &Trace) -> (Lines, Vec<String>) {
    let calls = handler_calls(trace);
    let reading = calls.iter().map(|(function, span)| async move {
        let group = format!("/aws/lambda/{function}");
        let query = LogQuery { group: &group, filter: "", since_ms: span.since_ms, until_ms: span.until_ms };
        (*function, cloud.logs(query).await)
    });
    let (mut logged, mut notes) = (BTreeMap::new(), Vec::new());
    for (function, read) in join_all(reading).await {
        match read {
            Ok(events) => {
                logged.insert(function.to_owned(), events.into_iter().map(line).collect());
            }
            Err(error) if error.class == ErrorClass::NotFound => {
                notes.push(format!("`{function}` has no log: its role may not write one, or it never ran"));
            }
            Err(error) => notes.push(format!("the log of `{function}` could not be read: {error}")),
        }
    }
    (handler_lines(trace, &logged), notes)
}

fn line(event: LogEvent) -> LoggedLine {
    LoggedLine { stream: event.stream, timestamp_ms: event.timestamp_ms, message: event.message }
}
