//! Tags of queues.

use serde_json::{Value, json};

use super::queue_calls::with_queue;
use super::queue_store::QueueStore;
use crate::service::members::Members;
use crate::service::tags;
use crate::wire::Fault;

pub(super) fn tag_queue(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let invalid = |message| Fault::client("InvalidParameterValue", message);
    with_queue(queues, region, members, |queue| {
        let new = tags::read_map(members.value("Tags")).map_err(invalid)?;
        tags::merge(&mut queue.facts.tags, new).map_err(invalid)?;
        Ok(Value::Null)
    })
}

pub(super) fn untag_queue(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    with_queue(queues, region, members, |queue| {
        tags::remove(&mut queue.facts.tags, &members.texts("TagKeys"));
        Ok(Value::Null)
    })
}

pub(super) fn list_queue_tags(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    with_queue(queues, region, members, |queue| Ok(json!({"Tags": tags::map(&queue.facts.tags)})))
}
