//! One role: whom it trusts, and what it may do.

use serde_json::{Value, json};

use super::roles::{decoded, trusted};
use super::words::{ms, span, tags, when};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::member::Member as _;

/// Policies of a role that are shown, at the most; IAM takes fewer.
const MOST: usize = 200;
/// The members of IAM's pages that lead on.
const PAGES: (&str, &str) = ("Marker", "Marker");

/// A role as GetRole tells it.
pub(super) struct Role {
    pub(super) name: String,
    pub(super) got: Value,
}

impl Role {
    /// # Errors
    /// When it is not there, or not for this browser.
    pub(super) async fn find(ask: &Ask<'_>, name: &str) -> Result<Self, Refusal> {
        ask.must_see(name)?;
        let got = ask.call("iam", "GetRole", json!({"RoleName": name})).await;
        let got = got.map_err(|_| Refusal::NotFound)?.member("Role").clone();
        // IAM finds a role whatever the case of its name; which prefix it has does not depend on how it is asked for.
        if got.member("RoleName") != name {
            return Err(Refusal::NotFound);
        }
        Ok(Self { name: name.to_owned(), got })
    }

    /// The words and paths that lead to it.
    pub(super) fn trail(&self, ask: &Ask<'_>) -> Vec<(String, String)> {
        vec![("Roles".to_owned(), ask.path(&["roles"])), (self.name.clone(), ask.path(&["roles", &self.name]))]
    }
}

/// The page.
pub(super) async fn show(ask: &Ask<'_>, name: &str) -> Result<Outcome, Refusal> {
    let role = Role::find(ask, name).await?;
    let trust = decoded(role.got.member("AssumeRolePolicyDocument"));
    let view = json!({
        "name": name, "arn": role.got.member("Arn"), "description": role.got.member("Description"),
        "created": ms(role.got.member("CreateDate")).map(when), "trusted": trusted(&trust), "trust": trust,
        "session": role.got.member("MaxSessionDuration").as_u64().map(span),
        "boundary": role.got.member("PermissionsBoundary").member("PermissionsBoundaryArn"),
        "tags": tags(role.got.member("Tags")), "inline": inline(ask, name).await?,
        "attached": attached(ask, name).await?, "create": ask.path(&["roles", name, "create-policy"]),
    });
    let trail = role.trail(ask);
    Ok(Outcome::Page(Page { template: "role", title: name.to_owned(), trail, is_live: true, view }))
}

/// Inline policies with their documents.
async fn inline(ask: &Ask<'_>, role: &str) -> Result<Vec<Value>, Refusal> {
    let names = ask.all("iam", "ListRolePolicies", json!({"RoleName": role}), "PolicyNames", PAGES, MOST).await?;
    let mut policies = Vec::with_capacity(names.len());
    for name in names.iter().filter_map(Value::as_str) {
        let document = document(ask, role, name).await?;
        let edit = ask.path(&["roles", role, "create-policy"]);
        let edit = crate::console::request::with_query(&edit, &[("policy", name)]);
        policies.push(json!({"at": policies.len(), "name": name, "document": document, "edit": edit}));
    }
    Ok(policies)
}

/// An inline policy's document.
pub(super) async fn document(ask: &Ask<'_>, role: &str, policy: &str) -> Result<String, Refusal> {
    let got = ask.call("iam", "GetRolePolicy", json!({"RoleName": role, "PolicyName": policy})).await?;
    Ok(decoded(got.member("PolicyDocument")))
}

/// Attached policies with their documents, as far as the endpoint has them.
async fn attached(ask: &Ask<'_>, role: &str) -> Result<Vec<Value>, Refusal> {
    let input = json!({"RoleName": role});
    let found = ask.all("iam", "ListAttachedRolePolicies", input, "AttachedPolicies", PAGES, MOST).await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    // The one call that tells documents of managed policies: of all that roles have, whatever the page of roles.
    let input = json!({"Filter": ["Role", "AWSManagedPolicy"], "MaxItems": 1});
    let details = ask.call("iam", "GetAccountAuthorizationDetails", input).await?;
    let documents = details.member("Policies").as_array().map(Vec::as_slice).unwrap_or_default();
    let shown = |(at, policy): (usize, &Value)| {
        let arn = policy.member("PolicyArn");
        let known = documents.iter().find(|known| known.member("Arn") == arn);
        let text = known.and_then(|known| known.pointer("/PolicyVersionList/0/Document")).map(decoded);
        json!({"at": at, "name": policy.member("PolicyName"), "arn": arn, "document": text.filter(|text| !text.is_empty())})
    };
    Ok(found.iter().enumerate().map(shown).collect())
}
