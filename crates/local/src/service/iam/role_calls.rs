//! Roles: create, get, list, update, delete.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::managed;
use super::role::{Entry, Role};
use super::role_store::{RoleStore, VALIDATION, no_role};
use super::validate;
use crate::arn::{Arn, is_partition};
use crate::random;
use crate::service::members::{Members, violation};
use crate::service::page::page;
use crate::service::tags;
use crate::wire::Fault;

/// A trust policy's characters, white space aside.
const LONGEST_TRUST: usize = 2048;

pub(super) fn create_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("RoleName", VALIDATION)?;
    check_name("RoleName", name, 64)?;
    let path = members.text("Path").unwrap_or("/");
    check_path(path)?;
    let trust = members.required("AssumeRolePolicyDocument", VALIDATION)?;
    let longest_session = session_length(members)?.unwrap_or(3600);
    let description = description(members)?;
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
    let name = members.required("RoleName", VALIDATION)?;
    roles.look(name, |role| Ok(json!({"Role": role.shown(true)})))
}

pub(super) fn delete_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("RoleName", VALIDATION)?;
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
    if !prefix.starts_with('/') {
        let constraint = "Member must satisfy regular expression pattern: \\u002F[\\u0021-\\u007F]*";
        return Err(violation(VALIDATION, "PathPrefix", Some(prefix), constraint));
    }
    let found: Vec<Role> =
        roles.lock().values().map(|entry| &entry.role).filter(|role| role.path.starts_with(prefix)).cloned().collect();
    listed(found, |role| role.name.to_lowercase(), members, "Roles", |role| role.shown(false))
}

pub(super) fn update_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("RoleName", VALIDATION)?;
    let (length, description) = (session_length(members)?, description(members)?);
    roles.change(name, |role| {
        role.longest_session = length.unwrap_or(role.longest_session);
        if description.is_some() {
            role.description = description;
        }
        Ok(json!({}))
    })
}

pub(super) fn update_role_description(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("RoleName", VALIDATION)?;
    let description = description(members)?;
    roles.change(name, |role| {
        role.description = description;
        Ok(json!({"Role": role.shown(true)}))
    })
}

pub(super) fn update_assume_role_policy(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("RoleName", VALIDATION)?;
    let trust = members.required("PolicyDocument", VALIDATION)?;
    let known: Vec<String> = roles.lock().values().map(|entry| entry.role.arn.clone()).collect();
    roles.change(name, |role| {
        validate::trust(trust, &roles.account, |arn| known.iter().any(|known| known == arn))?;
        check_trust_size(trust)?;
        trust.clone_into(&mut role.trust);
        Ok(Value::Null)
    })
}

pub(super) fn put_role_permissions_boundary(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("RoleName", VALIDATION)?;
    let boundary = check_boundary(members.required("PermissionsBoundary", VALIDATION)?)?;
    roles.change(name, |role| {
        role.boundary = Some(boundary);
        Ok(Value::Null)
    })
}

pub(super) fn delete_role_permissions_boundary(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("RoleName", VALIDATION)?;
    roles.change(name, |role| {
        role.boundary = None;
        Ok(Value::Null)
    })
}

/// Roles here are in no instance profile; tools ask before they delete a role.
pub(super) fn list_instance_profiles_for_role(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("RoleName", VALIDATION)?;
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
    let most = members.integer("MaxItems").unwrap_or(100);
    let size = usize::try_from(most).ok().filter(|size| (1..=1000).contains(size)).ok_or_else(|| {
        let constraint = "Member must have value between 1 and 1000";
        violation(VALIDATION, "MaxItems", Some(&most.to_string()), constraint)
    })?;
    let page =
        page(items, key, members.text("Marker"), size).ok_or_else(|| Fault::client(VALIDATION, "Invalid Marker."))?;
    let mut answer = json!({"IsTruncated": page.next.is_some(), "Marker": page.next});
    if let Value::Object(members) = &mut answer {
        members.insert(member.to_owned(), page.items.iter().map(shown).collect());
    }
    Ok(answer)
}

/// Checks a name of `[\w+=,.@-]+`.
pub(super) fn check_name(member: &str, name: &str, longest: usize) -> Result<(), Fault> {
    if name.chars().count() > longest {
        let constraint = format!("Member must have length less than or equal to {longest}");
        return Err(violation(VALIDATION, member, Some(name), &constraint));
    }
    if name.is_empty() {
        return Err(violation(VALIDATION, member, Some(name), "Member must have length greater than or equal to 1"));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte)) {
        let mut letters = member.chars();
        let member: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
        let message = format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the \
             following: +=,.@_-"
        );
        return Err(Fault::client(VALIDATION, message));
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), Fault> {
    let fits = path.starts_with('/')
        && path.ends_with('/')
        && path.len() <= 512
        && path.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if fits {
        return Ok(());
    }
    let message = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                   characters and/or / characters.";
    Err(Fault::client(VALIDATION, message))
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

fn session_length(members: Members<'_>) -> Result<Option<i64>, Fault> {
    let length = members.integer("MaxSessionDuration");
    match length {
        Some(length) if !(3600..=43200).contains(&length) => {
            let constraint = "Member must have value between 3600 and 43200";
            Err(violation(VALIDATION, "MaxSessionDuration", Some(&length.to_string()), constraint))
        }
        _ => Ok(length),
    }
}

fn description(members: Members<'_>) -> Result<Option<String>, Fault> {
    let description = members.text("Description");
    match description {
        Some(text) if text.chars().count() > 1000 => {
            let constraint = "Member must have length less than or equal to 1000";
            Err(violation(VALIDATION, "Description", Some(text), constraint))
        }
        _ => Ok(description.map(str::to_owned)),
    }
}
