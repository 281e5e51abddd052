//! `GetAccountAuthorizationDetails`: every role with its policies and tags, in pages.

use serde_json::{Value, json};

use super::managed;
use super::role::{Role, encoded, seconds};
use super::role_calls::listed;
use super::role_store::RoleStore;
use crate::service::members::Members;
use crate::service::tags;
use crate::wire::Fault;

/// This account holds roles alone, and policies of AWS.
pub(super) fn get_account_authorization_details(roles: &RoleStore, members: Members<'_>) -> Result<Value, Fault> {
    let kinds = members.texts("Filter");
    let found: Vec<Role> = if kinds.is_empty() || kinds.contains(&"Role") {
        roles.lock().values().map(|entry| entry.role.clone()).collect()
    } else {
        Vec::new()
    };
    let policies =
        if kinds.is_empty() || kinds.contains(&"AWSManagedPolicy") { managed_in_use(&found) } else { json!([]) };
    let mut answer = listed(found, |role| role.name.to_lowercase(), members, "RoleDetailList", shown)?;
    if let Value::Object(members) = &mut answer {
        members.insert("UserDetailList".to_owned(), json!([]));
        members.insert("GroupDetailList".to_owned(), json!([]));
        members.insert("Policies".to_owned(), policies);
    }
    Ok(answer)
}

fn shown(role: &Role) -> Value {
    let inline: Vec<Value> = role
        .inline
        .iter()
        .map(|(name, document)| json!({"PolicyName": name, "PolicyDocument": encoded(document)}))
        .collect();
    let attached: Vec<Value> =
        role.attached.iter().map(|arn| json!({"PolicyName": managed::name(arn), "PolicyArn": arn})).collect();
    json!({
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": seconds(role.created_ms),
        "AssumeRolePolicyDocument": encoded(&role.trust),
        "InstanceProfileList": [],
        "RolePolicyList": inline,
        "AttachedManagedPolicies": attached,
        "PermissionsBoundary": role.boundary.as_ref().map(|arn| json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn})),
        "Tags": tags::list(&role.tags),
        "RoleLastUsed": {},
    })
}

/// The managed policies that roles have, each with its one version.
fn managed_in_use(roles: &[Role]) -> Value {
    let mut arns: Vec<&String> = roles.iter().flat_map(|role| &role.attached).collect();
    arns.sort();
    arns.dedup();
    let shown = |arn: &&String| {
        let document = encoded(&managed::text(arn).unwrap_or_default());
        json!({
            "PolicyName": managed::name(arn),
            "Arn": arn,
            "DefaultVersionId": "v1",
            "IsAttachable": true,
            "AttachmentCount": roles.iter().filter(|role| role.attached.contains(arn)).count(),
            "PolicyVersionList": [{"Document": document, "VersionId": "v1", "IsDefaultVersion": true}],
        })
    };
    arns.iter().map(shown).collect()
}
