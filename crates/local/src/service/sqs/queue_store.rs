//! What the service keeps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;

use super::message::Message;
use super::queue::{DEDUPLICATION_MS, Facts, Queue, Sent};
use crate::arn::arn;
use crate::clock::Clock;
use crate::service::members::Members;
use crate::store::{Store, StoreError};
use crate::wire::Fault;

/// Region and name → queue.
pub(super) type Queues = BTreeMap<(String, String), Queue>;

const QUEUES: &str = "sqs_queue";
const MESSAGES: &str = "sqs_message";
/// Deduplication ids: when and which message.
const SENT: &str = "sqs_sent";

/// Queues and their messages: in memory behind one lock, and in the store.
pub(super) struct QueueStore {
    pub(super) clock: Clock,
    store: Store,
    pub(super) account: String,
    endpoint_url: Arc<OnceLock<String>>,
    state: Mutex<State>,
    /// Rung when a message arrives, for receivers that wait.
    pub(super) arrived: Notify,
}

/// Everything behind the lock.
#[derive(Default)]
pub(super) struct State {
    pub(super) queues: Queues,
    pub(super) last_number: u64,
}

impl QueueStore {
    /// What the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(
        clock: Clock,
        store: Store,
        account: &str,
        endpoint_url: Arc<OnceLock<String>>,
    ) -> Result<Self, StoreError> {
        let mut state = State::default();
        for (_, facts) in store.load::<Facts>(QUEUES)? {
            state.queues.insert((facts.region.clone(), facts.name.clone()), Queue::new(facts));
        }
        for (key, message) in store.load::<Message>(MESSAGES)? {
            let mut parts = key.splitn(3, ' ');
            let (Some(region), Some(name)) = (parts.next(), parts.next()) else {
                return Err(store.unreadable(MESSAGES, &key));
            };
            state.last_number = state.last_number.max(message.number);
            if let Some(queue) = state.queues.get_mut(&(region.to_owned(), name.to_owned())) {
                queue.messages.insert(message.number, message);
            }
        }
        for (key, sent) in store.load::<Sent>(SENT)? {
            let mut parts = key.splitn(3, ' ');
            let (Some(region), Some(name), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
                return Err(store.unreadable(SENT, &key));
            };
            match state.queues.get_mut(&(region.to_owned(), name.to_owned())) {
                Some(queue) => drop(queue.recent.insert(id.to_owned(), sent)),
                None => store.delete(SENT, &key),
            }
        }
        let account = account.to_owned();
        let (state, arrived) = (Mutex::new(state), Notify::new());
        Ok(Self { clock, store, account, endpoint_url, state, arrived })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn arn(&self, region: &str, name: &str) -> String {
        arn("sqs", region, &self.account, name)
    }

    pub(super) fn url(&self, name: &str) -> String {
        let endpoint = self.endpoint_url.get().map_or("http://127.0.0.1", String::as_str);
        format!("{endpoint}/{}/{name}", self.account)
    }

    pub(super) fn save(&self, facts: &Facts) {
        if let Ok(value) = serde_json::to_value(facts) {
            self.store.put(QUEUES, &format!("{} {}", facts.region, facts.name), value);
        }
    }

    pub(super) fn forget(&self, queue: &Queue) {
        let facts = &queue.facts;
        self.store.delete(QUEUES, &format!("{} {}", facts.region, facts.name));
        for number in queue.messages.keys() {
            self.forget_message(facts, *number);
        }
        for id in queue.recent.keys() {
            self.store.delete(SENT, &sent_key(facts, id));
        }
    }

    /// Remembers a deduplication id, and forgets those that are older than five minutes.
    pub(super) fn remember(&self, queue: &mut Queue, id: &str, sent: Sent) {
        let oldest = sent.0 - DEDUPLICATION_MS;
        for (old, _) in queue.recent.extract_if(.., |_, (at_ms, _, _)| *at_ms <= oldest) {
            self.store.delete(SENT, &sent_key(&queue.facts, &old));
        }
        self.store.put(SENT, &sent_key(&queue.facts, id), &sent);
        queue.recent.insert(id.to_owned(), sent);
    }

    pub(super) fn save_message(&self, facts: &Facts, message: &Message) {
        if let Ok(value) = serde_json::to_value(message) {
            self.store.put(MESSAGES, &message_key(facts, message.number), value);
        }
    }

    pub(super) fn forget_message(&self, facts: &Facts, number: u64) {
        self.store.delete(MESSAGES, &message_key(facts, number));
    }
}

fn message_key(facts: &Facts, number: u64) -> String {
    format!("{} {} {number:020}", facts.region, facts.name)
}

/// Neither regions nor names of queues hold spaces; an id may.
fn sent_key(facts: &Facts, id: &str) -> String {
    format!("{} {} {id}", facts.region, facts.name)
}

/// The queue's name in a `QueueUrl`.
pub(super) fn queue_name(members: Members<'_>) -> &str {
    let url = members.given("QueueUrl");
    url.rsplit('/').next().unwrap_or(url)
}

/// A queue that is not there.
pub(super) fn no_queue() -> Fault {
    Fault::client("QueueDoesNotExist", "The specified queue does not exist.")
}

/// A queue of a region by its name.
pub(super) fn find<'state>(state: &'state mut State, region: &str, name: &str) -> Result<&'state mut Queue, Fault> {
    state.queues.get_mut(&(region.to_owned(), name.to_owned())).ok_or_else(no_queue)
}
