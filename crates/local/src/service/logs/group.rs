//! A log group and its streams.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::service::tags::Tags;

/// A group's own facts, as they are stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) name: String,
    pub(super) created_ms: i64,
    pub(super) retention_days: Option<i64>,
    /// Whether it cannot be deleted until somebody takes this back.
    #[serde(default)]
    pub(super) protected: bool,
    pub(super) tags: Tags,
}

/// A group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) facts: Facts,
    pub(super) streams: BTreeMap<String, Stream>,
}

/// A stream, as it is kept. Its events are in the store alone.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Stream {
    /// The number that its events are kept under.
    pub(super) number: u64,
    pub(super) created_ms: i64,
}

impl Group {
    pub(super) fn new(facts: Facts) -> Self {
        Self { facts, streams: BTreeMap::new() }
    }

    /// The time before which events are gone.
    pub(super) fn oldest_ms(&self, now_ms: i64) -> i64 {
        self.facts.retention_days.map_or(i64::MIN, |days| now_ms - days * DAY_MS)
    }
}

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
