//! Batches: each entry succeeds or fails by itself.

use serde_json::{Map, Value, json};

use super::message_calls::delete_message;
use super::queue_store::QueueStore;
use super::send::send_message;
use crate::api;
use crate::service::members::Members;
use crate::wire::{Caller, Fault};

pub(super) fn send_message_batch(
    queues: &QueueStore,
    region: &str,
    caller: &Caller,
    members: Members<'_>,
) -> Result<Value, Fault> {
    each(members, |entry| {
        api::hold_input("sqs", "SendMessage", entry)?;
        send_message(queues, region, caller, Members::within(entry))
    })
}

pub(super) fn delete_message_batch(queues: &QueueStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    each(members, |entry| {
        api::hold_input("sqs", "DeleteMessage", entry)?;
        delete_message(queues, region, Members::within(entry))
    })
}

fn each(members: Members<'_>, one: impl Fn(&Value) -> Result<Value, Fault>) -> Result<Value, Fault> {
    let entries = members.list("Entries");
    if entries.is_empty() {
        return Err(Fault::client("EmptyBatchRequest", "There should be at least one entry in the request."));
    }
    if entries.len() > 10 {
        let message = format!("Maximum number of entries per request are 10. You have sent {}.", entries.len());
        return Err(Fault::client("TooManyEntriesInBatchRequest", message));
    }
    let mut ids: Vec<&str> = entries.iter().filter_map(|entry| entry.get("Id")?.as_str()).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(Fault::client(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ));
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        let id = entry.get("Id").cloned().unwrap_or_default();
        let mut whole = entry.as_object().cloned().unwrap_or_default();
        whole.insert("QueueUrl".to_owned(), members.value("QueueUrl").cloned().unwrap_or_default());
        match one(&Value::Object(whole)) {
            // A missing queue is an error of the request, not of an entry.
            Err(fault) if fault.code == "QueueDoesNotExist" => return Err(fault),
            Err(fault) => {
                failed.push(json!({"Id": id, "SenderFault": true, "Code": fault.code, "Message": fault.message}));
            }
            Ok(output) => {
                let mut shown = Map::new();
                shown.insert("Id".to_owned(), id);
                let present =
                    output.as_object().cloned().unwrap_or_default().into_iter().filter(|(_, value)| !value.is_null());
                shown.extend(present);
                successful.push(Value::Object(shown));
            }
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}
