//! IAM roles. <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
//!
//! A role takes several calls to make, change or delete. Its digest tag is taken away before the first and put back after the last,
//! so that a role without one is known to be unfinished.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_iam::types::{AttachedPermissionsBoundary, EntityType, Role as Described, RoleDetail, Tag};
use futures::future::try_join_all;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::calls::{Calls, Owned, Update};
use super::reading::{one_by_one, read_all};
use crate::cloud::sdk::caller::{found, still_owned};
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::failure::built;
use crate::cloud::sdk::observation::{Listed, Observation, ObservedKind};
use crate::cloud::sdk::tagging::available;
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::{Live, LiveState, Other, Part, Resource, Role};
use crate::model::{Key, Policy, Tags, tag};

/// Where an earlier build made roles; the lab's name follows.
pub(in crate::cloud::sdk) const LEGACY_ROLES: &str = "/labctl/";

/// What becomes of what runs under a role that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Going {
    /// It is gone already.
    ForGood,
    /// It stays: the role is made anew.
    ToComeBack,
}

/// What a list shows of a role.
pub(in crate::cloud::sdk) struct ListedRole {
    pub(in crate::cloud::sdk) name: String,
    pub(in crate::cloud::sdk) path: String,
    description: String,
}

#[async_trait]
impl Calls for Role {
    /// A page has everything of a role but its description, which a list has. Without the page, roles are read one by one.
    async fn observe(clients: &Clients, observation: Observation<'_>) -> Result<ObservedKind, CloudError> {
        // An earlier build's path, which lists show where no page shows tags.
        let home = format!("{LEGACY_ROLES}{}/", observation.scope.lab);
        let of_lab = |role: &RoleDetail| {
            role.tags().iter().any(|tag| tag.key() == tag::LAB && tag.value() == observation.scope.lab.as_str())
        };
        let keep = |role: &RoleDetail| {
            role.path() == Some(home.as_str())
                || of_lab(role)
                || role.role_name().is_some_and(|name| observation.is_read(Self::KIND, name))
        };
        let list = async { if observation.is_quick() { Ok(None) } else { available(list(clients).await).map(Some) } };
        let (page, list) = tokio::try_join!(async { available(page(clients, keep).await) }, list)?;
        let list = match list {
            None if page.is_err() => available(self::list(clients).await).map(Some)?,
            list => list,
        };
        let mut names: BTreeSet<String> = page.iter().flat_map(BTreeMap::keys).cloned().collect();
        let mut others = BTreeMap::new();
        let mut descriptions = BTreeMap::new();
        let mut refused = None;
        match list {
            Some(Ok(roles)) => {
                for role in roles {
                    if role.path == home && !observation.is_read(Self::KIND, &role.name) {
                        let key = Self::key(&role.name);
                        let other = Other { arn: observation.place.arn(&key, &home), user: None };
                        others.insert(key, other);
                    }
                    names.insert(role.name.clone());
                    descriptions.insert(role.name, role.description);
                }
            }
            Some(Err(error)) => refused = Some(error),
            None => {}
        }
        let lists_are_lost = page.is_err() && refused.is_some();
        let listed = match (lists_are_lost, refused) {
            (true, Some(error)) => Listed::Refused(error),
            _ => Listed::All(names.into_iter().collect()),
        };
        let mut observed = observation.begin(Self::KIND, &listed);
        let names = observation.names(Self::KIND, listed);
        let mut page = match page {
            Ok(page) => page,
            Err(error) => {
                if !names.is_empty() {
                    observed.notes.push(one_by_one(Self::KIND, &error));
                }
                BTreeMap::new()
            }
        };
        let mut rest = BTreeSet::new();
        for key in names {
            let seen = page.remove(&key.name).and_then(|live| described(observation, &key, live, &descriptions));
            match seen {
                Some(live) => observed.found.push(observation.sharing(key, live)),
                None => _ = rest.insert(key),
            }
        }
        observed.found.extend(read_all::<Self>(clients, observation, rest).await?);
        observed.others.append(&mut others);
        // The page shows tags, and so whose these are.
        observed.others.extend(page.into_iter().filter_map(|(name, live)| {
            let other = observation.other(&live)?;
            Some((Self::key(name), other))
        }));
        Ok(observed)
    }

    async fn read(clients: &Clients, name: &str) -> Result<Option<Live>, CloudError> {
        let answer = clients.caller.call("iam:GetRole", || clients.iam.get_role().role_name(name).send()).await;
        let Some(role) = found(answer)?.and_then(|answer| answer.role) else { return Ok(None) };
        let (names, managed_policies) =
            tokio::try_join!(async { found(inline_policy_names(clients, name).await) }, async {
                found(attached_policies(clients, name).await)
            },)?;
        let Some(names) = names else { return Ok(None) };
        let managed_policies = managed_policies.unwrap_or_default();
        let mut inline_policies = BTreeMap::new();
        for policy in names {
            let ask = || clients.iam.get_role_policy().role_name(name).policy_name(&policy).send();
            if let Some(answer) = found(clients.caller.call("iam:GetRolePolicy", ask).await)? {
                inline_policies.insert(policy, decoded(&answer.policy_document));
            }
        }
        Ok(Some(live(&role, inline_policies, managed_policies)))
    }

    /// With one policy it is known to be unfinished while nothing uses it and it has none. Otherwise inline policies and attachments
    /// go on before the digest tag.
    async fn create(&self, clients: &Clients, resource: &Resource) -> Result<String, CloudError> {
        let name = &resource.key.name;
        let whole = match self.inline_policies.len() + self.managed_policies.len() {
            0 => true,
            1 => clients.last_observation.was_unused(&clients.place().await?.arn(&resource.key, &self.path)),
            _ => false,
        };
        let first = tags(&resource.tags, |key| whole || key != tag::DIGEST)?;
        let create = || {
            let request = clients.iam.create_role().role_name(name).path(&self.path);
            let request = request.assume_role_policy_document(self.trust_policy.as_str());
            let request = request.set_tags(Some(first.clone()));
            let request = request.set_permissions_boundary(self.permissions_boundary.clone());
            if self.description.is_empty() { request.send() } else { request.description(&self.description).send() }
        };
        let answer = clients.caller.call("iam:CreateRole", create).await?;
        for (policy, document) in &self.inline_policies {
            put_policy(clients, name, policy, document).await.map_err(not_yet_found)?;
        }
        for policy in &self.managed_policies {
            attach_policy(clients, name, policy).await.map_err(not_yet_found)?;
        }
        if !whole {
            put_tags(clients, name, &resource.tags).await.map_err(not_yet_found)?;
        }
        Ok(answer.role.map(|role| role.arn).unwrap_or_default())
    }

    async fn update(&self, clients: &Clients, resource: &Resource, update: Update<'_>) -> Result<(), CloudError> {
        let (name, parts) = (&resource.key.name, update.parts);
        if parts.iter().any(|part| *part != Part::Tags) {
            untag_digest(clients, name).await?;
        }
        if parts.contains(&Part::Description) {
            let update = || clients.iam.update_role().role_name(name).description(&self.description).send();
            clients.caller.call("iam:UpdateRole", update).await?;
        }
        if parts.contains(&Part::TrustPolicy) {
            let document = self.trust_policy.as_str();
            let update = || clients.iam.update_assume_role_policy().role_name(name).policy_document(document).send();
            clients.caller.call("iam:UpdateAssumeRolePolicy", update).await?;
        }
        if let (true, Some(boundary)) = (parts.contains(&Part::Boundary), &self.permissions_boundary) {
            let put =
                || clients.iam.put_role_permissions_boundary().role_name(name).permissions_boundary(boundary).send();
            clients.caller.call("iam:PutRolePermissionsBoundary", put).await?;
        }
        if parts.contains(&Part::Policies) {
            set_policies(clients, name, self).await?;
        }
        put_tags(clients, name, &resource.tags).await
    }

    async fn delete(clients: &Clients, name: &str, live: Owned<'_>) -> Result<bool, CloudError> {
        delete(clients, name, live, Going::ForGood).await
    }

    async fn make_way(clients: &Clients, name: &str, live: Owned<'_>) -> Result<bool, CloudError> {
        delete(clients, name, live, Going::ToComeBack).await
    }
}

/// Roles that are to be kept, in pages, whole but for their descriptions, which this operation does not show.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
pub(in crate::cloud::sdk) async fn page(
    clients: &Clients,
    keep: impl Fn(&RoleDetail) -> bool,
) -> Result<BTreeMap<String, Live>, CloudError> {
    let (mut roles, mut marker) = (BTreeMap::new(), None);
    loop {
        let ask = || {
            let request = clients.iam.get_account_authorization_details().filter(EntityType::Role);
            request.max_items(1000).set_marker(marker.clone()).send()
        };
        let page = clients.caller.call("iam:GetAccountAuthorizationDetails", ask).await?;
        let kept = page.role_detail_list.unwrap_or_default().into_iter().filter(|role| keep(role));
        roles.extend(kept.map(|role| (role.role_name().unwrap_or_default().to_owned(), paged(&role))));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(roles);
        }
    }
}

/// Name, path and description of every role, page by page.
pub(in crate::cloud::sdk) async fn list(clients: &Clients) -> Result<Vec<ListedRole>, CloudError> {
    let (mut roles, mut marker) = (Vec::new(), None);
    loop {
        let ask = || clients.iam.list_roles().max_items(1000).set_marker(marker.clone()).send();
        let page = clients.caller.call("iam:ListRoles", ask).await?;
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

/// Inline policies, attachments, then the role: IAM refuses to delete a role that has any.
async fn delete(clients: &Clients, name: &str, live: Owned<'_>, going: Going) -> Result<bool, CloudError> {
    if let Some(seen) = clients.seen(&Role::key(name), live.owner) {
        match strip_and_delete(clients, name, &seen.inline, &seen.managed, going).await {
            // It got another policy since it was looked at.
            Err(error) if error.code.as_deref() == Some("DeleteConflict") => {}
            answer => return answer,
        }
    }
    let ask = || clients.iam.get_role().role_name(name).send();
    let (role, inline, attached) = tokio::try_join!(
        async { found(clients.caller.call("iam:GetRole", ask).await) },
        async { found(inline_policy_names(clients, name).await) },
        async { found(attached_policies(clients, name).await) },
    )?;
    let Some(role) = role.and_then(|answer| answer.role) else { return Ok(false) };
    still_owned("iam:DeleteRole", name, live.owner, &pairs(role.tags()))?;
    strip_and_delete(clients, name, &inline.unwrap_or_default(), &attached.unwrap_or_default(), going).await
}

/// What is cut off in between is no edit of the user's: of several policies it has no digest tag any more, and of one it has no
/// policy, nor anything that uses it, since what runs under a role goes before it.
async fn strip_and_delete(
    clients: &Clients,
    name: &str,
    inline: &[String],
    managed: &[String],
    going: Going,
) -> Result<bool, CloudError> {
    if inline.len() + managed.len() > 1 || going == Going::ToComeBack {
        bearable(untag_digest(clients, name).await)?;
    }
    tokio::try_join!(
        try_join_all(inline.iter().map(|policy| delete_policy(clients, name, policy))),
        try_join_all(managed.iter().map(|policy| detach_policy(clients, name, policy))),
    )?;
    let delete = || clients.iam.delete_role().role_name(name).send();
    Ok(found(clients.caller.call("iam:DeleteRole", delete).await)?.is_some())
}

/// Without its digest a role is known to be unfinished.
async fn untag_digest(clients: &Clients, name: &str) -> Result<(), CloudError> {
    let untag = || clients.iam.untag_role().role_name(name).tag_keys(tag::DIGEST).send();
    found(clients.caller.call("iam:UntagRole", untag).await).map(|_| ())
}

async fn set_policies(clients: &Clients, name: &str, role: &Role) -> Result<(), CloudError> {
    for policy in inline_policy_names(clients, name).await? {
        if !role.inline_policies.contains_key(&policy) {
            delete_policy(clients, name, &policy).await?;
        }
    }
    for (policy, document) in &role.inline_policies {
        put_policy(clients, name, policy, document).await?;
    }
    let attached = attached_policies(clients, name).await?;
    for policy in attached.iter().filter(|policy| !role.managed_policies.contains(policy)) {
        detach_policy(clients, name, policy).await?;
    }
    for policy in role.managed_policies.iter().filter(|policy| !attached.contains(policy)) {
        attach_policy(clients, name, policy).await?;
    }
    Ok(())
}

async fn inline_policy_names(clients: &Clients, role: &str) -> Result<Vec<String>, CloudError> {
    let (mut names, mut marker) = (Vec::new(), None);
    loop {
        let ask = || clients.iam.list_role_policies().role_name(role).set_marker(marker.clone()).send();
        let page = clients.caller.call("iam:ListRolePolicies", ask).await?;
        names.extend(page.policy_names);
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(names);
        }
    }
}

async fn attached_policies(clients: &Clients, role: &str) -> Result<Vec<String>, CloudError> {
    let (mut arns, mut marker) = (Vec::new(), None);
    loop {
        let ask = || clients.iam.list_attached_role_policies().role_name(role).set_marker(marker.clone()).send();
        let page = clients.caller.call("iam:ListAttachedRolePolicies", ask).await?;
        arns.extend(page.attached_policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            arns.sort();
            return Ok(arns);
        }
    }
}

async fn put_policy(clients: &Clients, role: &str, policy: &str, document: &Policy) -> Result<(), CloudError> {
    let document = document.as_str();
    let put = || clients.iam.put_role_policy().role_name(role).policy_name(policy).policy_document(document).send();
    clients.caller.call("iam:PutRolePolicy", put).await.map(|_| ())
}

async fn delete_policy(clients: &Clients, role: &str, policy: &str) -> Result<(), CloudError> {
    let delete = || clients.iam.delete_role_policy().role_name(role).policy_name(policy).send();
    found(clients.caller.call("iam:DeleteRolePolicy", delete).await).map(|_| ())
}

async fn attach_policy(clients: &Clients, role: &str, policy: &str) -> Result<(), CloudError> {
    let attach = || clients.iam.attach_role_policy().role_name(role).policy_arn(policy).send();
    clients.caller.call("iam:AttachRolePolicy", attach).await.map(|_| ())
}

async fn detach_policy(clients: &Clients, role: &str, policy: &str) -> Result<(), CloudError> {
    let detach = || clients.iam.detach_role_policy().role_name(role).policy_arn(policy).send();
    found(clients.caller.call("iam:DetachRolePolicy", detach).await).map(|_| ())
}

async fn put_tags(clients: &Clients, role: &str, wanted: &Tags) -> Result<(), CloudError> {
    let tags = tags(wanted, |_| true)?;
    let put = || clients.iam.tag_role().role_name(role).set_tags(Some(tags.clone())).send();
    clients.caller.call("iam:TagRole", put).await.map(|_| ())
}

/// A role as the page showed it, with its description; `None` where that is not known.
fn described(
    observation: Observation<'_>,
    key: &Key,
    mut live: Live,
    descriptions: &BTreeMap<String, String>,
) -> Option<Live> {
    let reported = match (descriptions.get(&key.name), observation.believed(key)) {
        (Some(description), _) => description,
        // Under all the tags of the wanted role it is described as wanted.
        (None, Some(wanted)) if wanted.tags.iter().all(|(name, value)| live.tags.get(name) == Some(value)) => {
            &wanted.body.of::<Role>()?.description
        }
        (None, _) => return None,
    };
    live.body.of_mut::<Role>()?.description.clone_from(reported);
    Some(live)
}

/// Who may delete a role but not untag it may delete it all the same.
fn bearable(untagged: Result<(), CloudError>) -> Result<(), CloudError> {
    match untagged {
        Err(error) if error.class == ErrorClass::Denied => Ok(()),
        other => other,
    }
}

/// A role that IAM just made and does not find yet will be found later.
fn not_yet_found(error: CloudError) -> CloudError {
    match error.class {
        ErrorClass::NotFound if error.operation != "iam:AttachRolePolicy" => {
            CloudError { class: ErrorClass::IamPropagation, ..error }
        }
        _ => error,
    }
}

fn live(role: &Described, inline_policies: BTreeMap<String, Policy>, managed_policies: Vec<String>) -> Live {
    let body = Role {
        path: role.path.clone(),
        description: role.description.clone().unwrap_or_default(),
        trust_policy: role.assume_role_policy_document.as_deref().map_or_else(|| Policy::new(&Value::Null), decoded),
        inline_policies,
        managed_policies,
        permissions_boundary: role.permissions_boundary().and_then(boundary_of),
    };
    Live { arn: role.arn.clone(), body: body.into(), tags: pairs(role.tags()), state: LiveState::Ready }
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
    let body = Role {
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
