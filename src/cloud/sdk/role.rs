//! IAM roles. <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
//!
//! A role takes several calls to make, change or delete. Its digest tag is taken away before the first and put back after the last,
//! so that a role without one is known to be unfinished.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{AttachedPermissionsBoundary, EntityType, Role, RoleDetail, Tag};
use futures::future::try_join_all;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::account::Account;
use super::caller::{found, refused, still_owned};
use super::failure::built;
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::{self, Live, LiveState, Part, Resource};
use crate::model::{Owner, Policy, Tags, tag};

/// What becomes of what runs under a role that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Going {
    /// It is gone already.
    ForGood,
    /// It stays: the role is made anew.
    ToComeBack,
}

/// What a list shows of a role.
pub(super) struct ListedRole {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) description: String,
}

fn wanted(resource: &Resource) -> Result<&kind::Role, CloudError> {
    resource.body.of::<kind::Role>().ok_or_else(|| {
        refused("iam:CreateRole", ErrorClass::Invalid, format!("{} has no role's content", resource.key))
    })
}

impl Account {
    pub(super) async fn read_role(&self, name: &str) -> Result<Option<Live>, CloudError> {
        let answer = self.caller.call("iam:GetRole", || self.iam.get_role().role_name(name).send()).await;
        let Some(role) = found(answer)?.and_then(|answer| answer.role) else { return Ok(None) };
        let (names, managed_policies) =
            tokio::try_join!(async { found(self.inline_policy_names(name).await) }, async {
                found(self.attached_policies(name).await)
            },)?;
        let Some(names) = names else { return Ok(None) };
        let managed_policies = managed_policies.unwrap_or_default();
        let mut inline_policies = BTreeMap::new();
        for policy in names {
            let ask = || self.iam.get_role_policy().role_name(name).policy_name(&policy).send();
            if let Some(answer) = found(self.caller.call("iam:GetRolePolicy", ask).await)? {
                inline_policies.insert(policy, decoded(&answer.policy_document));
            }
        }
        Ok(Some(live(&role, inline_policies, managed_policies)))
    }

    /// Roles that are to be kept, in pages, whole but for their descriptions, which this operation does not show.
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
    pub(super) async fn role_page(
        &self,
        keep: impl Fn(&RoleDetail) -> bool,
    ) -> Result<BTreeMap<String, Live>, CloudError> {
        let (mut roles, mut marker) = (BTreeMap::new(), None);
        loop {
            let ask = || {
                let request = self.iam.get_account_authorization_details().filter(EntityType::Role);
                request.max_items(1000).set_marker(marker.clone()).send()
            };
            let page = self.caller.call("iam:GetAccountAuthorizationDetails", ask).await?;
            let kept = page.role_detail_list.unwrap_or_default().into_iter().filter(|role| keep(role));
            roles.extend(kept.map(|role| (role.role_name().unwrap_or_default().to_owned(), paged(&role))));
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(roles);
            }
        }
    }

    /// Name, path and description of every role, page by page.
    pub(super) async fn roles(&self) -> Result<Vec<ListedRole>, CloudError> {
        let (mut roles, mut marker) = (Vec::new(), None);
        loop {
            let ask = || self.iam.list_roles().max_items(1000).set_marker(marker.clone()).send();
            let page = self.caller.call("iam:ListRoles", ask).await?;
            roles.extend(page.roles.into_iter().map(|role| ListedRole {
                name: role.role_name,
                path: role.path,
                description: role.description.unwrap_or_default(),
            }));
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(roles);
            }
        }
    }

    /// With one policy it is known to be unfinished while nothing uses it and it has none. Otherwise inline policies and attachments
    /// go on before the digest tag.
    pub(super) async fn create_role(&self, resource: &Resource) -> Result<String, CloudError> {
        let role = wanted(resource)?;
        let name = &resource.key.name;
        let whole = match role.inline_policies.len() + role.managed_policies.len() {
            0 => true,
            1 => self.fresh.was_unused(&self.place().await?.arn(&resource.key, &role.path)),
            _ => false,
        };
        let first = tags(&resource.tags, |key| whole || key != tag::DIGEST)?;
        let create = || {
            let request = self.iam.create_role().role_name(name).path(&role.path);
            let request = request.assume_role_policy_document(role.trust_policy.as_str());
            let request = request.set_tags(Some(first.clone()));
            let request = request.set_permissions_boundary(role.permissions_boundary.clone());
            if role.description.is_empty() { request.send() } else { request.description(&role.description).send() }
        };
        let answer = self.caller.call("iam:CreateRole", create).await?;
        for (policy, document) in &role.inline_policies {
            self.put_policy(name, policy, document).await.map_err(fresh)?;
        }
        for policy in &role.managed_policies {
            self.attach_policy(name, policy).await.map_err(fresh)?;
        }
        if !whole {
            self.tag_role(name, &resource.tags).await.map_err(fresh)?;
        }
        Ok(answer.role.map(|role| role.arn).unwrap_or_default())
    }

    pub(super) async fn update_role(&self, resource: &Resource, parts: &BTreeSet<Part>) -> Result<(), CloudError> {
        let role = wanted(resource)?;
        let name = &resource.key.name;
        if parts.iter().any(|part| *part != Part::Tags) {
            self.untag_digest(name).await?;
        }
        if parts.contains(&Part::Description) {
            let update = || self.iam.update_role().role_name(name).description(&role.description).send();
            self.caller.call("iam:UpdateRole", update).await?;
        }
        if parts.contains(&Part::TrustPolicy) {
            let document = role.trust_policy.as_str();
            let update = || self.iam.update_assume_role_policy().role_name(name).policy_document(document).send();
            self.caller.call("iam:UpdateAssumeRolePolicy", update).await?;
        }
        if let (true, Some(boundary)) = (parts.contains(&Part::Boundary), &role.permissions_boundary) {
            let put = || self.iam.put_role_permissions_boundary().role_name(name).permissions_boundary(boundary).send();
            self.caller.call("iam:PutRolePermissionsBoundary", put).await?;
        }
        if parts.contains(&Part::Policies) {
            self.set_policies(name, role).await?;
        }
        self.tag_role(name, &resource.tags).await
    }

    /// Inline policies, attachments, then the role: IAM refuses to delete a role that has any.
    pub(super) async fn delete_role(&self, name: &str, owner: &Owner, going: Going) -> Result<bool, CloudError> {
        if let Some(seen) = self.seen(kind::Role::KIND, name, owner) {
            match self.strip_and_delete(name, &seen.inline, &seen.managed, going).await {
                // It got another policy since it was looked at.
                Err(error) if error.code.as_deref() == Some("DeleteConflict") => {}
                answer => return answer,
            }
        }
        let (role, inline, attached) = tokio::try_join!(
            async { found(self.caller.call("iam:GetRole", || self.iam.get_role().role_name(name).send()).await) },
            async { found(self.inline_policy_names(name).await) },
            async { found(self.attached_policies(name).await) },
        )?;
        let Some(role) = role.and_then(|answer| answer.role) else { return Ok(false) };
        still_owned("iam:DeleteRole", name, owner, &tags_of(&role))?;
        self.strip_and_delete(name, &inline.unwrap_or_default(), &attached.unwrap_or_default(), going).await
    }

    /// What is cut off in between is no edit of the user's: of several policies it has no digest tag any more, and of one it has no
    /// policy, nor anything that uses it, since what runs under a role goes before it.
    async fn strip_and_delete(
        &self,
        name: &str,
        inline: &[String],
        managed: &[String],
        going: Going,
    ) -> Result<bool, CloudError> {
        if inline.len() + managed.len() > 1 || going == Going::ToComeBack {
            bearable(self.untag_digest(name).await)?;
        }
        tokio::try_join!(
            try_join_all(inline.iter().map(|policy| self.delete_policy(name, policy))),
            try_join_all(managed.iter().map(|policy| self.detach_policy(name, policy))),
        )?;
        let delete = || self.iam.delete_role().role_name(name).send();
        Ok(found(self.caller.call("iam:DeleteRole", delete).await)?.is_some())
    }

    /// Without its digest a role is known to be unfinished.
    async fn untag_digest(&self, name: &str) -> Result<(), CloudError> {
        let untag = || self.iam.untag_role().role_name(name).tag_keys(tag::DIGEST).send();
        found(self.caller.call("iam:UntagRole", untag).await).map(|_| ())
    }

    async fn set_policies(&self, name: &str, role: &kind::Role) -> Result<(), CloudError> {
        for policy in self.inline_policy_names(name).await? {
            if !role.inline_policies.contains_key(&policy) {
                self.delete_policy(name, &policy).await?;
            }
        }
        for (policy, document) in &role.inline_policies {
            self.put_policy(name, policy, document).await?;
        }
        let attached = self.attached_policies(name).await?;
        for policy in attached.iter().filter(|policy| !role.managed_policies.contains(policy)) {
            self.detach_policy(name, policy).await?;
        }
        for policy in role.managed_policies.iter().filter(|policy| !attached.contains(policy)) {
            self.attach_policy(name, policy).await?;
        }
        Ok(())
    }

    async fn inline_policy_names(&self, role: &str) -> Result<Vec<String>, CloudError> {
        let (mut names, mut marker) = (Vec::new(), None);
        loop {
            let ask = || self.iam.list_role_policies().role_name(role).set_marker(marker.clone()).send();
            let page = self.caller.call("iam:ListRolePolicies", ask).await?;
            names.extend(page.policy_names);
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(names);
            }
        }
    }

    async fn attached_policies(&self, role: &str) -> Result<Vec<String>, CloudError> {
        let (mut arns, mut marker) = (Vec::new(), None);
        loop {
            let ask = || self.iam.list_attached_role_policies().role_name(role).set_marker(marker.clone()).send();
            let page = self.caller.call("iam:ListAttachedRolePolicies", ask).await?;
            arns.extend(page.attached_policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn));
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                arns.sort();
                return Ok(arns);
            }
        }
    }

    async fn put_policy(&self, role: &str, policy: &str, document: &Policy) -> Result<(), CloudError> {
        let document = document.as_str();
        let put = || self.iam.put_role_policy().role_name(role).policy_name(policy).policy_document(document).send();
        self.caller.call("iam:PutRolePolicy", put).await.map(|_| ())
    }

    async fn delete_policy(&self, role: &str, policy: &str) -> Result<(), CloudError> {
        let delete = || self.iam.delete_role_policy().role_name(role).policy_name(policy).send();
        found(self.caller.call("iam:DeleteRolePolicy", delete).await).map(|_| ())
    }

    async fn attach_policy(&self, role: &str, policy: &str) -> Result<(), CloudError> {
        let attach = || self.iam.attach_role_policy().role_name(role).policy_arn(policy).send();
        self.caller.call("iam:AttachRolePolicy", attach).await.map(|_| ())
    }

    async fn detach_policy(&self, role: &str, policy: &str) -> Result<(), CloudError> {
        let detach = || self.iam.detach_role_policy().role_name(role).policy_arn(policy).send();
        found(self.caller.call("iam:DetachRolePolicy", detach).await).map(|_| ())
    }

    async fn tag_role(&self, role: &str, wanted: &Tags) -> Result<(), CloudError> {
        let tags = tags(wanted, |_| true)?;
        let put = || self.iam.tag_role().role_name(role).set_tags(Some(tags.clone())).send();
        self.caller.call("iam:TagRole", put).await.map(|_| ())
    }
}

/// Who may delete a role but not untag it may delete it all the same.
fn bearable(untagged: Result<(), CloudError>) -> Result<(), CloudError> {
    match untagged {
        Err(error) if error.class == ErrorClass::Denied => Ok(()),
        other => other,
    }
}

/// A role that IAM just made and does not find yet will be found later.
fn fresh(error: CloudError) -> CloudError {
    match error.class {
        ErrorClass::NotFound if error.operation != "iam:AttachRolePolicy" => {
            CloudError { class: ErrorClass::IamPropagation, ..error }
        }
        _ => error,
    }
}

fn live(role: &Role, inline_policies: BTreeMap<String, Policy>, managed_policies: Vec<String>) -> Live {
    let body = kind::Role {
        path: role.path.clone(),
        description: role.description.clone().unwrap_or_default(),
        trust_policy: role.assume_role_policy_document.as_deref().map_or_else(|| Policy::new(&Value::Null), decoded),
        inline_policies,
        managed_policies,
        permissions_boundary: role.permissions_boundary().and_then(boundary_of),
    };
    Live { arn: role.arn.clone(), body: body.into(), tags: tags_of(role), state: LiveState::Ready }
}

/// A role of a page, its description empty.
fn paged(role: &RoleDetail) -> Live {
    let inline = role.role_policy_list().iter().filter_map(|policy| {
        let document = policy.policy_document().map_or_else(|| Policy::new(&Value::Null), decoded);
        Some((policy.policy_name()?.to_owned(), document))
    });
    let mut managed_policies: Vec<String> =
        role.attached_managed_policies().iter().filter_map(|policy| policy.policy_arn().map(str::to_owned)).collect();
    managed_policies.sort();
    let body = kind::Role {
        path: role.path().unwrap_or_default().to_owned(),
        description: String::new(),
        trust_policy: role.assume_role_policy_document().map_or_else(|| Policy::new(&Value::Null), decoded),
        inline_policies: inline.collect(),
        managed_policies,
        permissions_boundary: role.permissions_boundary().and_then(boundary_of),
    };
    let arn = role.arn().unwrap_or_default().to_owned();
    Live { arn, body: body.into(), tags: pairs(role.tags()), state: LiveState::Ready }
}

fn boundary_of(boundary: &AttachedPermissionsBoundary) -> Option<String> {
    boundary.permissions_boundary_arn().map(str::to_owned)
}

fn tags_of(role: &Role) -> Tags {
    pairs(role.tags())
}

fn pairs(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// IAM gives documents percent-encoded (RFC 3986).
fn decoded(document: &str) -> Policy {
    let text = percent_decode_str(document).decode_utf8_lossy();
    let value = serde_json::from_str(&text).or_else(|_| serde_json::from_str(document));
    Policy::new(&value.unwrap_or_else(|_| Value::String(document.to_owned())))
}

fn tags(wanted: &Tags, keep: impl Fn(&str) -> bool) -> Result<Vec<Tag>, CloudError> {
    let kept = wanted.iter().filter(|(key, _)| keep(key));
    kept.map(|(key, value)| built("iam:TagRole", Tag::builder().key(key).value(value).build())).collect()
}
