//! Queue attributes: which there are, and what they may be.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::queue::Queue;
use crate::wire::Fault;

/// Name, least, most, default.
const NUMBERS: [(&str, i64, i64, i64); 6] = [
    ("DelaySeconds", 0, 900, 0),
    ("MaximumMessageSize", 1024, 1_048_576, 1_048_576),
    ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
    ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
    ("VisibilityTimeout", 0, 43_200, 30),
    ("KmsDataKeyReusePeriodSeconds", 60, 86_400, 300),
];
const TEXTS: [&str; 9] = [
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "SqsManagedSseEnabled",
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
];
const COUNTED: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// Reads `Attributes` of a request.
pub(super) fn read(map: Option<&Value>) -> Result<BTreeMap<String, String>, Fault> {
    let mut read = BTreeMap::new();
    for (name, value) in map.and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let Some((_, least, most, _)) = NUMBERS.iter().find(|(known, ..)| known == name) {
            if !value.parse::<i64>().is_ok_and(|number| (*least..=*most).contains(&number)) {
                return Err(invalid(name));
            }
        } else if !TEXTS.contains(&name.as_str()) {
            return Err(Fault::client("InvalidAttributeName", format!("Unknown Attribute {name}.")));
        }
        let is_json = matches!(name.as_str(), "Policy" | "RedrivePolicy" | "RedriveAllowPolicy");
        if is_json && !value.is_empty() && !serde_json::from_str::<Value>(&value).is_ok_and(|value| value.is_object()) {
            return Err(invalid(name));
        }
        read.insert(name.clone(), value);
    }
    Ok(read)
}

fn invalid(name: &str) -> Fault {
    Fault::client("InvalidAttributeValue", format!("Invalid value for the parameter {name}."))
}

/// The attributes asked for.
///
/// # Errors
/// `InvalidAttributeName`.
pub(super) fn shown(queue: &Queue, arn: &str, now_ms: i64, wanted: &[&str]) -> Result<Map<String, Value>, Fault> {
    let known = |name: &str| {
        name == "All"
            || COUNTED.contains(&name)
            || TEXTS.contains(&name)
            || NUMBERS.iter().any(|(known, ..)| *known == name)
    };
    if let Some(unknown) = wanted.iter().find(|name| !known(name)) {
        return Err(Fault::client("InvalidAttributeName", format!("Unknown Attribute {unknown}.")));
    }
    let all = wanted.contains(&"All");
    let mut shown = Map::new();
    for (name, value) in every(queue, arn, now_ms) {
        if all || wanted.contains(&name.as_str()) {
            shown.insert(name, Value::String(value));
        }
    }
    Ok(shown)
}

fn every(queue: &Queue, arn: &str, now_ms: i64) -> Vec<(String, String)> {
    let delayed =
        queue.messages.values().filter(|message| message.visible_ms > now_ms && message.received == 0).count();
    let hidden = queue.messages.values().filter(|message| message.visible_ms > now_ms && message.received > 0).count();
    let counts = [
        ("QueueArn", arn.to_owned()),
        ("ApproximateNumberOfMessages", (queue.messages.len() - delayed - hidden).to_string()),
        ("ApproximateNumberOfMessagesNotVisible", hidden.to_string()),
        ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
        ("CreatedTimestamp", (queue.facts.created_ms / 1000).to_string()),
        ("LastModifiedTimestamp", (queue.facts.changed_ms / 1000).to_string()),
    ];
    let defaults = NUMBERS
        .iter()
        .filter(|(name, ..)| *name != "KmsDataKeyReusePeriodSeconds" && !queue.facts.attributes.contains_key(*name))
        .map(|(name, _, _, default)| ((*name).to_owned(), default.to_string()));
    let sse = (!queue.facts.attributes.contains_key("SqsManagedSseEnabled"))
        .then(|| ("SqsManagedSseEnabled".to_owned(), "true".to_owned()));
    let set = queue.facts.attributes.iter().filter(|(_, value)| !value.is_empty());
    counts
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain(defaults)
        .chain(sse)
        .chain(set.map(|(name, value)| (name.clone(), value.clone())))
        .collect()
}
