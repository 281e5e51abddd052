//! Roles. IAM is the same in every region.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::words::{ms, pretty, when};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// Roles that are asked for, and on the page, at the most.
const ALL: usize = 100_000;
const MOST: usize = 1_000;

/// The list.
pub(super) async fn show(ask: &Ask<'_>, request: &Request) -> Result<Outcome, Refusal> {
    let wanted = request.query("find").unwrap_or_default();
    let more = ("Marker", "Marker");
    let found = ask.all("iam", "ListRoles", json!({"MaxItems": 1000}), "Roles", more, ALL).await?;
    let seen: Vec<&Value> = found
        .iter()
        .filter(|role| role.member("RoleName").as_str().is_some_and(|name| ask.sees(name) && name.contains(wanted)))
        .collect();
    let left_out = seen.len().checked_sub(MOST).filter(|more| *more > 0);
    let rows: Vec<Value> = seen
        .into_iter()
        .take(MOST)
        .map(|role| {
            let name = role.member("RoleName").as_str().unwrap_or_default();
            json!({
                "name": name, "path": ask.path(&["roles", name]),
                "trusted": trusted(&decoded(role.member("AssumeRolePolicyDocument"))),
                "created": ms(role.member("CreateDate")).map(when),
            })
        })
        .collect();
    let view = json!({
        "rows": rows, "left_out": left_out, "find": wanted, "here": request.path,
        "create": ask.path(&["create-role"]),
    });
    Ok(Outcome::Page(Page { template: "roles", title: "Roles".to_owned(), trail: Vec::new(), is_live: true, view }))
}

/// A document of IAM's answers, which carry it percent-encoded, with a line for each member.
pub(super) fn decoded(document: &Value) -> String {
    pretty(&percent_decode_str(document.as_str().unwrap_or_default()).decode_utf8_lossy())
}

/// Whom a trust policy lets take the role, as the AWS console lists it.
pub(super) fn trusted(document: &str) -> String {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let mut said: Vec<String> = Vec::new();
    for statement in items(document.member("Statement")) {
        for (kind, named) in statement.member("Principal").as_object().into_iter().flatten() {
            for name in items(named).filter_map(Value::as_str) {
                let of = match kind.as_str() {
                    "Service" => format!("AWS Service: {}", name.split('.').next().unwrap_or(name)),
                    "AWS" => format!("Account: {name}"),
                    _ => format!("{kind}: {name}"),
                };
                if !said.contains(&of) {
                    said.push(of);
                }
            }
        }
    }
    if said.is_empty() { "–".to_owned() } else { said.join(", ") }
}

/// What stands alone or in a list.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice).iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_role_trusts_is_told() {
        let one = json!({"Statement": {"Principal": {"Service": "states.amazonaws.com"}}});
        assert_eq!(trusted(&one.to_string()), "AWS Service: states");
        let two = json!({"Statement": [
            {"Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}},
            {"Principal": {"AWS": "arn:aws:iam::1:root", "Service": "lambda.amazonaws.com"}},
        ]});
        let said = trusted(&two.to_string());
        assert_eq!(said, "AWS Service: lambda, AWS Service: states, Account: arn:aws:iam::1:root");
        for text in ["", "{", "[]", "{\"Statement\": 3}", "{\"Statement\": [{\"Principal\": \"*\"}]}"] {
            assert_eq!(trusted(text), "–", "{text}");
        }
    }

    #[test]
    fn documents_are_decoded() {
        assert_eq!(decoded(&json!("%7B%22a%22%3A%20%22%C3%A9%2A%22%7D")), "{\n  \"a\": \"é*\"\n}");
        assert_eq!(decoded(&Value::Null), "");
    }
}
