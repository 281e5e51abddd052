//! A log group and its streams.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::service::tags::Tags;
use crate::store::{Store, StoreError};

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

/// A stream. Its older events stay in the store until somebody reads them.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) created_ms: i64,
    /// In the order they came.
    events: Vec<Event>,
    loaded: bool,
    /// How many of the events can go once the store is past this mark.
    going: Option<(usize, u64)>,
}

/// Events of a stream that stay in memory: with so many, they go as soon as they are on disk.
const MOST: usize = 10_000;

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    /// Grows with every event of the endpoint.
    pub(super) id: i64,
    pub(super) at_ms: i64,
    pub(super) taken_ms: i64,
    pub(super) message: String,
}

impl Event {
    /// Where it stands among others: by time, then as they came.
    pub(super) fn place(&self) -> (i64, i64) {
        (self.at_ms, self.id)
    }

    /// As it is kept.
    pub(super) fn stored(&self) -> impl Serialize + '_ {
        (self.at_ms, self.taken_ms, &self.message, self.id)
    }

    fn read(value: &Value) -> Option<Self> {
        let number = |at: usize| value.get(at).and_then(Value::as_i64);
        Some(Self {
            at_ms: number(0)?,
            taken_ms: number(1)?,
            message: value.get(2)?.as_str()?.to_owned(),
            id: number(3)?,
        })
    }
}

impl Group {
    pub(super) fn new(facts: Facts) -> Self {
        Self { facts, streams: BTreeMap::new() }
    }

    /// The time before which events are gone.
    pub(super) fn oldest_ms(&self, now_ms: i64) -> i64 {
        self.facts.retention_days.map_or(i64::MIN, |days| now_ms - days * 86_400_000)
    }
}

impl Stream {
    /// A stream that is new; `loaded` says that the store has nothing of it.
    pub(super) fn new(created_ms: i64, loaded: bool) -> Self {
        Self { created_ms, loaded, ..Self::default() }
    }

    pub(super) fn add(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Lets go of events that are on disk, if there are many. Call it when everything added is queued.
    pub(super) fn thin_out(&mut self, store: &Store) {
        match self.going {
            None if self.events.len() >= MOST => self.going = Some((self.events.len(), store.mark())),
            Some((count, mark)) if store.has_written(mark) => {
                self.events.drain(..count.min(self.events.len()));
                self.loaded = false;
                self.going = None;
            }
            _ => {}
        }
    }

    /// All its events. `key` is the stream's name in the store.
    ///
    /// # Errors
    /// When one of them cannot be read: the others alone would be taken for all there are.
    pub(super) fn events(&mut self, store: &Store, key: &str) -> Result<&[Event], StoreError> {
        if !self.loaded {
            let before = self.events.first().map_or(i64::MAX, |event| event.id - 1);
            let older = store.events(key, i64::MIN, before)?;
            let older: Option<Vec<Event>> = older.iter().map(Event::read).collect();
            let mut all = older.ok_or_else(|| store.unreadable("event", key))?;
            all.append(&mut self.events);
            self.events = all;
            self.loaded = true;
            self.going = None;
        }
        Ok(&self.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn events_beyond_the_most_are_read_from_the_store() {
        let store = Store::open(None).unwrap();
        let mut stream = Stream::new(0, true);
        for number in 0..25 {
            let some: Vec<Event> = (number * 1000..(number + 1) * 1000)
                .map(|id| Event { id, at_ms: id, taken_ms: id, message: format!("m{id}") })
                .collect();
            store.append_events("key", number * 1000, &some.iter().map(Event::stored).collect::<Vec<_>>());
            for event in some {
                stream.add(event);
            }
            stream.thin_out(&store);
            store.flush().await;
        }
        assert!(stream.events.len() < 11_000 && !stream.loaded);
        assert!(stream.events(&store, "key").unwrap().iter().map(|event| event.id).eq(0..25_000));
    }
}
