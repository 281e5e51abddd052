//! The few members whose form on the wire cannot be seen from their value: times, flattened lists, and maps.

/// What a member is, beyond its JSON type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// As its JSON type says.
    Plain,
    /// Seconds since 1970 inside the endpoint; ISO 8601 in XML, tag 1 in CBOR, a number in JSON.
    Timestamp,
}

/// How a map is written in XML.
pub(super) struct MapNames {
    /// Whether the entries stand in an element of the member's own name; a flattened map has none.
    pub(super) wrapped: bool,
    /// An entry's element, and those of its key and value.
    pub(super) element: &'static str,
    pub(super) key: &'static str,
    pub(super) value: &'static str,
}

const TIMESTAMPS: [(&str, &[&str]); 4] = [
    ("states", &["creationDate", "redriveDate", "startDate", "stopDate", "timestamp", "updateDate"]),
    ("iam", &["CreateDate", "LastUsedDate", "UpdateDate"]),
    ("sts", &["Expiration"]),
    ("monitoring", &["Timestamp", "Timestamps", "LastModified", "StartTime", "EndTime"]),
];

/// SQS's older protocol: member, element.
const FLATTENED: [(&str, &str); 5] = [
    ("QueueUrls", "QueueUrl"),
    ("queueUrls", "QueueUrl"),
    ("Messages", "Message"),
    ("Failed", "BatchResultErrorEntry"),
    ("Entries", "Entry"),
];

/// What a member of a service's output is.
pub(super) fn of(service: &str, member: &str) -> Shape {
    if is_timestamp(service, member) { Shape::Timestamp } else { Shape::Plain }
}

/// Whether a member of a service's output is a time in seconds since 1970.
pub(crate) fn is_timestamp(service: &str, member: &str) -> bool {
    TIMESTAMPS.iter().any(|(name, members)| *name == service && members.contains(&member))
}

/// The element's name when a list has no wrapper.
pub(super) fn flattened(service: &str, operation: &str, member: &str) -> Option<&'static str> {
    if service != "sqs" {
        return None;
    }
    if member == "Successful" {
        // Each batch operation names its results after itself.
        return match operation {
            "SendMessageBatch" => Some("SendMessageBatchResultEntry"),
            _ => Some("DeleteMessageBatchResultEntry"),
        };
    }
    FLATTENED.iter().find(|(name, _)| *name == member).map(|(_, element)| *element)
}

/// Maps of the services that answer in XML, those of SQS aside: service, member.
const MAPS: [(&str, &str); 2] = [("iam", "SummaryMap"), ("monitoring", "ExtendedStatistics")];

/// How a member is written in XML when it is a map rather than a structure.
/// <https://smithy.io/2.0/spec/protocol-traits.html#xmlflattened-trait>
pub(super) fn map(service: &str, member: &str) -> Option<MapNames> {
    let flattened = |element, key, value| Some(MapNames { wrapped: false, element, key, value });
    match (service, member) {
        ("sqs", "Attributes") => flattened("Attribute", "Name", "Value"),
        ("sqs", "MessageAttributes") => flattened("MessageAttribute", "Name", "Value"),
        ("sqs", "Tags") => flattened("Tag", "Key", "Value"),
        _ => MAPS.contains(&(service, member)).then_some(MapNames {
            wrapped: true,
            element: "entry",
            key: "key",
            value: "value",
        }),
    }
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
