//! Roles: create, get, list, update, delete.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::managed;
use super::role::{Entry, Role};
use super::role_store::{RoleStore, VALIDATION, no_role};
use super::validate;
use crate::arn::{Arn, is_partition};
use crate::random;
use crate::service::members::Members;
use crate::service::page::page;
use crate::service::tags;
use crate::wire::Fault;

/// A trust policy's characters, white space aside.
const LONGEST_TRUST: usize = 2048;

pub(super) fn create_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    let path = members.text("Path").unwrap_or("/");
    let trust = members.given("AssumeRolePolicyDocument");
    let longest_session = members.integer("MaxSessionDuration").unwrap_or(3600);
    let description = members.text("Description").map(str::to_owned);
    let tags = tags::read_list(members.list("Tags")).map_err(|message| Fault::client("InvalidInput", message))?;
    let boundary = members.text("PermissionsBoundary").map(check_boundary).transpose()?;
    let mut all = roles.lock();
    if all.contains_key(&name.to_lowercase()) {
        return Err(Fault::client("EntityAlreadyExists", format!("Role with name {name} already exists.")).status(409));
    }
    validate::trust(trust, &roles.account, |arn| all.values().any(|entry| entry.role.arn == arn))?;
    check_trust_size(trust)?;
    let now = roles.clock.now_ms();
    let role = Role {
        name: name.to_owned(),
        path: path.to_owned(),
        id: random::id("AROA", 17),
        arn: roles.arn_of(path, name),
        created_ms: now,
        trust: trust.to_owned(),
        description,
        longest_session,
        boundary,
        inline: BTreeMap::new(),
        attached: Vec::new(),
        spoken_for: false,
        tags: {
            let mut all = tags::Tags::new();
            tags::merge(&mut all, tags).map_err(|message| Fault::client("LimitExceeded", message).status(409))?;
            all
        },
    };
    let shown = role.shown(true);
    roles.save(&role);
    all.insert(name.to_lowercase(), Entry::new(role, now));
    Ok(json!({"Role": shown}))
}

pub(super) fn get_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    roles.look(name, |role| Ok(json!({"Role": role.shown(true)})))
}

pub(super) fn delete_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    let mut all = roles.lock();
    let role = &all.get(&name.to_lowercase()).ok_or_else(|| no_role(name))?.role;
    let conflict = |what: &str| {
        Err(Fault::client("DeleteConflict", format!("Cannot delete entity, must {what} first.")).status(409))
    };
    if !role.attached.is_empty() {
        return conflict("detach all policies");
    }
    if !role.inline.is_empty() {
        return conflict("delete policies");
    }
    roles.forget(role);
    all.remove(&name.to_lowercase());
    Ok(Value::Null)
}

pub(super) fn list_roles(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let prefix = members.text("PathPrefix").unwrap_or("/");
    let found: Vec<Role> =
        roles.lock().values().map(|entry| &entry.role).filter(|role| role.path.starts_with(prefix)).cloned().collect();
    listed(found, |role| role.name.to_lowercase(), members, "Roles", |role| role.shown(false))
}

pub(super) fn update_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    let (length, description) = (members.integer("MaxSessionDuration"), members.text("Description"));
    roles.change(name, |role| {
        role.longest_session = length.unwrap_or(role.longest_session);
        if let Some(description) = description {
            role.description = Some(description.to_owned());
        }
        Ok(json!({}))
    })
}

pub(super) fn update_role_description(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    roles.change(name, |role| {
        role.description = Some(members.given("Description").to_owned());
        Ok(json!({"Role": role.shown(true)}))
    })
}

pub(super) fn update_assume_role_policy(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    let trust = members.given("PolicyDocument");
    let known: Vec<String> = roles.lock().values().map(|entry| entry.role.arn.clone()).collect();
    roles.change(name, |role| {
        validate::trust(trust, &roles.account, |arn| known.iter().any(|known| known == arn))?;
        check_trust_size(trust)?;
        trust.clone_into(&mut role.trust);
        Ok(Value::Null)
    })
}

pub(super) fn put_role_permissions_boundary(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    let boundary = check_boundary(members.given("PermissionsBoundary"))?;
    roles.change(name, |role| {
        role.boundary = Some(boundary);
        Ok(Value::Null)
    })
}

pub(super) fn delete_role_permissions_boundary(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    roles.change(name, |role| {
        role.boundary = None;
        Ok(Value::Null)
    })
}

/// Roles here are in no instance profile; tools ask before they delete a role.
pub(super) fn list_instance_profiles_for_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("RoleName");
    roles.look(name, |_| Ok(json!({"InstanceProfiles": [], "IsTruncated": false})))
}

/// One page of a listing under its member's name, with `IsTruncated` and `Marker`.
pub(super) fn listed<T>(
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    members: Members<'_>,
    member: &str,
    shown: impl Fn(&T) -> Value,
) -> Result<Value, Fault> {
    let size = members.count("MaxItems").unwrap_or(100);
    let page =
        page(items, key, members.text("Marker"), size).ok_or_else(|| Fault::client(VALIDATION, "Invalid Marker."))?;
    let mut answer = json!({"IsTruncated": page.next.is_some(), "Marker": page.next});
    if let Value::Object(members) = &mut answer {
        members.insert(member.to_owned(), page.items.iter().map(shown).collect());
    }
    Ok(answer)
}

fn check_trust_size(trust: &str) -> Result<(), Fault> {
    if trust.chars().filter(|letter| !letter.is_whitespace()).count() > LONGEST_TRUST {
        let message = format!("Cannot exceed quota for ACLSizePerRole: {LONGEST_TRUST}");
        return Err(Fault::client("LimitExceeded", message).status(409));
    }
    Ok(())
}

fn check_boundary(arn: &str) -> Result<String, Fault> {
    let of_account = Arn::parse(arn).is_some_and(|arn| {
        let is_account = arn.account.len() == 12 && arn.account.bytes().all(|byte| byte.is_ascii_digit());
        is_partition(arn.partition) && arn.service == "iam" && is_account && arn.resource.starts_with("policy/")
    });
    // Policies cannot be made here, so that which of an account's own there are is for the account to say.
    if of_account || managed::attachable(arn).is_ok() {
        return Ok(arn.to_owned());
    }
    Err(Fault::client("NoSuchEntity", format!("Scope ARN: {arn} does not exist or is not attachable.")).status(404))
}
