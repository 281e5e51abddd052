//! The service's state and its operations.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::Notify;

use super::forms;
use super::message::Message;
use super::queue::{DEDUPLICATION_MS, Facts, Queue, Sent};
use crate::api;
use crate::arn::arn;
use crate::clock::Clock;
use crate::service::members::{Members, missing};
use crate::service::{Authority, QueueSink, Service, TagSource, Tagged, not_offered, tags};
use crate::store::{Store, StoreError};
use crate::wire::{Answer, Call, Caller, Fault};

/// Region and name → queue.
pub(super) type Queues = BTreeMap<(String, String), Queue>;

const QUEUES: &str = "sqs_queue";
const MESSAGES: &str = "sqs_message";
/// Deduplication ids: when and which message.
const SENT: &str = "sqs_sent";

/// SQS.
pub(crate) struct SqsService {
    pub(super) clock: Clock,
    store: Store,
    authority: Arc<dyn Authority>,
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

impl SqsService {
    /// SQS with the queues and messages of the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(
        clock: Clock,
        store: Store,
        authority: Arc<dyn Authority>,
        account: &str,
        endpoint_url: Arc<OnceLock<String>>,
    ) -> Result<Arc<Self>, StoreError> {
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
        Ok(Arc::new(Self { clock, store, authority, account, endpoint_url, state, arrived }))
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

    pub(super) fn authorize(&self, caller: &Caller, operation: &str, region: &str, name: &str) -> Result<(), Fault> {
        let resource = if name.is_empty() { "*".to_owned() } else { self.arn(region, name) };
        self.authority
            .authorize(caller, &api::action_of("sqs", operation), &resource)
            .map_err(|message| Fault::client("AccessDenied", message).status(403))
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
pub(super) fn queue_name(members: Members<'_>) -> Result<&str, Fault> {
    let url = members.text("QueueUrl").ok_or_else(|| missing("MissingParameter", "QueueUrl"))?;
    Ok(url.rsplit('/').next().unwrap_or(url))
}

/// A queue that is not there.
pub(super) fn no_queue() -> Fault {
    Fault::client("QueueDoesNotExist", "The specified queue does not exist.")
}

/// A queue of a region by its name.
pub(super) fn find<'state>(state: &'state mut State, region: &str, name: &str) -> Result<&'state mut Queue, Fault> {
    state.queues.get_mut(&(region.to_owned(), name.to_owned())).ok_or_else(no_queue)
}

impl QueueSink for SqsService {
    fn send(&self, region: &str, caller: &Caller, input: &Value) -> Result<Value, Fault> {
        let members = Members::within(input);
        self.authorize(caller, "SendMessage", region, queue_name(members)?)?;
        let mut sent = self.send_message(region, caller, members)?;
        // On the wire an absent member is left out; a workflow would see a null.
        if let Value::Object(members) = &mut sent {
            members.retain(|_, value| !value.is_null());
        }
        Ok(sent)
    }
}

impl TagSource for SqsService {
    fn regions(&self) -> Vec<String> {
        self.state().queues.keys().map(|(region, _)| region.clone()).collect()
    }

    fn tagged(&self, region: &str) -> Vec<Tagged> {
        let state = self.state();
        let here = state.queues.iter().filter(|((place, _), queue)| place == region && !queue.facts.tags.is_empty());
        here.map(|((region, name), queue)| Tagged {
            arn: self.arn(region, name),
            resource_type: "sqs:queue",
            tags: queue.facts.tags.clone(),
        })
        .collect()
    }
}

#[async_trait]
impl Service for SqsService {
    fn read(&self, mut call: Call) -> Call {
        call.input = forms::members(std::mem::take(&mut call.input));
        call
    }

    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        let (members, region, operation) = (Members::of(&call), call.region.as_str(), call.operation.as_str());
        let name =
            members.text("QueueName").or_else(|| members.text("QueueUrl")?.rsplit('/').next()).unwrap_or_default();
        self.authorize(&call.caller, operation, region, name)?;
        let output = match operation {
            "CreateQueue" => self.create_queue(region, members)?,
            "GetQueueUrl" => self.get_queue_url(region, members)?,
            "ListQueues" => self.list_queues(region, members)?,
            "GetQueueAttributes" => self.get_queue_attributes(region, members)?,
            "SetQueueAttributes" => self.set_queue_attributes(region, members)?,
            "DeleteQueue" => self.delete_queue(region, members)?,
            "PurgeQueue" => self.purge_queue(region, members)?,
            "SendMessage" => self.send_message(region, &call.caller, members)?,
            "SendMessageBatch" => self.send_message_batch(region, &call.caller, members)?,
            "ReceiveMessage" => self.receive_message(region, members).await?,
            "DeleteMessage" => self.delete_message(region, members)?,
            "DeleteMessageBatch" => self.delete_message_batch(region, members)?,
            "ChangeMessageVisibility" => self.change_message_visibility(region, members)?,
            "TagQueue" => self.with_queue(region, members, |queue| {
                let new = tags::read_map(members.value("Tags"))
                    .map_err(|message| Fault::client("InvalidParameterValue", message))?;
                tags::merge(&mut queue.facts.tags, new)
                    .map_err(|message| Fault::client("InvalidParameterValue", message))?;
                Ok(Value::Null)
            })?,
            "UntagQueue" => self.with_queue(region, members, |queue| {
                tags::remove(&mut queue.facts.tags, &members.texts("TagKeys"));
                Ok(Value::Null)
            })?,
            "ListQueueTags" => {
                self.with_queue(region, members, |queue| Ok(serde_json::json!({"Tags": tags::map(&queue.facts.tags)})))?
            }
            _ => return Err(not_offered(&call)),
        };
        Ok(Answer::members(output))
    }
}
