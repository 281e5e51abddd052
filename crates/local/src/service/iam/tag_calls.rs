//! Tags of roles.

use serde_json::{Value, json};

use super::role_calls::listed;
use super::role_store::RoleStore;
use crate::service::members::Members;
use crate::service::tags;
use crate::wire::Fault;

pub(super) fn tag_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    let new = tags::read_list(members.list("Tags")).map_err(|message| Fault::client("InvalidInput", message))?;
    roles.change(name, |role| {
        tags::merge(&mut role.tags, new).map_err(|message| Fault::client("LimitExceeded", message).status(409))?;
        Ok(Value::Null)
    })
}

pub(super) fn untag_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    roles.change(name, |role| {
        tags::remove(&mut role.tags, &members.texts("TagKeys"));
        Ok(Value::Null)
    })
}

pub(super) fn list_role_tags(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    roles.look(name, |role| {
        let mut tags = role.tags.clone();
        tags.sort();
        let shown = |(key, value): &(String, String)| json!({"Key": key, "Value": value});
        listed(tags, |(key, _)| key.clone(), members, "Tags", shown)
    })
}
