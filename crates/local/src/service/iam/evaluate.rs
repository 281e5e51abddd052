//! Whether policies allow a request: an explicit deny wins, then an allow, otherwise no.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::condition::{Context, resolved};
use super::document::{Document, Patterns, Statement};
use crate::fault::{wildcard, wildcard_in_any_case};

/// What policies say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
}

/// What identity policies say of an action on a resource; on one that is not known, any may be allowed, and only a denial of all counts.
pub(super) fn identity<'document>(
    documents: impl IntoIterator<Item = &'document Document>,
    action: &str,
    resource: Option<&str>,
    context: &Context<'_>,
) -> Decision {
    let fitting = documents.into_iter().flat_map(|document| &document.statements).filter(|statement| {
        let on_resource = || {
            statement.resources.as_ref().is_some_and(|of| match resource {
                Some(resource) => resource_fits(of, resource, context),
                None => statement.allow || (!of.negated && resource_fits(of, "", context)),
            })
        };
        is_of(statement, action) && on_resource() && conditions_hold(statement, context)
    });
    decide(fitting)
}

/// What a trust policy says of a service that wants to assume the role.
pub(super) fn trust(document: &Document, principal: &str, context: &Context<'_>) -> Decision {
    let fitting = document.statements.iter().filter(|statement| {
        let named =
            statement.principals.iter().any(|(kind, name)| (kind == "Service" && name == principal) || name == "*");
        named && is_of(statement, "sts:AssumeRole") && conditions_hold(statement, context)
    });
    decide(fitting)
}

fn decide<'statement>(fitting: impl Iterator<Item = &'statement Statement>) -> Decision {
    let mut decision = Decision::ImplicitDeny;
    for statement in fitting {
        if !statement.allow {
            return Decision::ExplicitDeny;
        }
        decision = Decision::Allow;
    }
    decision
}

/// Whether a statement speaks of an action. Their names are compared without case.
fn is_of(statement: &Statement, action: &str) -> bool {
    let named = statement.actions.patterns.iter().any(|pattern| wildcard_in_any_case(pattern, action));
    named != statement.actions.negated
}

fn conditions_hold(statement: &Statement, context: &Context<'_>) -> bool {
    statement.conditions.iter().all(|condition| condition.holds(context))
}

fn resource_fits(patterns: &Patterns, resource: &str, context: &Context<'_>) -> bool {
    let named = patterns
        .patterns
        .iter()
        .any(|pattern| resolved(pattern, context).is_some_and(|pattern| wildcard(&pattern, resource)));
    named != patterns.negated
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:user3-order-validator";

    const CONTEXT: [(&str, &[&str]); 1] = [("aws:principalaccount", &["111122223333"])];

    fn says(statements: &Value, action: &str, resource: &str) -> Decision {
        let document = Document::read(&json!({"Version": "2012-10-17", "Statement": statements}).to_string());
        identity([&document], action, Some(resource), &CONTEXT)
    }

    #[test]
    fn nothing_is_allowed_that_is_not_named() {
        assert_eq!(says(&json!([]), "lambda:InvokeFunction", FUNCTION), Decision::ImplicitDeny);
        let other = json!({"Effect": "Allow", "Action": "lambda:GetFunction", "Resource": "*"});
        assert_eq!(says(&other, "lambda:InvokeFunction", FUNCTION), Decision::ImplicitDeny);
    }

    #[test]
    fn actions_and_resources_take_wildcards() {
        for (action, resource, expected) in [
            (json!("lambda:InvokeFunction"), json!("*"), Decision::Allow),
            (json!("LAMBDA:invoke*"), json!("*"), Decision::Allow),
            (json!("*"), json!("arn:aws:lambda:*:*:function:user3-*"), Decision::Allow),
            (json!(["s3:*", "lambda:*"]), json!([FUNCTION, "x"]), Decision::Allow),
            (json!("lambda:Invoke?unction"), json!("*"), Decision::Allow),
            (json!("lambda:*"), json!("arn:aws:lambda:*:*:function:user4-*"), Decision::ImplicitDeny),
            (
                json!("lambda:*"),
                json!("arn:aws:lambda:us-east-1:111122223333:function:user3-order-validato"),
                Decision::ImplicitDeny,
            ),
            (json!("lambda:*"), json!("arn:aws:lambda:us-east-1:${aws:PrincipalAccount}:function:*"), Decision::Allow),
            (json!("lambda:*"), json!("arn:aws:lambda:*:*:function:${aws:username}*"), Decision::ImplicitDeny),
            // The version-qualified ARN needs a pattern of its own.
            (json!("lambda:*"), json!("arn:aws:lambda:*:*:function:user3-order-validator:*"), Decision::ImplicitDeny),
        ] {
            let statement = json!({"Effect": "Allow", "Action": action, "Resource": resource});
            assert_eq!(says(&statement, "lambda:InvokeFunction", FUNCTION), expected, "{statement}");
        }
    }

    #[test]
    fn a_deny_wins_wherever_it_stands() {
        let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let deny = json!({"Effect": "Deny", "Action": "lambda:*", "Resource": "*"});
        for statements in [json!([allow, deny]), json!([deny, allow])] {
            assert_eq!(says(&statements, "lambda:InvokeFunction", FUNCTION), Decision::ExplicitDeny);
            assert_eq!(says(&statements, "sqs:SendMessage", "q"), Decision::Allow);
        }
    }

    #[test]
    fn negated_elements_mean_everything_else() {
        let statement = json!({"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "NotResource": "arn:aws:lambda:*:*:function:user4-*"});
        assert_eq!(says(&statement, "lambda:InvokeFunction", FUNCTION), Decision::Allow);
        assert_eq!(says(&statement, "iam:GetRole", FUNCTION), Decision::ImplicitDeny);
        assert_eq!(
            says(&statement, "lambda:InvokeFunction", "arn:aws:lambda:r:1:function:user4-x"),
            Decision::ImplicitDeny
        );
    }

    #[test]
    fn a_condition_that_does_not_hold_takes_the_statement_away() {
        let with = |key: &str, value: &str| {
            let mut wanted = serde_json::Map::new();
            wanted.insert(key.to_owned(), value.into());
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": wanted}})
        };
        assert_eq!(says(&with("aws:PrincipalAccount", "111122223333"), "a:b", "c"), Decision::Allow);
        assert_eq!(says(&with("aws:PrincipalAccount", "1"), "a:b", "c"), Decision::ImplicitDeny);
        assert_eq!(says(&with("aws:UnheardOf", "1"), "a:b", "c"), Decision::ImplicitDeny);
    }

    #[test]
    fn trust_names_the_service_and_may_name_the_source() {
        let document = |condition: Value| {
            Document::read(
                &json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": ["states.amazonaws.com"]},
                    "Action": "sts:AssumeRole", "Condition": condition}]})
                .to_string(),
            )
        };
        let from: [(&str, &[&str]); 1] = [("aws:sourceaccount", &["1"])];
        let open = document(json!({}));
        assert_eq!(trust(&open, "states.amazonaws.com", &from), Decision::Allow);
        assert_eq!(trust(&open, "lambda.amazonaws.com", &from), Decision::ImplicitDeny);
        let narrow = document(json!({"StringEquals": {"aws:SourceAccount": "2"}}));
        assert_eq!(trust(&narrow, "states.amazonaws.com", &from), Decision::ImplicitDeny);
    }
}
