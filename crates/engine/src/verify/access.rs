//! Policies, as far as checks ask of them: whether a role reaches what belongs to others, and who was refused what.

use std::collections::BTreeSet;

use serde_json::Value;

use super::evidence::RoleEvidence;

/// Services in which the lab's resources carry the user's prefix, so that a permission can be held to them.
const SCOPED: [&str; 4] = ["lambda", "states", "sqs", "dynamodb"];

/// AWS's managed policies that reach everybody's resources in those services.
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>
const BROAD: [&str; 4] = ["AdministratorAccess", "PowerUserAccess", "AWSLambdaRole", "AWSStepFunctionsFullAccess"];

/// What a role is allowed beyond the user's own resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    /// The policy, by name or ARN.
    pub(super) policy: String,
    pub(super) action: String,
    pub(super) resource: String,
}

/// What a role may do to resources that are not the user's.
pub(super) fn beyond(role: &RoleEvidence, own: &Own<'_>) -> Option<Reach> {
    let stars = own.stars;
    let inline = role.policies.iter().find_map(|(name, document)| {
        let (action, resource) = statements(document).find_map(|statement| too_far(statement, own))?;
        Some(Reach { policy: name.clone(), action, resource })
    });
    inline.or_else(|| {
        let broad = role.managed.iter().find(|arn| !stars && is_broad(arn))?;
        Some(Reach { policy: broad.clone(), action: "*".to_owned(), resource: "*".to_owned() })
    })
}

fn is_broad(arn: &str) -> bool {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    BROAD.contains(&name)
        || (name.ends_with("FullAccess") && ["Lambda", "SQS", "Dynamo"].iter().any(|of| name.contains(of)))
}

fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    let statement = document.get("Statement");
    let list = statement.and_then(Value::as_array).map(Vec::as_slice);
    list.unwrap_or_else(|| statement.map(std::slice::from_ref).unwrap_or_default()).iter()
}

fn texts<'v>(statement: &'v Value, name: &str) -> Vec<&'v str> {
    match statement.get(name) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn too_far(statement: &Value, own: &Own<'_>) -> Option<(String, String)> {
    if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
        return None;
    }
    let action = if statement.get("NotAction").is_some() {
        "*"
    } else {
        texts(statement, "Action").into_iter().find(|action| is_scoped(action))?
    };
    let resource = if statement.get("NotResource").is_some() {
        "*"
    } else {
        texts(statement, "Resource").into_iter().find(|resource| !own.has(resource))?
    };
    (!(own.stars && resource == "*")).then(|| (action.to_owned(), resource.to_owned()))
}

fn is_scoped(action: &str) -> bool {
    action == "*" || action.split(':').next().is_some_and(|service| SCOPED.contains(&service.to_lowercase().as_str()))
}

/// What is a user's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own<'a> {
    /// What the names of the user's resources begin with.
    pub(super) prefix: &'a str,
    /// Names that lack it and that the user's machines call all the same: that they lack it is another check's matter.
    pub(super) others: &'a BTreeSet<String>,
    /// Whether a bare `*` is let pass, as the handout has it.
    pub(super) stars: bool,
}

impl Own<'_> {
    /// Whether every resource of an ARN's pattern is.
    fn has(&self, resource: &str) -> bool {
        if resource == "*" {
            return self.stars;
        }
        // arn:partition:service:region:account:rest
        let Some(rest) = resource.splitn(6, ':').nth(5) else { return false };
        let name = rest.split_once([':', '/']).map_or(rest, |(_, name)| name);
        let bare = name.split(':').next().unwrap_or(name);
        name.starts_with(self.prefix) || self.others.contains(bare) || (self.stars && name.starts_with('*'))
    }
}

/// The role in whose name a call was refused, as an error's text tells.
pub(super) fn refused_role(text: &str) -> Option<String> {
    let is_refusal = text.contains("is not authorized to perform") || text.contains("AccessDenied");
    let (_, rest) = text.split_once(":assumed-role/").filter(|_| is_refusal)?;
    rest.split('/').next().map(str::to_owned)
}

/// Whether an error's text tells that something was not allowed, also where no role is named in it.
pub(super) fn is_refusal(text: &str) -> bool {
    ["not authorized", "AccessDenied", "Access Denied", "sts:AssumeRole"].iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn role(statement: &Value, managed: &[&str]) -> RoleEvidence {
        let document = json!({"Version": "2012-10-17", "Statement": statement});
        RoleEvidence {
            policies: BTreeMap::from([("p".to_owned(), document)]),
            managed: managed.iter().map(|arn| (*arn).to_owned()).collect(),
        }
    }

    fn too_far(statement: &Value, stars: bool) -> Option<String> {
        let others = BTreeSet::from(["bare".to_owned()]);
        beyond(&role(statement, &[]), &Own { prefix: "ann-", others: &others, stars })
            .map(|reach| format!("{} {}", reach.action, reach.resource))
    }

    #[test]
    fn own_resources_are_fine_and_others_are_told() {
        let own = "arn:aws:lambda:us-east-1:1:function:ann-pay";
        let allow =
            |action: Value, resource: Value| json!([{"Effect": "Allow", "Action": action, "Resource": resource}]);
        assert_eq!(too_far(&allow(json!("lambda:InvokeFunction"), json!([own, format!("{own}:*")])), false), None);
        assert_eq!(
            too_far(&allow(json!("lambda:InvokeFunction"), json!("arn:aws:lambda:*:1:function:ann-*")), false),
            None
        );
        assert_eq!(
            too_far(&allow(json!("lambda:InvokeFunction"), json!("arn:aws:lambda:us-east-1:1:function:bare:1")), false),
            None
        );
        let bens = "arn:aws:lambda:us-east-1:1:function:ben-pay";
        for stars in [false, true] {
            let found = too_far(&allow(json!(["logs:*", "lambda:InvokeFunction"]), json!([own, bens])), stars);
            assert_eq!(found.as_deref(), Some("lambda:InvokeFunction arn:aws:lambda:us-east-1:1:function:ben-pay"));
        }
        let all = allow(json!("lambda:*"), json!("*"));
        assert_eq!((too_far(&all, false).as_deref(), too_far(&all, true)), (Some("lambda:* *"), None));
        assert_eq!(too_far(&allow(json!("logs:CreateLogDelivery"), json!("*")), false), None);
        assert_eq!(too_far(&json!({"Effect": "Deny", "Action": "lambda:*", "Resource": "*"}), false), None);
        assert!(too_far(&json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), false).is_some());
        assert!(too_far(&json!({"Effect": "Allow", "Action": "*", "NotResource": "x"}), false).is_some());
    }

    #[test]
    fn broad_managed_policies_pass_as_written_only() {
        let role = role(&json!([]), &["arn:aws:iam::aws:policy/service-role/AWSLambdaRole"]);
        let others = BTreeSet::new();
        let beyond = |stars| beyond(&role, &Own { prefix: "ann-", others: &others, stars });
        assert!(beyond(false).is_some() && beyond(true).is_none());
        assert!(!is_broad("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"));
        assert!(is_broad("arn:aws:iam::aws:policy/AmazonSQSFullAccess"));
    }

    #[test]
    fn a_refusal_names_its_role() {
        let text = "User: arn:aws:sts::1:assumed-role/ann-role/x is not authorized to perform: lambda:InvokeFunction";
        assert_eq!(refused_role(text).as_deref(), Some("ann-role"));
        assert_eq!(refused_role("ValueError: arn:aws:sts::1:assumed-role/x/y"), None);
        assert!(is_refusal(text) && !is_refusal("ValueError"));
    }
}
