//! Log groups: create, describe, delete, retention.

use serde_json::{Value, json};

use super::group::{Facts, Group};
use super::log_store::{INVALID, LogStore, group_name, no_group};
use crate::service::members::Members;
use crate::service::page::{first, in_region, shown_last};
use crate::service::tags;
use crate::wire::Fault;

pub(super) fn create_log_group(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("logGroupName");
    if name.starts_with("aws/") {
        return Err(Fault::client(INVALID, "Log groups starting with AWS/ are reserved for AWS."));
    }
    if let Some(class) = members.text("logGroupClass").filter(|class| *class != "STANDARD") {
        let message = format!("the local endpoint does not offer log group class {class}");
        return Err(Fault::client("NotImplemented", message).status(501));
    }
    let tags = tags::read_map(members.value("tags")).map_err(|message| Fault::client(INVALID, message))?;
    if tags.len() > 50 {
        return Err(Fault::client("TooManyTagsException", "a resource has at most 50 tags"));
    }
    let mut state = logs.state();
    if state.groups.contains_key(&(region.to_owned(), name.to_owned())) {
        let message = "The specified log group already exists";
        return Err(Fault::client("ResourceAlreadyExistsException", message));
    }
    logs.make_group(&mut state, region, name, tags, members.truth("deletionProtectionEnabled").unwrap_or_default());
    Ok(Value::Null)
}

pub(super) fn delete_log_group(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("logGroupName");
    let key = (region.to_owned(), name.to_owned());
    let mut state = logs.state();
    if state.groups.get(&key).ok_or_else(no_group)?.facts.protected {
        let message = "Cannot delete log group with deletion protection enabled. Disable deletion protection first.";
        return Err(Fault::client("ValidationException", message));
    }
    if let Some(group) = state.groups.remove(&key) {
        logs.forget_group(region, &group);
    }
    Ok(Value::Null)
}

pub(super) fn describe_log_groups(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let (prefix, pattern) = (members.text("logGroupNamePrefix"), members.text("logGroupNamePattern"));
    if prefix.is_some() && pattern.is_some() {
        let message = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.";
        return Err(Fault::client(INVALID, message));
    }
    let identifiers = members.texts("logGroupIdentifiers");
    if !identifiers.is_empty() && (prefix.is_some() || pattern.is_some()) {
        let message = "logGroupIdentifiers cannot be combined with logGroupNamePrefix or logGroupNamePattern.";
        return Err(Fault::client(INVALID, message));
    }
    let named: Vec<&str> = identifiers.iter().map(|identifier| group_name(identifier)).collect();
    // All groups here are of the class STANDARD.
    let of_class = members.text("logGroupClass").is_none_or(|class| class == "STANDARD");
    // A pattern is found anywhere in the name, whatever its case.
    let pattern = pattern.map(str::to_lowercase);
    let fits = |name: &str| {
        of_class
            && (named.is_empty() || named.contains(&name))
            && prefix.is_none_or(|prefix| name.starts_with(prefix))
            && pattern.as_ref().is_none_or(|pattern| name.to_lowercase().contains(pattern))
    };
    let state = logs.state();
    let after = shown_last(members.text("nextToken")).ok_or_else(bad_token)?;
    let groups = in_region(&state.groups, region, &after).filter(|(name, _)| fits(name)).map(|(_, group)| group);
    let page = first(groups, &|group: &&Group| group.facts.name.clone(), members.count("limit").unwrap_or(50));
    let shown = |group: &&Group| {
        let arn = logs.group_arn(region, &group.facts.name);
        json!({
            "logGroupName": group.facts.name,
            "creationTime": group.facts.created_ms,
            "retentionInDays": group.facts.retention_days,
            "metricFilterCount": 0,
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "storedBytes": 0,
            "logGroupClass": "STANDARD",
            "deletionProtectionEnabled": group.facts.protected,
        })
    };
    Ok(json!({"logGroups": page.items.iter().map(shown).map(present).collect::<Vec<_>>(), "nextToken": page.next}))
}

pub(super) fn put_retention_policy(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    set_retention(logs, region, members, members.integer("retentionInDays"))
}

pub(super) fn delete_retention_policy(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    set_retention(logs, region, members, None)
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html>
pub(super) fn put_deletion_protection(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("logGroupIdentifier");
    let protected = members.truth("deletionProtectionEnabled").unwrap_or_default();
    change_group(logs, region, name, |facts| facts.protected = protected)
}

fn set_retention(logs: &LogStore, region: &str, members: Members<'_>, days: Option<i64>) -> Result<Value, Fault> {
    let name = members.given("logGroupName");
    change_group(logs, region, name, |facts| facts.retention_days = days)
}

fn change_group(
    logs: &LogStore,
    region: &str,
    identifier: &str,
    change: impl FnOnce(&mut Facts),
) -> Result<Value, Fault> {
    let mut state = logs.state();
    let name = (region.to_owned(), group_name(identifier).to_owned());
    let group = state.groups.get_mut(&name).ok_or_else(no_group)?;
    change(&mut group.facts);
    logs.save(region, &group.facts);
    Ok(Value::Null)
}

/// Leaves absent members out of a structure in a list.
pub(super) fn present(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, value| !value.is_null());
    }
    value
}

/// A token that is none of ours.
pub(super) fn bad_token() -> Fault {
    Fault::client(INVALID, "The specified nextToken is invalid.")
}
