//! SQS as the wire and the other services meet it.

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use serde_json::Value;

use super::batch_calls::{delete_message_batch, send_message_batch};
use super::forms;
use super::message_calls::{change_message_visibility, delete_message, receive_message};
use super::queue_calls::{
    create_queue, delete_queue, get_queue_attributes, get_queue_url, list_queues, purge_queue, set_queue_attributes,
};
use super::queue_store::{QueueStore, queue_name};
use super::send::send_message;
use super::tag_calls::{list_queue_tags, tag_queue, untag_queue};
use crate::api;
use crate::clock::Clock;
use crate::service::members::Members;
use crate::service::page::in_region;
use crate::service::{Authority, QueueSink, Service, TagSource, Tagged, names_after, not_offered};
use crate::store::{Store, StoreError};
use crate::wire::{Answer, Call, Caller, Fault};

/// SQS.
pub(crate) struct SqsService {
    queues: QueueStore,
    authority: Arc<dyn Authority>,
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
        Ok(Arc::new(Self { queues: QueueStore::load(clock, store, account, endpoint_url)?, authority }))
    }

    fn authorize(&self, caller: &Caller, operation: &str, region: &str, name: &str) -> Result<(), Fault> {
        let resource = if name.is_empty() { "*".to_owned() } else { self.queues.arn(region, name) };
        self.authority
            .authorize(caller, &api::action_of("sqs", operation), &resource)
            .map_err(|message| Fault::client("AccessDenied", message).status(403))
    }
}

impl QueueSink for SqsService {
    fn send(&self, region: &str, caller: &Caller, input: &Value) -> Result<Value, Fault> {
        let members = Members::within(input);
        self.authorize(caller, "SendMessage", region, queue_name(members))?;
        api::hold_input("sqs", "SendMessage", input)?;
        let mut sent = send_message(&self.queues, region, caller, members)?;
        // On the wire an absent member is left out; a workflow would see a null.
        if let Value::Object(members) = &mut sent {
            members.retain(|_, value| !value.is_null());
        }
        Ok(sent)
    }
}

impl TagSource for SqsService {
    fn regions(&self) -> Vec<String> {
        self.queues.state().queues.keys().map(|(region, _)| region.clone()).collect()
    }

    fn resource_types(&self) -> Vec<&'static str> {
        vec!["sqs:queue"]
    }

    fn tagged(&self, region: &str, after: &str, each: &mut dyn FnMut(Tagged) -> ControlFlow<()>) {
        let Some(after) = names_after(&self.queues.arn(region, ""), after) else { return };
        let state = self.queues.state();
        let tagged = in_region(&state.queues, region, after).filter(|(_, queue)| !queue.facts.tags.is_empty());
        let mut shown = tagged.map(|(name, queue)| Tagged {
            arn: self.queues.arn(region, name),
            resource_type: "sqs:queue",
            tags: queue.facts.tags.clone(),
        });
        let _ = shown.try_for_each(each);
    }
}

#[async_trait]
impl Service for SqsService {
    fn read(&self, mut call: Call) -> Call {
        call.input = forms::members(std::mem::take(&mut call.input));
        call
    }

    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        let (queues, members) = (&self.queues, Members::of(&call));
        let (region, operation) = (call.region.as_str(), call.operation.as_str());
        let name =
            members.text("QueueName").or_else(|| members.text("QueueUrl")?.rsplit('/').next()).unwrap_or_default();
        self.authorize(&call.caller, operation, region, name)?;
        api::hold(&call)?;
        let output = match operation {
            "CreateQueue" => create_queue(queues, region, members)?,
            "GetQueueUrl" => get_queue_url(queues, region, members)?,
            "ListQueues" => list_queues(queues, region, members)?,
            "GetQueueAttributes" => get_queue_attributes(queues, region, members)?,
            "SetQueueAttributes" => set_queue_attributes(queues, region, members)?,
            "DeleteQueue" => delete_queue(queues, region, members)?,
            "PurgeQueue" => purge_queue(queues, region, members)?,
            "SendMessage" => send_message(queues, region, &call.caller, members)?,
            "SendMessageBatch" => send_message_batch(queues, region, &call.caller, members)?,
            "ReceiveMessage" => receive_message(queues, region, members).await?,
            "DeleteMessage" => delete_message(queues, region, members)?,
            "DeleteMessageBatch" => delete_message_batch(queues, region, members)?,
            "ChangeMessageVisibility" => change_message_visibility(queues, region, members)?,
            "TagQueue" => tag_queue(queues, region, members)?,
            "UntagQueue" => untag_queue(queues, region, members)?,
            "ListQueueTags" => list_queue_tags(queues, region, members)?,
            _ => return Err(not_offered(&call)),
        };
        Ok(Answer::members(output))
    }
}
