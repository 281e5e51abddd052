//! A queue and the messages in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::message::Message;
use crate::service::tags::Tags;

/// A queue's own facts, as they are stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) region: String,
    pub(super) name: String,
    pub(super) created_ms: i64,
    pub(super) changed_ms: i64,
    /// What was set; what was not has its default.
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: Tags,
}

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) facts: Facts,
    /// By number: the order they came in.
    pub(super) messages: BTreeMap<u64, Message>,
    /// Deduplication ids of the last five minutes.
    pub(super) recent: BTreeMap<String, Sent>,
}

/// When a message was sent (milliseconds since 1970), its number and its id.
pub(super) type Sent = (i64, u64, String);

/// How long a deduplication id is remembered.
pub(super) const DEDUPLICATION_MS: i64 = 300_000;

/// Whether a name is of a FIFO queue: the suffix is part of it, in lower case.
pub(super) fn is_fifo_name(name: &str) -> bool {
    name.strip_suffix(".fifo").is_some()
}

impl Queue {
    pub(super) fn new(facts: Facts) -> Self {
        Self { facts, messages: BTreeMap::new(), recent: BTreeMap::new() }
    }

    pub(super) fn is_fifo(&self) -> bool {
        is_fifo_name(&self.facts.name)
    }

    /// A numeric attribute, or its default.
    pub(super) fn number(&self, name: &str, default: i64) -> i64 {
        self.facts.attributes.get(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    pub(super) fn retention_ms(&self) -> i64 {
        self.number("MessageRetentionPeriod", 345_600) * 1000
    }

    /// The dead-letter queue's ARN, and how often a message may be received before it goes there.
    pub(super) fn redrive(&self) -> Option<(String, u64)> {
        let policy: serde_json::Value = serde_json::from_str(self.facts.attributes.get("RedrivePolicy")?).ok()?;
        let most = policy.get("maxReceiveCount")?;
        let most = most.as_u64().or_else(|| most.as_str()?.parse().ok())?;
        Some((policy.get("deadLetterTargetArn")?.as_str()?.to_owned(), most))
    }

    /// The numbers of messages that may be received now, oldest first. In a FIFO queue a group waits for its first
    /// message while that is out.
    pub(super) fn receivable(&self, now_ms: i64, most: usize) -> Vec<u64> {
        let mut held: Vec<&str> = Vec::new();
        let mut found = Vec::new();
        for (number, message) in &self.messages {
            if found.len() == most {
                break;
            }
            let group = message.group.as_deref().filter(|_| self.is_fifo());
            if group.is_some_and(|group| held.contains(&group)) {
                continue;
            }
            if message.visible_ms > now_ms {
                held.extend(group);
            } else {
                found.push(*number);
            }
        }
        found
    }
}
