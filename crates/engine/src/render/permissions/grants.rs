//! What the policies of a role allow. Doubt is on the side of allowing: a condition may hold, a policy that is not here may grant.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use serde_json::Value;

/// Managed policies whose content is known, by the end of their ARN, with the actions they allow on everything.
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>
const MANAGED: [(&str, &[&str]); 5] = [
    ("policy/AWSStepFunctionsFullAccess", &["states:*"]),
    ("policy/AdministratorAccess", &["*"]),
    ("policy/CloudWatchLogsFullAccess", &["logs:*"]),
    (
        "policy/service-role/AWSLambdaBasicExecutionRole",
        &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    ),
    ("policy/service-role/AWSLambdaRole", &["lambda:InvokeFunction"]),
];

/// What policies say of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict<'grants> {
    Allowed,
    /// By the statement of this policy and pointer.
    Denied(usize, &'grants str),
    Missing,
}

#[derive(Debug)]
struct Statement {
    policy: usize,
    pointer: String,
    allow: bool,
    conditional: bool,
    actions: Patterns,
    resources: Patterns,
}

#[derive(Debug)]
struct Patterns {
    patterns: Vec<String>,
    /// `NotAction`, `NotResource`.
    negated: bool,
}

/// The policies of one role.
#[derive(Debug, Default)]
pub(super) struct Grants {
    statements: Vec<Statement>,
    /// A managed policy of unknown content is attached.
    unknown: bool,
}

impl Grants {
    /// Adds an inline policy; `policy` is its number in verdicts.
    pub(super) fn add(&mut self, policy: usize, document: &Value) {
        let statements: Vec<(String, &Value)> = match document.get("Statement") {
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(index, item)| (format!("/Statement/{index}"), item)).collect()
            }
            Some(item) => vec![("/Statement".to_owned(), item)],
            None => Vec::new(),
        };
        for (pointer, statement) in statements {
            let (Some(actions), Some(resources)) =
                (patterns(statement, "Action", "NotAction"), patterns(statement, "Resource", "NotResource"))
            else {
                continue;
            };
            let allow = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
            let conditional =
                statement.get("Condition").is_some_and(|it| it.as_object().is_none_or(|it| !it.is_empty()));
            self.statements.push(Statement { policy, pointer, allow, conditional, actions, resources });
        }
    }

    /// Adds a managed policy by its ARN.
    pub(super) fn add_managed(&mut self, arn: &str) {
        let Some((_, actions)) = MANAGED.iter().find(|(end, _)| arn.contains("::aws:") && arn.ends_with(end)) else {
            self.unknown = true;
            return;
        };
        let all = || Patterns { patterns: vec!["*".to_owned()], negated: false };
        let actions =
            Patterns { patterns: actions.iter().map(|action| action.to_ascii_lowercase()).collect(), negated: false };
        self.statements.push(Statement {
            policy: usize::MAX,
            pointer: String::new(),
            allow: true,
            conditional: false,
            actions,
            resources: all(),
        });
    }

    /// What the policies say of an action on a resource; None is a resource that is known only when the machine runs.
    pub(super) fn verdict(&self, action: &str, resource: Option<&str>) -> Verdict<'_> {
        let fitting = || self.statements.iter().filter(|statement| statement.actions.fit(&action.to_ascii_lowercase()));
        let denied = fitting().filter(|it| !it.allow && !it.conditional).find(|it| match resource {
            Some(resource) => it.resources.fit(resource),
            None => it.resources.cover_everything(),
        });
        if let Some(statement) = denied {
            return Verdict::Denied(statement.policy, &statement.pointer);
        }
        let allowed = fitting().any(|it| it.allow && resource.is_none_or(|resource| it.resources.fit(resource)));
        if allowed || self.unknown { Verdict::Allowed } else { Verdict::Missing }
    }

    /// The first statement of an inline policy that allows something of a service, for pointing at: its policy and pointer.
    pub(super) fn nearest(&self, action: &str) -> Option<(usize, &str)> {
        let service = action.split_once(':').map_or(action, |(service, _)| service).to_ascii_lowercase() + ":";
        let own = self.statements.iter().filter(|it| it.allow && it.policy != usize::MAX);
        own.filter(|it| it.actions.patterns.iter().any(|pattern| pattern.starts_with(&service)))
            .map(|it| (it.policy, it.pointer.as_str()))
            .next()
    }
}

fn patterns(statement: &Value, name: &str, negated_name: &str) -> Option<Patterns> {
    let (value, negated) =
        statement.get(name).map(|value| (value, false)).or_else(|| Some((statement.get(negated_name)?, true)))?;
    let lower = name == "Action";
    let text = |value: &Value| {
        let text = without_variables(value.as_str()?);
        Some(if lower { text.to_ascii_lowercase() } else { text })
    };
    let patterns = match value {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        item => text(item).into_iter().collect(),
    };
    Some(Patterns { patterns, negated })
}

/// `${aws:PrincipalAccount}` may stand for anything.
fn without_variables(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        let Some((_, behind)) = after.split_once('}') else { break };
        plain.push('*');
        rest = behind;
    }
    plain + rest
}

impl Patterns {
    fn fit(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| wildcard(pattern, text)) != self.negated
    }

    fn cover_everything(&self) -> bool {
        if self.negated { self.patterns.is_empty() } else { self.patterns.iter().any(|pattern| pattern == "*") }
    }
}

/// Whether a pattern of `*` and `?` fits a whole text.
fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // For each length of the text's beginning, whether the pattern so far fits it.
    let mut fits = vec![false; text.len() + 1];
    fits.first_mut().into_iter().for_each(|first| *first = true);
    for symbol in pattern {
        let fits_to = |end: usize| match (symbol, end.checked_sub(1)) {
            ('*', _) => fits.get(..=end).is_some_and(|shorter| shorter.contains(&true)),
            (_, None) => false,
            (symbol, Some(before)) => {
                fits.get(before) == Some(&true) && (symbol == '?' || text.get(before) == Some(&symbol))
            }
        };
        let next = (0..=text.len()).map(fits_to).collect();
        fits = next;
    }
    fits.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const QUEUE: &str = "arn:aws:sqs:us-east-1:1:user3-orders";

    #[expect(clippy::needless_pass_by_value, reason = "each call has a literal")]
    fn says(statements: Value, resource: Option<&str>) -> String {
        let mut grants = Grants::default();
        grants.add(0, &json!({ "Version": "2012-10-17", "Statement": statements }));
        format!("{:?}", grants.verdict("sqs:SendMessage", resource))
    }

    #[test]
    fn policies_are_read_as_iam_reads_them() {
        let allow =
            |action: Value, resource: Value| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
        for (statements, allowed) in [
            (json!([allow(json!("sqs:SendMessage"), json!(QUEUE))]), true),
            (allow(json!("SQS:send*"), json!("*")), true),
            (json!([allow(json!(["s3:*", "sqs:Send?essage"]), json!(["x", "arn:aws:sqs:*:*:user3-*"]))]), true),
            (json!([allow(json!("sqs:SendMessage"), json!("arn:aws:sqs:*:${aws:PrincipalAccount}:user3-*"))]), true),
            (json!([{ "Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:sqs:*:*:user4-*" }]), true),
            (
                json!([{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "Bool": { "a": "b" } } }]),
                true,
            ),
            (json!([allow(json!("sqs:ReceiveMessage"), json!("*"))]), false),
            (json!([allow(json!("sqs:SendMessage"), json!("arn:aws:sqs:*:*:user4-*"))]), false),
            (json!([{ "Effect": "Allow", "NotAction": "sqs:*", "Resource": "*" }]), false),
            (json!([]), false),
        ] {
            let expected = if allowed { "Allowed" } else { "Missing" };
            assert_eq!(says(statements.clone(), Some(QUEUE)), expected, "{statements}");
        }
        // Where the resource is known only later, any will do.
        assert_eq!(says(json!([allow(json!("sqs:SendMessage"), json!("arn:aws:sqs:*:*:user4-*"))]), None), "Allowed");
    }

    #[test]
    fn a_deny_that_is_certain_wins() {
        let deny = |resource: &str| json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }, { "Effect": "Deny", "Action": "sqs:*", "Resource": resource }]);
        assert_eq!(says(deny("*"), None), "Denied(0, \"/Statement/1\")");
        assert_eq!(says(deny("arn:aws:sqs:*"), Some(QUEUE)), "Denied(0, \"/Statement/1\")");
        assert_eq!(says(deny("arn:aws:sqs:*"), None), "Allowed");
        let doubtful = json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }, { "Effect": "Deny", "Action": "sqs:*", "Resource": "*", "Condition": { "Bool": { "a": "b" } } }]);
        assert_eq!(says(doubtful, Some(QUEUE)), "Allowed");
    }

    #[test]
    fn managed_policies_grant_what_is_known_of_them_and_hide_the_rest() {
        let mut grants = Grants::default();
        grants.add_managed("arn:aws:iam::aws:policy/service-role/AWSLambdaRole");
        assert_eq!(grants.verdict("lambda:InvokeFunction", Some("x")), Verdict::Allowed);
        assert_eq!(grants.verdict("sqs:SendMessage", None), Verdict::Missing);
        grants.add_managed("arn:aws:iam::123456789012:policy/own");
        assert_eq!(grants.verdict("sqs:SendMessage", None), Verdict::Allowed);
    }
}
