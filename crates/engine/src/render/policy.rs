//! IAM policies, held against the grammar and IAM's sizes before IAM sees them.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use serde_json::{Map, Value};

use crate::source;

/// The most characters, white space aside, of all inline policies of a role together.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub(super) const LARGEST_INLINE: usize = 10_240;
/// The most characters, white space aside, of a trust policy without a raised quota.
pub(super) const LARGEST_TRUST: usize = 2_048;

/// A mistake in a document.
#[derive(Debug, PartialEq)]
pub(super) struct Mistake {
    /// Where, as a JSON pointer.
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) help: String,
}

impl Mistake {
    pub(super) fn new(pointer: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into(), help: help.into() }
    }
}

/// Which policy a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PolicyKind {
    /// Says what a role may do; it names resources.
    Inline,
    /// Says who may be the role; it names principals.
    Trust,
}

/// The characters that count against IAM's limits.
pub(super) fn size(policy: &Value) -> usize {
    policy.to_string().chars().filter(|character| !character.is_whitespace()).count()
}

/// Everything that is wrong with a policy.
pub(super) fn check(policy: &Value, kind: PolicyKind) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let Some(members) = policy.as_object() else {
        return vec![Mistake::new(
            "",
            "a policy is a JSON object",
            "begin with `{\"Version\": \"2012-10-17\", \"Statement\": […]}`",
        )];
    };
    unknown_members(members, "", &["Version", "Id", "Statement"], &mut mistakes);
    match members.get("Version").and_then(Value::as_str) {
        Some("2012-10-17" | "2008-10-17") => {}
        Some(other) => {
            mistakes.push(Mistake::new(
                "/Version",
                format!("there is no policy version `{other}`"),
                "use `2012-10-17`",
            ));
        }
        None => mistakes.push(Mistake::new(
            "",
            "`Version` is missing",
            "add `\"Version\": \"2012-10-17\"`: without it IAM takes the old language",
        )),
    }
    match members.get("Statement") {
        None => mistakes.push(Mistake::new("", "`Statement` is missing", "add a list of statements")),
        Some(Value::Array(statements)) if statements.is_empty() => {
            mistakes.push(Mistake::new(
                "/Statement",
                "`Statement` is empty",
                "add a statement, or leave the policy out",
            ));
        }
        Some(Value::Array(statements)) => {
            for (index, statement) in statements.iter().enumerate() {
                check_statement(statement, &format!("/Statement/{index}"), kind, &mut mistakes);
            }
            repeated_ids(statements, &mut mistakes);
        }
        Some(statement) => check_statement(statement, "/Statement", kind, &mut mistakes),
    }
    mistakes
}

fn check_statement(statement: &Value, at: &str, kind: PolicyKind, mistakes: &mut Vec<Mistake>) {
    let Some(members) = statement.as_object() else {
        mistakes.push(Mistake::new(
            at,
            "a statement is a JSON object",
            "write `{\"Effect\": …, \"Action\": …, \"Resource\": …}`",
        ));
        return;
    };
    let known =
        ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];
    unknown_members(members, at, &known, mistakes);
    match members.get("Effect").and_then(Value::as_str) {
        Some("Allow" | "Deny") => {}
        Some(other) => mistakes.push(Mistake::new(
            format!("{at}/Effect"),
            format!("`Effect` is `{other}`"),
            "use `Allow` or `Deny`",
        )),
        None => mistakes.push(Mistake::new(at, "`Effect` is missing", "add `\"Effect\": \"Allow\"`")),
    }
    if let Some(id) = members.get("Sid")
        && !id.as_str().is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    {
        mistakes.push(Mistake::new(
            format!("{at}/Sid"),
            format!("`Sid` is {id}"),
            "a `Sid` is made of letters and digits only",
        ));
    }
    either(members, at, ["Action", "NotAction"], mistakes, |action| {
        (!is_action(action)).then(|| {
            (format!("`{action}` is no action"), "an action is `service:Operation`, such as `lambda:InvokeFunction`")
        })
    });
    let (wanted, refused) = match kind {
        PolicyKind::Inline => (["Resource", "NotResource"], ["Principal", "NotPrincipal"]),
        PolicyKind::Trust => (["Principal", "NotPrincipal"], ["Resource", "NotResource"]),
    };
    for name in refused.into_iter().filter(|name| members.contains_key(*name)) {
        let which = if kind == PolicyKind::Trust { "a trust policy" } else { "a role's inline policy" };
        mistakes.push(Mistake::new(format!("{at}/{name}"), format!("`{name}` has no place in {which}"), "remove it"));
    }
    match kind {
        PolicyKind::Inline => either(members, at, wanted, mistakes, |resource| {
            (resource != "*" && !resource.starts_with("arn:")).then(|| {
                (
                    format!("`{resource}` is no resource"),
                    "a resource is `*` or an ARN; templates have `{{function_arn \"…\"}}` and its like",
                )
            })
        }),
        PolicyKind::Trust if !wanted.iter().any(|name| members.contains_key(*name)) => {
            mistakes.push(Mistake::new(
                at,
                "`Principal` is missing",
                "say who may assume the role: `\"Principal\": {\"Service\": …}`",
            ));
        }
        PolicyKind::Trust => {}
    }
    if let Some(condition) = members.get("Condition").filter(|condition| !condition.is_object()) {
        mistakes.push(Mistake::new(
            format!("{at}/Condition"),
            format!("`Condition` is {condition}"),
            "a condition is an object of operators",
        ));
    }
}

/// One of two members must be there, a string or a list of strings that each pass a test.
fn either(
    members: &Map<String, Value>,
    at: &str,
    names: [&str; 2],
    mistakes: &mut Vec<Mistake>,
    wrong: impl Fn(&str) -> Option<(String, &'static str)>,
) {
    let mut present = names.into_iter().filter_map(|name| Some((name, members.get(name)?)));
    let Some((name, value)) = present.next() else {
        let [name, other] = names;
        mistakes.push(Mistake::new(at, format!("`{name}` is missing"), format!("add `{name}` or `{other}`")));
        return;
    };
    if let Some((other, _)) = present.next() {
        mistakes.push(Mistake::new(
            format!("{at}/{other}"),
            format!("`{name}` and `{other}` stand side by side"),
            "keep one of them",
        ));
    }
    let at = format!("{at}/{name}");
    let items: Vec<(String, &Value)> = match value {
        Value::Array(items) if items.is_empty() => {
            mistakes.push(Mistake::new(
                at,
                format!("`{name}` is empty"),
                "name at least one, or leave the statement out",
            ));
            return;
        }
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (format!("{at}/{index}"), item)).collect(),
        item => vec![(at, item)],
    };
    for (at, item) in items {
        match item.as_str().map(&wrong) {
            Some(None) => {}
            Some(Some((message, help))) => mistakes.push(Mistake::new(at, message, help)),
            None => mistakes.push(Mistake::new(
                at,
                format!("`{name}` holds {item}, which is no string"),
                "use a string or a list of strings",
            )),
        }
    }
}

fn is_action(action: &str) -> bool {
    let service =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let operation = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?'))
    };
    action == "*" || action.split_once(':').is_some_and(|(left, right)| service(left) && operation(right))
}

fn unknown_members(members: &Map<String, Value>, at: &str, known: &[&str], mistakes: &mut Vec<Mistake>) {
    for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
        let help = match source::nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("IAM knows {}", known.join(", ")),
        };
        mistakes.push(Mistake::new(format!("{at}/{name}"), format!("`{name}` means nothing in a policy"), help));
    }
}

fn repeated_ids(statements: &[Value], mistakes: &mut Vec<Mistake>) {
    let id = |statement: &Value| statement.get("Sid").and_then(Value::as_str).map(str::to_owned);
    for (index, statement) in statements.iter().enumerate() {
        let Some(own) = id(statement) else { continue };
        if statements.iter().take(index).any(|before| id(before).as_ref() == Some(&own)) {
            let at = format!("/Statement/{index}/Sid");
            mistakes.push(Mistake::new(at, format!("the `Sid` `{own}` is used twice"), "give each statement its own"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mistakes(policy: &Value, kind: PolicyKind) -> Vec<(String, String)> {
        check(policy, kind).into_iter().map(|mistake| (mistake.pointer, mistake.message)).collect()
    }

    #[test]
    fn a_sound_policy_has_no_mistakes() {
        let inline = json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": "A1", "Effect": "Allow", "Action": ["logs:Put*", "*"], "Resource": "*", "Condition": {} },
        ] });
        assert_eq!(mistakes(&inline, PolicyKind::Inline), []);
        let trust = json!({ "Version": "2012-10-17", "Statement":
            { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "states.amazonaws.com" } },
        });
        assert_eq!(mistakes(&trust, PolicyKind::Trust), []);
    }

    #[test]
    fn each_mistake_is_found_at_its_place() {
        let statement = |change: Value| {
            let mut statement = json!({ "Effect": "Allow", "Action": "s3:Get", "Resource": "*" });
            for (key, value) in change.as_object().unwrap() {
                match value {
                    Value::Null => {
                        statement.as_object_mut().unwrap().shift_remove(key);
                    }
                    value => statement[key] = value.clone(),
                }
            }
            json!({ "Version": "2012-10-17", "Statement": [statement] })
        };
        for (change, pointer) in [
            (json!({ "Effect": "allow" }), "/Statement/0/Effect"),
            (json!({ "Effect": null }), "/Statement/0"),
            (json!({ "Action": "InvokeFunction" }), "/Statement/0/Action"),
            (json!({ "Action": ["s3:Get", "s3:"] }), "/Statement/0/Action/1"),
            (json!({ "Action": [] }), "/Statement/0/Action"),
            (json!({ "Action": [7] }), "/Statement/0/Action/0"),
            (json!({ "NotAction": "s3:Put" }), "/Statement/0/NotAction"),
            (json!({ "Resource": null }), "/Statement/0"),
            (json!({ "Resource": "order-validator" }), "/Statement/0/Resource"),
            (json!({ "Principal": "*" }), "/Statement/0/Principal"),
            (json!({ "Ressource": "*" }), "/Statement/0/Ressource"),
            (json!({ "Sid": "a b" }), "/Statement/0/Sid"),
            (json!({ "Condition": "no" }), "/Statement/0/Condition"),
        ] {
            let found = mistakes(&statement(change.clone()), PolicyKind::Inline);
            assert_eq!(found.len(), 1, "{change}: {found:?}");
            assert_eq!(found[0].0, pointer, "{change}");
        }
        assert_eq!(mistakes(&json!([]), PolicyKind::Inline).len(), 1);
        assert_eq!(mistakes(&json!({}), PolicyKind::Inline).len(), 2);
        assert_eq!(mistakes(&json!({ "Version": "2012-10-17", "Statement": [] }), PolicyKind::Inline).len(), 1);
    }

    #[test]
    fn white_space_does_not_count() {
        assert_eq!(size(&json!({ "a": "b c" })), r#"{"a":"bc"}"#.len());
    }
}
