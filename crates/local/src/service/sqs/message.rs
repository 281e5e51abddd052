//! A message in a queue.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::digest;

/// A message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) id: String,
    /// Grows with every message of the endpoint; also a FIFO queue's sequence number.
    pub(super) number: u64,
    pub(super) body: String,
    pub(super) attributes: Map<String, Value>,
    pub(super) sender: String,
    pub(super) sent_ms: i64,
    /// Not to be received before.
    pub(super) visible_ms: i64,
    pub(super) first_received_ms: Option<i64>,
    pub(super) received: u64,
    /// What the last receiver deletes it by.
    pub(super) receipt: Option<String>,
    pub(super) group: Option<String>,
    pub(super) deduplication: Option<String>,
}

impl Message {
    /// The message as `ReceiveMessage` shows it, with the attributes asked for.
    pub(super) fn shown(&self, system: &[&str], own: &[&str]) -> Value {
        let mut shown = json!({
            "MessageId": self.id,
            "ReceiptHandle": self.receipt,
            "MD5OfBody": digest::body(&self.body),
            "Body": self.body,
        });
        let Value::Object(members) = &mut shown else { return shown };
        let system = self.system_attributes(system);
        if !system.is_empty() {
            members.insert("Attributes".to_owned(), Value::Object(system));
        }
        let wanted = |name: &str| {
            own.iter().any(|pattern| {
                matches!(*pattern, "All" | ".*")
                    || *pattern == name
                    || pattern.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
            })
        };
        let own: Map<String, Value> = self
            .attributes
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if let Some(digest) = digest::attributes(&own) {
            members.insert("MD5OfMessageAttributes".to_owned(), digest.into());
            members.insert("MessageAttributes".to_owned(), Value::Object(own));
        }
        shown
    }

    fn system_attributes(&self, wanted: &[&str]) -> Map<String, Value> {
        let all = [
            ("SenderId", Some(self.sender.clone())),
            ("SentTimestamp", Some(self.sent_ms.to_string())),
            ("ApproximateReceiveCount", Some(self.received.to_string())),
            ("ApproximateFirstReceiveTimestamp", self.first_received_ms.map(|at| at.to_string())),
            ("MessageGroupId", self.group.clone()),
            ("MessageDeduplicationId", self.deduplication.clone()),
            ("SequenceNumber", self.group.as_ref().map(|_| sequence(self.number))),
        ];
        let asked = |name: &str| wanted.contains(&"All") || wanted.contains(&name);
        all.into_iter()
            .filter(|(name, _)| asked(name))
            .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
            .collect()
    }
}

/// A sequence number as SQS writes it.
pub(super) fn sequence(number: u64) -> String {
    format!("{number:020}")
}
