//! What the service keeps.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::group::{Event, Facts, Group, Stream};
use crate::arn::arn;
use crate::clock::Clock;
use crate::service::tags::Tags;
use crate::store::{Store, StoreError};
use crate::wire::Fault;

/// Region and name → group.
pub(super) type Groups = BTreeMap<(String, String), Group>;

const GROUPS: &str = "log_group";
const STREAMS: &str = "log_stream";
const POLICIES: &str = "log_policy";

/// A resource policy as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptPolicy {
    document: String,
    /// Milliseconds since 1970.
    at: i64,
}

/// Log groups, their streams and events, and resource policies: in memory behind one lock, and in the store.
pub(super) struct LogStore {
    pub(super) clock: Clock,
    pub(super) store: Store,
    account: String,
    state: Mutex<State>,
}

/// Everything behind the lock.
#[derive(Default)]
pub(super) struct State {
    pub(super) groups: Groups,
    /// Region and name → document.
    pub(super) policies: BTreeMap<(String, String), (String, i64)>,
    last_id: i64,
}

impl LogStore {
    /// What the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(clock: Clock, store: Store, account: &str) -> Result<Self, StoreError> {
        let mut state = State::default();
        for (key, facts) in store.load::<Facts>(GROUPS)? {
            let (region, _) = key.split_once(' ').ok_or_else(|| store.unreadable(GROUPS, &key))?;
            state.groups.insert((region.to_owned(), facts.name.clone()), Group::new(facts));
        }
        for (key, made_ms) in store.load(STREAMS)? {
            let mut parts = key.splitn(3, ' ');
            let (Some(region), Some(group), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
                return Err(store.unreadable(STREAMS, &key));
            };
            if let Some(group) = state.groups.get_mut(&(region.to_owned(), group.to_owned())) {
                group.streams.insert(name.to_owned(), Stream::new(made_ms, false));
            }
        }
        for (key, KeptPolicy { document, at }) in store.load(POLICIES)? {
            let (region, name) = key.split_once(' ').ok_or_else(|| store.unreadable(POLICIES, &key))?;
            state.policies.insert((region.to_owned(), name.to_owned()), (document, at));
        }
        Ok(Self { clock, store, account: account.to_owned(), state: Mutex::new(state) })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A group's ARN, without the `:*` that some answers add.
    pub(super) fn group_arn(&self, region: &str, name: &str) -> String {
        arn("logs", region, &self.account, &format!("log-group:{name}"))
    }

    pub(super) fn save(&self, region: &str, facts: &Facts) {
        if let Ok(value) = serde_json::to_value(facts) {
            self.store.put(GROUPS, &format!("{region} {}", facts.name), value);
        }
    }

    pub(super) fn save_policy(&self, region: &str, name: &str, document: &str, at: i64) {
        self.store.put(POLICIES, &format!("{region} {name}"), KeptPolicy { document: document.to_owned(), at });
    }

    pub(super) fn forget_policy(&self, region: &str, name: &str) {
        self.store.delete(POLICIES, &format!("{region} {name}"));
    }

    /// Makes a group that is not there.
    pub(super) fn make_group(&self, state: &mut State, region: &str, name: &str, tags: Tags, protected: bool) {
        let name = name.to_owned();
        let created_ms = self.clock.now_ms();
        let facts = Facts { name: name.clone(), created_ms, retention_days: None, protected, tags };
        self.save(region, &facts);
        state.groups.insert((region.to_owned(), name), Group::new(facts));
    }

    /// Makes a stream that is not there.
    pub(super) fn make_stream(&self, group: &mut Group, region: &str, stream: &str) {
        let created = self.clock.now_ms();
        self.store.put(STREAMS, &stream_key(region, &group.facts.name, stream), Value::from(created));
        group.streams.insert(stream.to_owned(), Stream::new(created, true));
    }

    /// Removes a stream and its events from the store.
    pub(super) fn forget_stream(&self, region: &str, group: &str, stream: &str) {
        let key = stream_key(region, group, stream);
        self.store.delete(STREAMS, &key);
        self.store.delete_events(&events_key(&key));
    }

    /// Removes a group and all that is in it from the store.
    pub(super) fn forget_group(&self, region: &str, group: &Group) {
        for stream in group.streams.keys() {
            self.forget_stream(region, &group.facts.name, stream);
        }
        self.store.delete(GROUPS, &format!("{region} {}", group.facts.name));
    }

    /// Appends to a stream that is there.
    pub(super) fn append(
        &self,
        state: &mut State,
        region: &str,
        group: &str,
        stream: &str,
        messages: &[(i64, String)],
    ) {
        let taken_ms = self.clock.now_ms();
        // Ids grow across restarts as well, so that an unread stream need not be read to add to it.
        let first = (state.last_id + 1).max(taken_ms.saturating_mul(1000));
        let Some(group) = state.groups.get_mut(&(region.to_owned(), group.to_owned())) else { return };
        let key = events_key(&stream_key(region, &group.facts.name, stream));
        let Some(stream) = group.streams.get_mut(stream) else { return };
        let events: Vec<Event> = (first..)
            .zip(messages)
            .map(|(id, (at_ms, message))| Event { id, at_ms: *at_ms, taken_ms, message: message.clone() })
            .collect();
        state.last_id = events.last().map_or(first, |event| event.id);
        self.store.append_events(&key, first, &events.iter().map(Event::stored).collect::<Vec<_>>());
        for event in events {
            stream.add(event);
        }
        stream.thin_out(&self.store);
    }
}

/// A stream's key in the store. Neither group nor stream names hold spaces before the last part.
fn stream_key(region: &str, group: &str, stream: &str) -> String {
    format!("{region} {group} {stream}")
}

/// The key of a stream's events, apart from executions' histories.
pub(super) fn events_key(stream_key: &str) -> String {
    format!("log {stream_key}")
}

/// As [`events_key`], from its parts.
pub(super) fn events_of(region: &str, group: &str, stream: &str) -> String {
    events_key(&stream_key(region, group, stream))
}

/// A group's name, given as such or as its ARN.
pub(super) fn group_name(identifier: &str) -> &str {
    identifier.split_once(":log-group:").map_or(identifier, |(_, name)| name.strip_suffix(":*").unwrap_or(name))
}

/// The code of a parameter that AWS refuses.
pub(super) const INVALID: &str = "InvalidParameterException";

/// A group that is not there.
pub(super) fn no_group() -> Fault {
    Fault::client("ResourceNotFoundException", "The specified log group does not exist.")
}

/// A stream that is not there.
pub(super) fn no_stream() -> Fault {
    Fault::client("ResourceNotFoundException", "The specified log stream does not exist.")
}

/// Events that are there and cannot be read.
pub(super) fn unreadable(group: &str, stream: &str, error: &StoreError) -> Fault {
    let message = format!("the events of stream `{stream}` of log group `{group}` cannot be read: {error}");
    Fault::client("InternalFailure", message).status(500)
}
