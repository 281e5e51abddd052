//! Tags of log groups, by ARN and, as it used to be, by name.

use serde_json::{Value, json};

use super::group::Facts;
use super::log_store::{INVALID, LogStore, group_name, no_group};
use crate::arn::Arn;
use crate::service::members::Members;
use crate::service::tags;
use crate::wire::Fault;

pub(super) fn tag(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let new = tags::read_map(members.value("tags")).map_err(|message| Fault::client(INVALID, message))?;
    tagged_group(logs, region, members, |facts| {
        tags::merge(&mut facts.tags, new).map_err(|message| Fault::client("TooManyTagsException", message))?;
        logs.save(region, facts);
        Ok(Value::Null)
    })
}

pub(super) fn untag(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    // The newer operation calls the keys `tagKeys`, the older one `tags`.
    let keys: Vec<&str> = members.texts("tagKeys").into_iter().chain(members.texts("tags")).collect();
    tagged_group(logs, region, members, |facts| {
        tags::remove(&mut facts.tags, &keys);
        logs.save(region, facts);
        Ok(Value::Null)
    })
}

pub(super) fn list_tags(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    tagged_group(logs, region, members, |facts| Ok(json!({"tags": tags::map(&facts.tags)})))
}

fn tagged_group<T>(
    logs: &LogStore,
    region: &str,
    members: Members<'_>,
    then: impl FnOnce(&mut Facts) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let name = if let Some(name) = members.text("logGroupName") {
        name
    } else {
        let arn = members.given("resourceArn");
        let is_group = |arn: Arn<'_>| arn.service == "logs" && arn.resource.starts_with("log-group:");
        if !Arn::parse(arn).is_some_and(is_group) {
            return Err(Fault::client(INVALID, format!("ARN {arn} is not of a log group")));
        }
        group_name(arn)
    };
    let mut state = logs.state();
    let group = state.groups.get_mut(&(region.to_owned(), name.to_owned())).ok_or_else(no_group)?;
    then(&mut group.facts)
}
