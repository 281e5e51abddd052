//! Queues: create, find, list, attributes, purge, delete.

use serde_json::{Value, json};

use super::attributes;
use super::queue::{Facts, Queue, is_fifo_name};
use super::queue_store::{QueueStore, find, no_queue, queue_name};
use crate::service::members::Members;
use crate::service::page::page;
use crate::service::tags;
use crate::wire::Fault;

pub(super) fn create_queue(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("QueueName");
    let attributes = attributes::read(members.value("Attributes"))?;
    let fifo = attributes.get("FifoQueue").is_some_and(|value| value == "true");
    check_name(name, fifo)?;
    let tags =
        tags::read_map(members.value("Tags")).map_err(|message| Fault::client("InvalidParameterValue", message))?;
    let mut state = queues.state();
    let key = (region.to_owned(), name.to_owned());
    if let Some(known) = state.queues.get(&key) {
        // Making a queue again is fine as long as nothing about it would be different.
        if attributes.iter().any(|(attribute, value)| !has(known, attribute, value)) {
            let message = "A queue already exists with the same name and a different value for attribute";
            return Err(Fault::client("QueueNameExists", message));
        }
        return Ok(json!({"QueueUrl": queues.url(name)}));
    }
    let now = queues.clock.now_ms();
    let facts =
        Facts { region: region.to_owned(), name: name.to_owned(), created_ms: now, changed_ms: now, attributes, tags };
    queues.save(&facts);
    state.queues.insert(key, Queue::new(facts));
    Ok(json!({"QueueUrl": queues.url(name)}))
}

pub(super) fn get_queue_url(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("QueueName");
    if members.text("QueueOwnerAWSAccountId").is_some_and(|owner| owner != queues.account) {
        return Err(no_queue());
    }
    find(&mut queues.state(), region, name)?;
    Ok(json!({"QueueUrl": queues.url(name)}))
}

pub(super) fn list_queues(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let prefix = members.text("QueueNamePrefix").unwrap_or_default();
    let size = members.count("MaxResults").unwrap_or(1000);
    let state = queues.state();
    let names: Vec<&String> = state
        .queues
        .keys()
        .filter(|(place, name)| place == region && name.starts_with(prefix))
        .map(|(_, name)| name)
        .collect();
    let page = page(names, |name| (*name).clone(), members.text("NextToken"), size)
        .ok_or_else(|| Fault::client("InvalidParameterValue", "Invalid or expired next token."))?;
    let urls: Vec<String> = page.items.into_iter().map(|name| queues.url(name)).collect();
    // Without a page size asked for, there is no token.
    let next = page.next.filter(|_| members.value("MaxResults").is_some());
    Ok(json!({"QueueUrls": urls, "NextToken": next}))
}

pub(super) fn get_queue_attributes(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = queue_name(members);
    let now = queues.clock.now_ms();
    let mut state = queues.state();
    let queue = find(&mut state, region, name)?;
    let shown = attributes::shown(queue, &queues.arn(region, name), now, &members.texts("AttributeNames"))?;
    Ok(if shown.is_empty() { json!({}) } else { json!({"Attributes": shown}) })
}

pub(super) fn set_queue_attributes(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let new = attributes::read(members.value("Attributes"))?;
    if new.contains_key("FifoQueue") {
        return Err(Fault::client("InvalidAttributeName", "Unknown Attribute FifoQueue."));
    }
    let now = queues.clock.now_ms();
    with_queue(queues, region, members, |queue| {
        queue.facts.attributes.extend(new);
        queue.facts.changed_ms = now;
        Ok(Value::Null)
    })
}

pub(super) fn delete_queue(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = queue_name(members);
    let queue = queues.state().queues.remove(&(region.to_owned(), name.to_owned())).ok_or_else(no_queue)?;
    queues.forget(&queue);
    Ok(Value::Null)
}

pub(super) fn purge_queue(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let mut state = queues.state();
    let queue = find(&mut state, region, queue_name(members))?;
    for number in std::mem::take(&mut queue.messages).into_keys() {
        queues.forget_message(&queue.facts, number);
    }
    Ok(Value::Null)
}

/// Looks at or changes a queue, and keeps what changed.
pub(super) fn with_queue(
    queues: &QueueStore,
    region: &str,
    members: Members<'_>,
    then: impl FnOnce(&mut Queue) -> Result<Value, Fault>,
) -> Result<Value, Fault> {
    let mut state = queues.state();
    let queue = find(&mut state, region, queue_name(members))?;
    let result = then(queue)?;
    queues.save(&queue.facts);
    Ok(result)
}

fn has(queue: &Queue, attribute: &str, value: &str) -> bool {
    let shown = attributes::shown(queue, "", 0, &[attribute]).unwrap_or_default();
    shown.get(attribute).and_then(Value::as_str) == Some(value)
}

fn check_name(name: &str, fifo: bool) -> Result<(), Fault> {
    let plain = name.strip_suffix(".fifo").unwrap_or(name);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !(1..=80).contains(&name.len()) || !plain.bytes().all(fits) || plain.is_empty() {
        let message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
        return Err(Fault::client("InvalidParameterValue", message));
    }
    if fifo != is_fifo_name(name) {
        let message = if fifo {
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, \
                                must end with .fifo suffix and be 1 to 80 in length."
        } else {
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        };
        return Err(Fault::client("InvalidParameterValue", message));
    }
    Ok(())
}
