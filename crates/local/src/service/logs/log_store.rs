//! What the service keeps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::group::{Facts, Group, Stream};
use crate::arn::arn;
use crate::clock::Clock;
use crate::service::tags::Tags;
use crate::service::{LogSource, MetricSink};
use crate::store::{LogEvent, Store, StoreError};
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

/// How often events are removed that are kept no longer, in milliseconds: groups keep them for days, a user may say less.
const EXPIRE_EVERY_MS: i64 = 3_600_000;
const EXPIRE_SOON_MS: i64 = 60_000;

/// Log groups and their streams, and resource policies: in memory behind one lock, and in the store. Events are in the store alone.
pub(super) struct LogStore {
    pub(super) clock: Clock,
    pub(super) store: Store,
    metrics: Arc<dyn MetricSink>,
    account: String,
    /// How long events are kept at most, whatever their group says.
    keep: Option<Duration>,
    state: Mutex<State>,
    /// Who may hold events back.
    source: OnceLock<Weak<dyn LogSource>>,
}

/// Everything behind the lock.
#[derive(Default)]
pub(super) struct State {
    pub(super) groups: Groups,
    /// Region and name → document.
    pub(super) policies: BTreeMap<(String, String), (String, i64)>,
    last_id: i64,
    /// The number that the next stream gets.
    next_stream: u64,
    expired_ms: i64,
}

impl LogStore {
    /// What the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(
        clock: Clock,
        store: Store,
        metrics: Arc<dyn MetricSink>,
        account: &str,
        keep: Option<Duration>,
    ) -> Result<Self, StoreError> {
        let mut state = State::default();
        for (key, facts) in store.load::<Facts>(GROUPS)? {
            let (region, _) = key.split_once(' ').ok_or_else(|| store.unreadable(GROUPS, &key))?;
            state.groups.insert((region.to_owned(), facts.name.clone()), Group::new(facts));
        }
        for (key, stream) in store.load::<Stream>(STREAMS)? {
            state.next_stream = state.next_stream.max(stream.number + 1);
            let mut parts = key.splitn(3, ' ');
            let (Some(region), Some(group), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
                return Err(store.unreadable(STREAMS, &key));
            };
            if let Some(group) = state.groups.get_mut(&(region.to_owned(), group.to_owned())) {
                group.streams.insert(name.to_owned(), stream);
            }
        }
        for (key, KeptPolicy { document, at }) in store.load(POLICIES)? {
            let (region, name) = key.split_once(' ').ok_or_else(|| store.unreadable(POLICIES, &key))?;
            state.policies.insert((region.to_owned(), name.to_owned()), (document, at));
        }
        let account = account.to_owned();
        Ok(Self { clock, store, metrics, account, keep, state: Mutex::new(state), source: OnceLock::new() })
    }

    /// Asks this service before events are read.
    pub(super) fn connect(&self, source: Weak<dyn LogSource>) {
        let _ = self.source.set(source);
    }

    /// Waits until all events of a group that have happened can be read.
    pub(super) async fn settle(&self, region: &str, group: &str) {
        if let Some(source) = self.source.get().and_then(Weak::upgrade) {
            source.deliver(region, group);
        }
        self.store.flush().await;
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
    pub(super) fn make_stream(&self, state: &mut State, region: &str, group: &str, stream: &str) {
        let number = state.next_stream;
        let Some(there) = state.groups.get_mut(&(region.to_owned(), group.to_owned())) else { return };
        state.next_stream += 1;
        let made = Stream { number, created_ms: self.clock.now_ms() };
        self.store.put(STREAMS, &stream_key(region, group, stream), made);
        there.streams.insert(stream.to_owned(), made);
    }

    /// Removes a stream and its events from the store.
    pub(super) fn forget_stream(&self, region: &str, group: &str, name: &str, stream: Stream) {
        self.store.delete(STREAMS, &stream_key(region, group, name));
        self.store.delete_log(stream.number);
    }

    /// Removes a group and all that is in it from the store.
    pub(super) fn forget_group(&self, region: &str, group: &Group) {
        for (name, stream) in &group.streams {
            self.forget_stream(region, &group.facts.name, name, *stream);
        }
        self.store.delete(GROUPS, &format!("{region} {}", group.facts.name));
    }

    /// Appends to a stream that is there.
    pub(super) fn append(
        &self,
        state: &mut State,
        (region, group, stream): (&str, &str, &str),
        messages: Vec<(i64, String)>,
    ) {
        let taken_ms = self.clock.now_ms();
        // Ids grow across restarts as well, so that an unread stream need not be read to add to it.
        let first = (state.last_id + 1).max(taken_ms.saturating_mul(1000));
        let Some(known) = state.groups.get_mut(&(region.to_owned(), group.to_owned())) else { return };
        let Some(stream) = known.streams.get(stream) else { return };
        self.measure(region, group, &messages, taken_ms);
        let events: Vec<LogEvent> =
            (first..).zip(messages).map(|(id, (at_ms, message))| LogEvent { id, at_ms, taken_ms, message }).collect();
        state.last_id = events.last().map_or(first, |event| event.id);
        self.store.append_log(stream.number, &events);
        self.expire(state, taken_ms);
    }

    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html>
    fn measure(&self, region: &str, group: &str, messages: &[(i64, String)], at_ms: i64) {
        let bytes: usize = messages.iter().map(|(_, message)| message.len()).sum();
        #[expect(clippy::cast_precision_loss, reason = "what is written at once stays far below 2^53 bytes")]
        let figures = [("IncomingBytes", bytes as f64, "Bytes"), ("IncomingLogEvents", messages.len() as f64, "Count")];
        for (metric, value, unit) in figures {
            self.metrics.record(region, "AWS/Logs", metric, &[("LogGroupName", group)], at_ms, value, unit);
        }
    }

    /// Removes what groups keep no longer, now and then.
    fn expire(&self, state: &mut State, now_ms: i64) {
        let every = if self.keep.is_some() { EXPIRE_SOON_MS } else { EXPIRE_EVERY_MS };
        if now_ms - state.expired_ms < every {
            return;
        }
        state.expired_ms = now_ms;
        let least = self.keep.map_or(i64::MIN, |keep| now_ms - i64::try_from(keep.as_millis()).unwrap_or(i64::MAX));
        for group in state.groups.values() {
            let oldest = group.oldest_ms(now_ms).max(least);
            for stream in group.streams.values().filter(|stream| stream.created_ms < oldest) {
                self.store.delete_log_before(stream.number, oldest);
            }
        }
    }
}

/// A stream's key in the store. Neither group nor stream names hold spaces before the last part.
fn stream_key(region: &str, group: &str, stream: &str) -> String {
    format!("{region} {group} {stream}")
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
