//! ListStateMachines and ListExecutions.

use crate::member::Member as _;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::access::Access;
use super::fault::{no_machine, part_not_offered, type_not_supported, unreadable};
use super::machine::seconds;
use super::name::checked_machine_arn;
use super::paging::{Page, token};
use super::registry::Registry;
use super::state::{State, text};
use crate::service::members::missing;
use crate::wire::{Answer, Call, Fault};

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html>
pub(super) fn list_state_machines(access: &Access, registry: &Registry, call: &Call) -> Result<Answer, Fault> {
    access.permit(call, "*")?;
    let page = Page::read(&call.input, "machines")?;
    let after = page.after.unwrap_or_default();
    let state = registry.state();
    let mut rest = state
        .machines
        .values()
        .map(|machine| &machine.record)
        .filter(|record| record.region == call.region && record.name > after)
        .peekable();
    let records: Vec<_> = rest.by_ref().take(page.size).collect();
    let next = rest.peek().and_then(|_| records.last()).map(|record| token("machines", &record.name));
    let machines: Vec<Value> = records
        .iter()
        .map(|record| {
            json!({
                "stateMachineArn": record.arn,
                "name": record.name,
                "type": record.kind(),
                "creationDate": seconds(record.created_ms),
            })
        })
        .collect();
    Ok(Answer::members(with_next(json!({ "stateMachines": machines }), next)))
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>: the newest first.
pub(super) fn list_executions(access: &Access, registry: &Registry, call: &Call) -> Result<Answer, Fault> {
    let input = &call.input;
    if input.member("mapRunArn").is_string() {
        return Err(part_not_offered("`mapRunArn`", &call.operation));
    }
    if input.member("stateMachineArn").is_null() {
        return Err(missing("ValidationException", "stateMachineArn"));
    }
    let arn = checked_machine_arn(text(input, "stateMachineArn"))?;
    access.permit(call, arn)?;
    let status = input.member("statusFilter").as_str();
    if status == Some("PENDING_REDRIVE") {
        let message = "The status filter PENDING_REDRIVE can only be used with `mapRunArn`";
        return Err(Fault::client("ValidationException", message));
    }
    // No execution is ever redriven here.
    let none = input.member("redriveFilter") == "REDRIVEN";
    let kind = format!("executions/{arn}/{}/{none}", status.unwrap_or_default());
    let page = Page::read(input, &kind)?;
    let before = page.after.and_then(|number| number.parse().ok()).unwrap_or(u64::MAX);
    let state = registry.state();
    let machine = state.machines.get(arn).ok_or_else(|| no_machine(arn))?;
    if machine.record.express {
        return Err(type_not_supported());
    }
    // One more than wanted tells whether there is a next page.
    let most = if none { 0 } else { page.size + 1 };
    let stored = State::stored(&machine.record, before, status, most, &registry.store);
    let mut items: BTreeMap<u64, Value> = stored.map_err(|error| unreadable(&error))?.into_iter().collect();
    // What the store has of those in memory may be older.
    let in_memory = state.by_machine.get(arn);
    items.retain(|number, _| in_memory.is_none_or(|executions| !executions.contains_key(number)));
    let there = state.by_machine.get(arn).into_iter().flat_map(|executions| executions.range(..before).rev());
    let there = there.filter(|(_, execution)| status.is_none_or(|status| execution.status().name() == status));
    items.extend(there.take(most).map(|(number, execution)| (*number, execution.item())));
    drop(state);
    let shown: Vec<(u64, Value)> = items.into_iter().rev().take(most).collect();
    let last = shown.get(page.size).and_then(|_| shown.get(page.size - 1));
    let next = last.map(|(number, _)| token(&kind, &number.to_string()));
    let items: Vec<Value> = shown.into_iter().take(page.size).map(|(_, item)| item).collect();
    Ok(Answer::members(with_next(json!({ "executions": items }), next)))
}

/// Adds the token for the next page.
pub(super) fn with_next(mut answer: Value, next: Option<String>) -> Value {
    if let (Some(next), Some(members)) = (next, answer.as_object_mut()) {
        members.insert("nextToken".to_owned(), json!(next));
    }
    answer
}
