//! `SendMessage`.

use serde_json::{Map, Value, json};

use super::digest;
use super::message::{Message, sequence};
use super::queue::{DEDUPLICATION_MS, Queue};
use super::queue_store::{QueueStore, find, queue_name};
use crate::random;
use crate::service::members::Members;
use crate::wire::{Caller, Fault};

const INVALID: &str = "InvalidParameterValue";

pub(super) fn send_message(
    queues: &QueueStore,
    region: &str,
    caller: &Caller,
    members: Members<'_>,
) -> Result<Value, Fault> {
    let name = queue_name(members);
    let mut state = queues.state();
    let number = state.last_number + 1;
    let queue = find(&mut state, region, name)?;
    let message = read(queues, queue, number, caller, members)?;
    let now = message.sent_ms;
    let known = message.deduplication.as_ref().and_then(|id| queue.recent.get(id));
    let known = known.filter(|(at_ms, _, _)| *at_ms > now - DEDUPLICATION_MS).cloned();
    let answer = |number: u64, id: &str| {
        json!({
            "MessageId": id,
            "MD5OfMessageBody": digest::body(&message.body),
            "MD5OfMessageAttributes": digest::attributes(&message.attributes),
            "SequenceNumber": message.group.as_ref().filter(|_| message.deduplication.is_some()).map(|_| sequence(number)),
        })
    };
    // A message sent again within five minutes is taken and not delivered again.
    if let Some((_, number, id)) = known {
        return Ok(answer(number, &id));
    }
    let answer = answer(number, &message.id);
    if let Some(id) = &message.deduplication {
        queues.remember(queue, id, (now, number, message.id.clone()));
    }
    queues.save_message(&queue.facts, &message);
    queue.messages.insert(number, message);
    state.last_number = number;
    drop(state);
    queues.arrived.notify_waiters();
    Ok(answer)
}

fn read(
    queues: &QueueStore,
    queue: &Queue,
    number: u64,
    caller: &Caller,
    members: Members<'_>,
) -> Result<Message, Fault> {
    let body = members.given("MessageBody");
    let attributes = members.value("MessageAttributes").and_then(Value::as_object).cloned().unwrap_or_default();
    check_content(queue, body, &attributes)?;
    let (group, deduplication) = fifo_members(queue, body, members)?;
    let delay = members.integer("DelaySeconds").unwrap_or_else(|| queue.number("DelaySeconds", 0));
    if queue.is_fifo() && members.integer("DelaySeconds").is_some_and(|delay| delay > 0) {
        let message = format!(
            "Value {delay} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type."
        );
        return Err(Fault::client(INVALID, message));
    }
    let now = queues.clock.now_ms();
    Ok(Message {
        id: random::uuid(),
        number,
        body: body.to_owned(),
        attributes,
        sender: match caller {
            Caller::Root => "AIDAADMINISTRATOR".to_owned(),
            Caller::Role { session, .. } => format!("AROA:{session}"),
        },
        sent_ms: now,
        visible_ms: now + delay * 1000,
        first_received_ms: None,
        received: 0,
        receipt: None,
        group,
        deduplication,
    })
}

fn check_content(queue: &Queue, body: &str, attributes: &Map<String, Value>) -> Result<(), Fault> {
    if body.is_empty() {
        return Err(Fault::client("MissingParameter", "The request must contain the parameter MessageBody."));
    }
    let allowed = |letter: char| !letter.is_control() || matches!(letter, '\t' | '\n' | '\r');
    if !body.chars().all(|letter| allowed(letter) && !matches!(letter, '\u{fffe}' | '\u{ffff}')) {
        let message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";
        return Err(Fault::client("InvalidMessageContents", message));
    }
    if attributes.len() > 10 {
        let message = format!("Number of message attributes [{}] exceeds the allowed maximum [10].", attributes.len());
        return Err(Fault::client(INVALID, message));
    }
    for (name, value) in attributes {
        let kind = value.get("DataType").and_then(Value::as_str).unwrap_or_default();
        let root = kind.split('.').next().unwrap_or_default();
        let value = value.get(if root == "Binary" { "BinaryValue" } else { "StringValue" }).and_then(Value::as_str);
        if !matches!(root, "String" | "Number" | "Binary") || value.is_none_or(str::is_empty) {
            let message =
                format!("The message attribute '{name}' has an invalid message attribute type or an empty value.");
            return Err(Fault::client(INVALID, message));
        }
    }
    let size = body.len() + attributes.iter().map(|(name, value)| name.len() + value.to_string().len()).sum::<usize>();
    let most = queue.number("MaximumMessageSize", 1_048_576);
    if i64::try_from(size).unwrap_or(i64::MAX) > most {
        let message = format!("One or more parameters are invalid. Reason: Message must be shorter than {most} bytes.");
        return Err(Fault::client(INVALID, message));
    }
    Ok(())
}

/// `MessageGroupId` and `MessageDeduplicationId`, as the kind of queue wants them.
fn fifo_members(queue: &Queue, body: &str, members: Members<'_>) -> Result<(Option<String>, Option<String>), Fault> {
    let group = members.text("MessageGroupId").map(str::to_owned);
    let deduplication = members.text("MessageDeduplicationId").map(str::to_owned);
    if !queue.is_fifo() {
        // A standard queue takes a group for fair queueing, and no deduplication.
        return match deduplication {
            None => Ok((group, None)),
            Some(id) => {
                let message = format!(
                    "Value {id} for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type."
                );
                Err(Fault::client(INVALID, message))
            }
        };
    }
    if group.is_none() {
        return Err(Fault::client("MissingParameter", "The request must contain the parameter MessageGroupId."));
    }
    let by_content = queue.facts.attributes.get("ContentBasedDeduplication").is_some_and(|value| value == "true");
    let deduplication = deduplication.or_else(|| by_content.then(|| digest::body(body)));
    if deduplication.is_none() {
        let message = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";
        return Err(Fault::client(INVALID, message));
    }
    Ok((group, deduplication))
}
