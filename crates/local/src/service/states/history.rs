//! GetExecutionHistory. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>

use crate::member::Member as _;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::access::Access;
use super::fault::unreadable;
use super::list::with_next;
use super::name::checked_execution_arn;
use super::paging::{Page, token};
use super::registry::Registry;
use super::state::text;
use crate::wire::{Answer, Call, Fault};

/// Members of event details that are left out without `includeExecutionData`.
const DATA: [&str; 3] = ["input", "output", "parameters"];

pub(super) async fn get_execution_history(access: &Access, registry: &Registry, call: &Call) -> Result<Answer, Fault> {
    let arn = checked_execution_arn(text(&call.input, "executionArn"))?;
    access.permit(call, arn)?;
    let reverse = call.input.is_true("reverseOrder");
    let kind = format!("history/{arn}/{reverse}");
    let page = Page::read(&call.input, &kind)?;
    let execution = registry.execution(arn)?;
    let last = execution.last_event.load(Ordering::Acquire);
    let size = i64::try_from(page.size).unwrap_or(i64::MAX);
    let after = page.after.and_then(|id| id.parse::<i64>().ok());
    let (from, to) = if reverse {
        let to = after.map_or(last, |id| id - 1);
        ((to - size + 1).max(1), to)
    } else {
        let from = after.map_or(1, |id| id + 1);
        (from, from.saturating_add(size - 1).min(last))
    };
    // Events are queued in order; what was counted above is on its way.
    execution.recorder.settle(&registry.store);
    registry.store.flush().await;
    let number = execution.facts.number;
    let mut events = registry.store.history((number, arn), from, to).map_err(|error| unreadable(&error))?;
    if i64::try_from(events.len()).unwrap_or(i64::MAX) != (to - from + 1).max(0) {
        return Err(unreadable(&registry.store.unreadable_history(arn)));
    }
    if reverse {
        events.reverse();
    }
    let (end, more) = if reverse { (from, from > 1) } else { (to, to < last) };
    if *call.input.member("includeExecutionData") == Value::Bool(false) {
        events.iter_mut().for_each(strip);
    }
    let next = more.then(|| token(&kind, &end.to_string()));
    Ok(Answer::members(with_next(json!({ "events": events }), next)))
}

fn strip(event: &mut Value) {
    let members = event.as_object_mut().into_iter().flat_map(|event| event.values_mut());
    for details in members.filter_map(Value::as_object_mut) {
        details.retain(|name, _| !DATA.contains(&name.as_str()));
    }
}
