//! Resource policies, through which AWS services are let write to log groups.

use serde_json::{Value, json};

use super::group_calls::bad_token;
use super::log_store::{INVALID, LogStore};
use crate::service::members::Members;
use crate::service::page::page;
use crate::wire::Fault;

/// Per region and account.
const MOST: usize = 10;

pub(super) fn put_resource_policy(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("policyName", INVALID)?;
    let document = members.required("policyDocument", INVALID)?;
    if !serde_json::from_str::<Value>(document).is_ok_and(|value| value.is_object()) {
        return Err(Fault::client(INVALID, "Unsupported or invalid policy document: it is no JSON object"));
    }
    let mut state = logs.state();
    let key = (region.to_owned(), name.to_owned());
    let here = state.policies.keys().filter(|(place, _)| place == region).count();
    if here >= MOST && !state.policies.contains_key(&key) {
        return Err(Fault::client("LimitExceededException", "Resource limit exceeded."));
    }
    let at_ms = logs.clock.now_ms();
    state.policies.insert(key, (document.to_owned(), at_ms));
    logs.save_policy(region, name, document, at_ms);
    Ok(json!({"resourcePolicy": shown(name, document, at_ms)}))
}

pub(super) fn delete_resource_policy(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("policyName", INVALID)?;
    let removed = logs.state().policies.remove(&(region.to_owned(), name.to_owned()));
    if removed.is_none() {
        let message = format!("Policy with name [{name}] does not exist");
        return Err(Fault::client("ResourceNotFoundException", message));
    }
    logs.forget_policy(region, name);
    Ok(Value::Null)
}

pub(super) fn describe_resource_policies(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let state = logs.state();
    let here: Vec<_> = state.policies.iter().filter(|((place, _), _)| place == region).collect();
    let page =
        page(here, |((_, name), _)| name.clone(), members.text("nextToken"), members.count("limit").unwrap_or(50))
            .ok_or_else(bad_token)?;
    let items = page.items.into_iter();
    let policies: Vec<Value> = items.map(|((_, name), (document, at_ms))| shown(name, document, *at_ms)).collect();
    Ok(json!({"resourcePolicies": policies, "nextToken": page.next}))
}

fn shown(name: &str, document: &str, at_ms: i64) -> Value {
    json!({"policyName": name, "policyDocument": document, "lastUpdatedTime": at_ms})
}
