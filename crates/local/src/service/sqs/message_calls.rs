//! Messages: receive, delete, hide for longer.

use serde_json::{Value, json};

use super::message::Message;
use super::queue_store::{QueueStore, State, find, queue_name};
use crate::arn::Arn;
use crate::random;
use crate::service::members::Members;
use crate::wire::Fault;

const INVALID: &str = "InvalidParameterValue";

/// Receives, and waits for the first message as long as the request or the queue says.
pub(super) async fn receive_message(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let count = members.count("MaxNumberOfMessages").unwrap_or(1);
    let wait = wait_ms(queues, region, members)?;
    let until = queues.clock.now_ms() + wait;
    loop {
        // Asked for before looking, so that a message that arrives between the two is not missed.
        let arrived = queues.arrived.notified();
        let received = receive(queues, region, members, count)?;
        if !received.is_empty() {
            return Ok(json!({"Messages": received}));
        }
        if queues.clock.now_ms() >= until {
            return Ok(json!({}));
        }
        let next = next_visible(queues, region, members)?.unwrap_or(until).min(until);
        tokio::select! {
            () = arrived => {}
            _ = queues.clock.sleep_until(next) => {}
        }
    }
}

fn wait_ms(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<i64, Fault> {
    let mut state = queues.state();
    let queue = find(&mut state, region, queue_name(members))?;
    let seconds =
        members.integer("WaitTimeSeconds").unwrap_or_else(|| queue.number("ReceiveMessageWaitTimeSeconds", 0));
    Ok(seconds * 1000)
}

/// When the next hidden message may be received.
fn next_visible(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Option<i64>, Fault> {
    let mut state = queues.state();
    let queue = find(&mut state, region, queue_name(members))?;
    let now = queues.clock.now_ms();
    Ok(queue.messages.values().map(|message| message.visible_ms).filter(|at_ms| *at_ms > now).min())
}

fn receive(queues: &QueueStore, region: &str, members: Members<'_>, count: usize) -> Result<Vec<Value>, Fault> {
    let name = queue_name(members);
    let now = queues.clock.now_ms();
    let mut state = queues.state();
    expire(queues, &mut state, region, name, now)?;
    let queue = find(&mut state, region, name)?;
    let hidden = members.integer("VisibilityTimeout").unwrap_or_else(|| queue.number("VisibilityTimeout", 30));
    let system: Vec<&str> =
        members.texts("AttributeNames").into_iter().chain(members.texts("MessageSystemAttributeNames")).collect();
    let own = members.texts("MessageAttributeNames");
    let mut shown = Vec::new();
    for number in queue.receivable(now, count) {
        let Some(message) = queue.messages.get_mut(&number) else { continue };
        message.received += 1;
        message.first_received_ms.get_or_insert(now);
        message.visible_ms = now + hidden * 1000;
        message.receipt = Some(format!("{number}.{}", random::hex::<24>()));
        shown.push(message.shown(&system, &own));
        queues.save_message(&queue.facts, message);
    }
    Ok(shown)
}

/// Drops messages that are too old, and moves those received too often to the dead-letter queue.
fn expire(queues: &QueueStore, state: &mut State, region: &str, name: &str, now: i64) -> Result<(), Fault> {
    let queue = find(state, region, name)?;
    let oldest = now - queue.retention_ms();
    let redrive = queue.redrive();
    let too_often = |message: &Message| {
        redrive.as_ref().is_some_and(|(_, most)| message.received >= *most && message.visible_ms <= now)
    };
    let gone: Vec<u64> = queue
        .messages
        .iter()
        .filter(|(_, message)| message.sent_ms < oldest || too_often(message))
        .map(|(number, _)| *number)
        .collect();
    let mut moved: Vec<Message> = Vec::new();
    for number in gone {
        if let Some(message) = queue.messages.remove(&number) {
            queues.forget_message(&queue.facts, number);
            if message.sent_ms >= oldest {
                moved.push(message);
            }
        }
    }
    let target = redrive.as_ref().and_then(|(arn, _)| Arn::parse(arn));
    if let Some(target) = target
        && let Ok(queue) = find(state, target.region, target.resource)
    {
        for mut message in moved {
            message.receipt = None;
            queues.save_message(&queue.facts, &message);
            queue.messages.insert(message.number, message);
        }
    }
    Ok(())
}

pub(super) fn delete_message(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let (name, receipt) = (queue_name(members), members.given("ReceiptHandle"));
    let mut state = queues.state();
    let queue = find(&mut state, region, name)?;
    let number = number_of(receipt)?;
    // A receipt that a later receiver has replaced deletes nothing, and neither does one of a message that is gone.
    if queue.messages.get(&number).is_some_and(|message| message.receipt.as_deref() == Some(receipt)) {
        queue.messages.remove(&number);
        queues.forget_message(&queue.facts, number);
    }
    Ok(Value::Null)
}

pub(super) fn change_message_visibility(
    queues: &QueueStore,
    region: &str,
    members: Members<'_>,
) -> Result<Value, Fault> {
    let (name, receipt) = (queue_name(members), members.given("ReceiptHandle"));
    let seconds = members.integer("VisibilityTimeout").unwrap_or_default();
    let now = queues.clock.now_ms();
    let mut state = queues.state();
    let queue = find(&mut state, region, name)?;
    let held =
        queue.messages.get_mut(&number_of(receipt)?).filter(|message| message.receipt.as_deref() == Some(receipt));
    let message = held.filter(|message| message.visible_ms > now).ok_or_else(|| {
        let reason = "Reason: Message does not exist or is not available for visibility timeout change.";
        Fault::client(INVALID, format!("Value {receipt} for parameter ReceiptHandle is invalid. {reason}"))
    })?;
    message.visible_ms = now + seconds * 1000;
    queues.save_message(&queue.facts, message);
    drop(state);
    queues.arrived.notify_waiters();
    Ok(Value::Null)
}

fn number_of(receipt: &str) -> Result<u64, Fault> {
    receipt.split_once('.').and_then(|(number, _)| number.parse().ok()).ok_or_else(|| {
        Fault::client(
            "ReceiptHandleIsInvalid",
            format!("The input receipt handle \"{receipt}\" is not a valid receipt handle."),
        )
    })
}
