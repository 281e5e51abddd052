//! Log groups: create, describe, delete, retention.

use serde_json::{Value, json};

use super::group::{Facts, Group};
use super::log_store::{INVALID, LogStore, group_name, no_group};
use crate::service::members::{Members, missing, violation};
use crate::service::page::page;
use crate::service::tags;
use crate::wire::Fault;

/// The days that AWS offers.
const RETENTION_DAYS: [i64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

pub(super) fn create_log_group(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("logGroupName", INVALID)?;
    check_group_name(name)?;
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
    let name = members.required("logGroupName", INVALID)?;
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
    let groups: Vec<&Group> = state
        .groups
        .iter()
        .filter(|((place, name), _)| place == region && fits(name))
        .map(|(_, group)| group)
        .collect();
    let page = page(groups, |group| group.facts.name.clone(), members.text("nextToken"), limit(members, 50)?)
        .ok_or_else(bad_token)?;
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
    let days = members.integer("retentionInDays").ok_or_else(|| missing(INVALID, "retentionInDays"))?;
    if !RETENTION_DAYS.contains(&days) {
        let set: Vec<String> = RETENTION_DAYS.iter().map(ToString::to_string).collect();
        let constraint = format!("Member must satisfy enum value set: [{}]", set.join(", "));
        return Err(violation(INVALID, "retentionInDays", Some(&days.to_string()), &constraint));
    }
    set_retention(logs, region, members, Some(days))
}

pub(super) fn delete_retention_policy(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    set_retention(logs, region, members, None)
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html>
pub(super) fn put_deletion_protection(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    const MEMBER: &str = "deletionProtectionEnabled";
    let name = members.required("logGroupIdentifier", INVALID)?;
    let protected = members.truth(MEMBER).ok_or_else(|| missing(INVALID, MEMBER))?;
    change_group(logs, region, name, |facts| facts.protected = protected)
}

fn set_retention(logs: &LogStore, region: &str, members: Members<'_>, days: Option<i64>) -> Result<Value, Fault> {
    let name = members.required("logGroupName", INVALID)?;
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

/// The page size asked for, up to a most.
pub(super) fn limit(members: Members<'_>, most: i64) -> Result<usize, Fault> {
    let asked = members.integer("limit").unwrap_or(most);
    usize::try_from(asked).ok().filter(|_| (1..=most).contains(&asked)).ok_or_else(|| {
        let constraint = format!("Member must have value less than or equal to {most}");
        violation(INVALID, "limit", Some(&asked.to_string()), &constraint)
    })
}

/// A token that is none of ours.
pub(super) fn bad_token() -> Fault {
    Fault::client(INVALID, "The specified nextToken is invalid.")
}

fn check_group_name(name: &str) -> Result<(), Fault> {
    if name.len() > 512 {
        let constraint = "Member must have length less than or equal to 512";
        return Err(violation(INVALID, "logGroupName", Some(name), constraint));
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/#".contains(&byte);
    if name.is_empty() || !name.bytes().all(fits) {
        let constraint = "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+";
        return Err(violation(INVALID, "logGroupName", Some(name), constraint));
    }
    if name.starts_with("aws/") {
        return Err(Fault::client(INVALID, "Log groups starting with AWS/ are reserved for AWS."));
    }
    Ok(())
}
