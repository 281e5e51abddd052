//! Create inline policy; also the way to change one.

use serde_json::json;

use super::role::{Role, document};
use super::words::refused;
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;

/// A document to begin with.
const FIRST: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [],\n      \"Resource\": \"*\"\n    }\n  ]\n}";

/// The form, or what comes of it.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    let role = Role::find(ask, name).await?;
    let mut said = None;
    let (policy, text) = if request.is_form() {
        let (policy, text) = (request.field("name").trim().to_owned(), request.field("document"));
        let input = json!({"RoleName": name, "PolicyName": policy, "PolicyDocument": text});
        match ask.call("iam", "PutRolePolicy", input).await {
            Ok(_) => return Ok(Outcome::Elsewhere(ask.path(&["roles", name]))),
            Err(fault) => said = Some(refused(&fault)),
        }
        (policy, text)
    } else if let Some(policy) = request.query("policy") {
        (policy.to_owned(), document(ask, name, policy).await.map_err(|_| Refusal::NotFound)?)
    } else {
        (String::new(), FIRST.to_owned())
    };
    let is_new = request.query("policy").is_none() && request.field("edits").is_empty();
    let view = json!({
        "role": name, "form": ask.form(&request.path), "said": said, "name": policy, "document": text, "is_new": is_new,
    });
    let mut trail = role.trail(ask);
    let title = if is_new { "Create inline policy" } else { "Edit inline policy" };
    trail.push((title.to_owned(), request.path.clone()));
    Ok(Outcome::Page(Page { template: "create-policy", title: title.to_owned(), trail, is_live: false, view }))
}
