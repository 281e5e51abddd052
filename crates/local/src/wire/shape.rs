//! The few members whose form on the wire cannot be seen from their value: times, flattened lists, and maps.

use crate::api::{self, MapForm};

/// What a member is, beyond its JSON type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// As its JSON type says.
    Plain,
    /// Seconds since 1970 inside the endpoint; ISO 8601 in XML, tag 1 in CBOR, a number in JSON.
    Timestamp,
}

/// What a member of a service's output is.
pub(super) fn of(service: &str, member: &str) -> Shape {
    if is_timestamp(service, member) { Shape::Timestamp } else { Shape::Plain }
}

/// Whether a member of a service's output is a time in seconds since 1970.
pub(crate) fn is_timestamp(service: &str, member: &str) -> bool {
    api::find(service).is_some_and(|api| api.times.contains(&member))
}

/// The element's name when a list has no wrapper.
pub(super) fn flattened(service: &str, operation: &str, member: &str) -> Option<&'static str> {
    if (service, member) == ("sqs", "Successful") {
        // Each batch operation names its results after itself.
        return match operation {
            "SendMessageBatch" => Some("SendMessageBatchResultEntry"),
            _ => Some("DeleteMessageBatchResultEntry"),
        };
    }
    api::find(service)?.lists.iter().find(|(name, _)| *name == member).map(|(_, element)| *element)
}

/// How a member is written in XML when it is a map rather than a structure.
pub(super) fn map(service: &str, member: &str) -> Option<MapForm> {
    api::find(service)?.maps.iter().find(|(name, _)| *name == member).map(|(_, form)| *form)
}

/// Seconds since 1970 as ISO 8601, with milliseconds when there are any.
pub(crate) fn iso(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float cast saturates, and jiff refuses what is out of range"
    )]
    let milliseconds = (seconds * 1000.0).round() as i64;
    let Ok(time) = jiff::Timestamp::from_millisecond(milliseconds) else { return String::new() };
    let format = if milliseconds % 1000 == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S.%3fZ" };
    time.strftime(format).to_string()
}
