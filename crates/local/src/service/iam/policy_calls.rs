//! A role's inline and attached policies.

use serde_json::{Value, json};

use super::managed;
use super::role::{Role, encoded};
use super::role_calls::listed;
use super::role_store::RoleStore;
use super::validate;
use crate::service::members::Members;
use crate::wire::Fault;

/// Characters of all inline policies of a role together, white space aside.
const LARGEST_INLINE: usize = 10_240;
/// Managed policies on a role.
const MOST_ATTACHED: usize = 20;

pub(super) fn put_role_policy(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let (role_name, name) = names(members);
    let document = members.given("PolicyDocument");
    validate_after_role(roles, role_name, document)?;
    roles.change(role_name, |role| {
        role.inline.insert(name.to_owned(), document.to_owned());
        if inline_size(role) > LARGEST_INLINE {
            let message = format!("Maximum policy size of {LARGEST_INLINE} bytes exceeded for role {}", role.name);
            return Err(Fault::client("LimitExceeded", message).status(409));
        }
        Ok(Value::Null)
    })
}

pub(super) fn get_role_policy(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let (role_name, name) = names(members);
    roles.look(role_name, |role| {
        let document = role.inline.get(name).ok_or_else(|| no_policy(name))?;
        Ok(json!({"RoleName": role.name, "PolicyName": name, "PolicyDocument": encoded(document)}))
    })
}

pub(super) fn delete_role_policy(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let (role_name, name) = names(members);
    roles.change(role_name, |role| role.inline.remove(name).map(|_| Value::Null).ok_or_else(|| no_policy(name)))
}

pub(super) fn list_role_policies(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let role_name = members.given("RoleName");
    roles.look(role_name, |role| {
        let names: Vec<String> = role.inline.keys().cloned().collect();
        listed(names, Clone::clone, members, "PolicyNames", |name| Value::String(name.clone()))
    })
}

pub(super) fn attach_role_policy(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let (role_name, arn) = (members.given("RoleName"), policy_arn(members)?);
    roles.change(role_name, |role| {
        managed::attachable(arn)?;
        if role.attached.iter().any(|known| known == arn) {
            return Ok(Value::Null);
        }
        if role.attached.len() >= MOST_ATTACHED {
            let message = format!("Cannot exceed quota for PoliciesPerRole: {MOST_ATTACHED}");
            return Err(Fault::client("LimitExceeded", message).status(409));
        }
        role.attached.push(arn.to_owned());
        Ok(Value::Null)
    })
}

pub(super) fn detach_role_policy(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let (role_name, arn) = (members.given("RoleName"), policy_arn(members)?);
    roles.change(role_name, |role| {
        let before = role.attached.len();
        role.attached.retain(|known| known != arn);
        if role.attached.len() == before {
            return Err(Fault::client("NoSuchEntity", format!("Policy {arn} was not found.")).status(404));
        }
        Ok(Value::Null)
    })
}

pub(super) fn list_attached_role_policies(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let role_name = members.given("RoleName");
    roles.look(role_name, |role| {
        let mut arns = role.attached.clone();
        arns.sort();
        let shown = |arn: &String| json!({"PolicyName": managed::name(arn), "PolicyArn": arn});
        listed(arns, Clone::clone, members, "AttachedPolicies", shown)
    })
}

fn names(members: Members<'_>) -> (&str, &str) {
    (members.given("RoleName"), members.given("PolicyName"))
}

fn policy_arn(members: Members<'_>) -> Result<&str, Fault> {
    let arn = members.given("PolicyArn");
    if !arn.starts_with("arn:") {
        return Err(Fault::client("InvalidInput", format!("ARN {arn} is not valid.")));
    }
    Ok(arn)
}

/// A missing role is reported before a malformed document.
fn validate_after_role(roles: &RoleStore, role_name: &str, document: &str) -> Result<(), Fault> {
    roles.look(role_name, |_| validate::identity(document))
}

fn inline_size(role: &Role) -> usize {
    role.inline.values().flat_map(|document| document.chars()).filter(|letter| !letter.is_whitespace()).count()
}

fn no_policy(name: &str) -> Fault {
    Fault::client("NoSuchEntity", format!("The role policy with name {name} cannot be found.")).status(404)
}
