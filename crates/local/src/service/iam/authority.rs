//! IAM as the other services ask it.

use super::evaluate::{self, Decision};
use super::managed;
use super::service::IamService;
use crate::arn::Arn;
use crate::service::Authority;
use crate::wire::Caller;

impl IamService {
    /// What policies say of an action on a resource, with what else is known of the request.
    fn decide(
        &self,
        caller: &Caller,
        action: &str,
        resource: Option<&str>,
        more: Option<(&str, &str)>,
    ) -> Result<(), String> {
        let Caller::Role { role_arn, session } = caller else { return Ok(()) };
        // Asked several times for every invocation: nothing is copied.
        let (role, account) = ([role_arn.as_str()], [self.roles.account.as_str()]);
        let (more, region) =
            (more.map(|(key, value)| (key, [value])), resource.and_then(region_of).map(|region| [region]));
        let mut context: Vec<(&str, &[&str])> = Vec::with_capacity(6);
        context.extend([
            ("aws:principalarn", &role[..]),
            ("aws:principalaccount", &account[..]),
            ("aws:principaltype", &["AssumedRole"][..]),
            ("aws:securetransport", &["false"][..]),
        ]);
        context.extend(more.iter().map(|(key, value)| (*key, &value[..])));
        context.extend(region.iter().map(|region| ("aws:requestedregion", &region[..])));
        let grants = self.roles.in_force(role_arn);
        let granted = grants.as_ref().map_or(Decision::ImplicitDeny, |grants| {
            if grants.untold && !self.strict {
                return Decision::Allow;
            }
            evaluate::identity(&grants.policies, action, resource, &context)
        });
        let boundary = grants.as_ref().and_then(|grants| grants.boundary.as_ref());
        let capped =
            boundary.map_or(Decision::Allow, |boundary| evaluate::identity([boundary], action, resource, &context));
        let why = match (granted, capped) {
            (Decision::Allow, Decision::Allow) => return Ok(()),
            (Decision::ExplicitDeny, _) => "with an explicit deny in an identity-based policy".to_owned(),
            (Decision::ImplicitDeny, _) => {
                let unread = grants.map(|grants| without_document(&grants.without_document)).unwrap_or_default();
                format!("because no identity-based policy allows the {action} action{unread}")
            }
            (_, Decision::ExplicitDeny) => "with an explicit deny in a permissions boundary".to_owned(),
            (_, Decision::ImplicitDeny) => format!("because no permissions boundary allows the {action} action"),
        };
        let (user, resource) = (session_arn(role_arn, session), resource.unwrap_or("*"));
        Err(format!("User: {user} is not authorized to perform: {action} on resource: {resource} {why}"))
    }
}

impl Authority for IamService {
    fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), String> {
        self.decide(caller, action, Some(resource), None)
    }

    fn authorize_somewhere(&self, caller: &Caller, action: &str) -> Result<(), String> {
        self.decide(caller, action, None, None)
    }

    fn may_pass(&self, caller: &Caller, role_arn: &str, service: &str) -> Result<(), String> {
        self.decide(caller, "iam:PassRole", Some(role_arn), Some(("iam:passedtoservice", service)))
    }

    fn may_assume(&self, role_arn: &str, principal: &str, source_arn: &str) -> bool {
        let Some(grants) = self.roles.in_force(role_arn) else { return false };
        let account = Arn::parse(source_arn).map(|arn| arn.account).filter(|account| !account.is_empty());
        let context: [(&str, &[&str]); 2] =
            [("aws:sourcearn", &[source_arn]), ("aws:sourceaccount", &[account.unwrap_or(&self.roles.account)])];
        evaluate::trust(&grants.trust, principal, &context) == Decision::Allow
    }

    fn temporary_keys(&self, role_arn: &str, session: &str) -> (String, String, String) {
        self.keys.temporary(role_arn, session)
    }
}

/// Says of attached policies without a document that they grant nothing here.
fn without_document(arns: &[String]) -> String {
    let names: Vec<&str> = arns.iter().map(|arn| managed::name(arn)).collect();
    match names.as_slice() {
        [] => String::new(),
        [name] => format!(" (this endpoint does not have the document of {name}, which grants nothing here)"),
        names => {
            format!(" (this endpoint does not have the documents of {}, which grant nothing here)", names.join(", "))
        }
    }
}

fn region_of(resource: &str) -> Option<&str> {
    Arn::parse(resource).map(|arn| arn.region).filter(|region| !region.is_empty())
}

/// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`; the role's path is not part of it.
pub(crate) fn session_arn(role_arn: &str, session: &str) -> String {
    let name = role_arn.rsplit('/').next().unwrap_or_default();
    let (partition, account) = Arn::parse(role_arn).map_or(("aws", ""), |arn| (arn.partition, arn.account));
    format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::super::policy_calls::{attach_role_policy, delete_role_policy, put_role_policy};
    use super::super::role_calls::{create_role, put_role_permissions_boundary};
    use super::*;
    use crate::clock::{Clock, TimeMode};
    use crate::keys::KeyRing;
    use crate::service::members::Members;
    use crate::store::Store;

    fn bare(delay_ms: u64, strict: bool) -> Arc<IamService> {
        let store = Store::open(None).unwrap();
        let clock = Clock::new(TimeMode::Real, 0);
        let iam =
            IamService::new(clock, store, Arc::new(KeyRing::new()), "111122223333", "aws", delay_ms, strict).unwrap();
        let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}});
        let create = json!({"RoleName": "u-lambda", "Path": "/lab/", "AssumeRolePolicyDocument": trust.to_string()});
        create_role(&iam.roles, Members::within(&create)).unwrap();
        iam
    }

    fn iam(delay_ms: u64) -> Arc<IamService> {
        let iam = bare(delay_ms, true);
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "states:SendTask*", "Resource": "*"},
            {"Effect": "Deny", "Action": "states:SendTaskFailure", "Resource": "*"}]});
        let put = json!({"RoleName": "U-LAMBDA", "PolicyName": "p", "PolicyDocument": policy.to_string()});
        put_role_policy(&iam.roles, Members::within(&put)).unwrap();
        iam
    }

    fn caller() -> Caller {
        Caller::Role { role_arn: "arn:aws:iam::111122223333:role/lab/u-lambda".to_owned(), session: "f".to_owned() }
    }

    #[test]
    fn a_role_may_what_its_policies_say_and_is_told_why_not() {
        let iam = iam(0);
        assert_eq!(iam.authorize(&caller(), "states:SendTaskSuccess", "*"), Ok(()));
        assert_eq!(iam.authorize(&Caller::Root, "iam:DeleteRole", "*"), Ok(()));
        let user = "User: arn:aws:sts::111122223333:assumed-role/u-lambda/f is not authorized to perform:";
        assert_eq!(
            iam.authorize(&caller(), "sqs:SendMessage", "q").unwrap_err(),
            format!(
                "{user} sqs:SendMessage on resource: q because no identity-based policy allows the sqs:SendMessage action"
            )
        );
        assert_eq!(
            iam.authorize(&caller(), "states:SendTaskFailure", "*").unwrap_err(),
            format!("{user} states:SendTaskFailure on resource: * with an explicit deny in an identity-based policy")
        );
    }

    #[test]
    fn what_is_called_on_something_unknown_is_refused_when_nothing_allows_it_or_everything_is_denied() {
        let iam = bare(0, true);
        let put = |statements: serde_json::Value| {
            let policy = json!({"Version": "2012-10-17", "Statement": statements});
            let put = json!({"RoleName": "u-lambda", "PolicyName": "p", "PolicyDocument": policy.to_string()});
            put_role_policy(&iam.roles, Members::within(&put)).unwrap();
            iam.authorize_somewhere(&caller(), "ecs:RunTask")
        };
        let allow = |resource: &str| json!({"Effect": "Allow", "Action": "ecs:*", "Resource": resource});
        let deny = |resource: &str| json!({"Effect": "Deny", "Action": "ecs:RunTask", "Resource": resource});
        assert_eq!(put(json!([allow("arn:aws:ecs:*:*:task-definition/mine")])), Ok(()));
        assert_eq!(put(json!([allow("*"), deny("arn:aws:ecs:*:*:task-definition/theirs")])), Ok(()));
        assert!(put(json!([allow("*"), deny("*")])).unwrap_err().contains("explicit deny"));
        let refused = put(json!([{"Effect": "Allow", "Action": "sns:*", "Resource": "*"}])).unwrap_err();
        assert!(refused.ends_with("no identity-based policy allows the ecs:RunTask action"), "{refused}");
    }

    #[test]
    fn a_role_without_a_policy_is_free_until_its_first_one_unless_iam_is_strict() {
        assert!(bare(0, true).authorize(&caller(), "sqs:SendMessage", "q").is_err());
        let iam = bare(0, false);
        assert_eq!(iam.authorize(&caller(), "sqs:SendMessage", "q"), Ok(()));
        let policy =
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}});
        let put = json!({"RoleName": "u-lambda", "PolicyName": "p", "PolicyDocument": policy.to_string()});
        put_role_policy(&iam.roles, Members::within(&put)).unwrap();
        assert_eq!(iam.authorize(&caller(), "sqs:SendMessage", "q"), Ok(()));
        assert!(iam.authorize(&caller(), "states:SendTaskSuccess", "*").is_err());
        delete_role_policy(&iam.roles, Members::within(&json!({"RoleName": "u-lambda", "PolicyName": "p"}))).unwrap();
        assert!(iam.authorize(&caller(), "sqs:SendMessage", "q").is_err(), "what was taken away stays away");
    }

    #[test]
    fn a_boundary_caps_and_an_attached_policy_grants() {
        let iam = iam(0);
        let attach = json!({"RoleName": "u-lambda", "PolicyArn": "arn:aws:iam::aws:policy/AmazonSQSFullAccess"});
        attach_role_policy(&iam.roles, Members::within(&attach)).unwrap();
        assert!(iam.authorize(&caller(), "sqs:SendMessage", "q").is_ok());
        let cap = json!({"RoleName": "u-lambda", "PermissionsBoundary": "arn:aws:iam::aws:policy/AWSStepFunctionsFullAccess"});
        put_role_permissions_boundary(&iam.roles, Members::within(&cap)).unwrap();
        let refused = iam.authorize(&caller(), "sqs:SendMessage", "q").unwrap_err();
        assert!(refused.ends_with("because no permissions boundary allows the sqs:SendMessage action"), "{refused}");
        assert!(iam.authorize(&caller(), "states:SendTaskSuccess", "*").is_ok());
    }

    #[test]
    fn a_policy_without_a_document_grants_nothing_and_says_so_and_such_a_boundary_caps_nothing() {
        let iam = iam(0);
        for name in ["AWSXrayFullAccess", "ReadOnlyAccess", "service-role/AWSLambdaDynamoDBExecutionRole"] {
            let attach = json!({"RoleName": "u-lambda", "PolicyArn": format!("arn:aws:iam::aws:policy/{name}")});
            attach_role_policy(&iam.roles, Members::within(&attach)).unwrap();
        }
        let refused = iam.authorize(&caller(), "xray:PutTraceSegments", "*").unwrap_err();
        let unread = "AWSXrayFullAccess, ReadOnlyAccess, AWSLambdaDynamoDBExecutionRole, which grant nothing here)";
        assert!(refused.contains("no identity-based policy allows") && refused.ends_with(unread), "{refused}");
        let cap = |arn: &str| {
            let cap = json!({"RoleName": "u-lambda", "PermissionsBoundary": arn});
            put_role_permissions_boundary(&iam.roles, Members::within(&cap)).map_err(|fault| fault.code)
        };
        assert!(cap("arn:aws:iam::123456789012:policy/school/boundary").is_ok());
        assert!(iam.authorize(&caller(), "states:SendTaskSuccess", "*").is_ok());
        for arn in ["boundary", "arn:aws:iam::123456789012:role/x", "arn:aws:iam::aws:policy/NoSuchPolicy"] {
            assert_eq!(cap(arn).unwrap_err(), "NoSuchEntity", "{arn}");
        }
    }

    #[test]
    fn only_the_named_service_of_the_named_account_may_assume() {
        let iam = iam(0);
        let role = "arn:aws:iam::111122223333:role/lab/u-lambda";
        let source = "arn:aws:lambda:us-east-1:111122223333:function:f";
        assert!(iam.may_assume(role, "lambda.amazonaws.com", source));
        assert!(!iam.may_assume(role, "states.amazonaws.com", source));
        assert!(!iam.may_assume(role, "lambda.amazonaws.com", "arn:aws:lambda:us-east-1:999999999999:function:f"));
        assert!(
            !iam.may_assume("arn:aws:iam::111122223333:role/u-lambda", "lambda.amazonaws.com", source),
            "the path counts"
        );
    }

    #[test]
    fn a_role_that_has_not_spread_is_not_trusted() {
        let iam = iam(3_600_000);
        assert!(!iam.may_assume(
            "arn:aws:iam::111122223333:role/lab/u-lambda",
            "lambda.amazonaws.com",
            "arn:aws:lambda:r:111122223333:function:f"
        ));
        assert!(iam.authorize(&caller(), "states:SendTaskSuccess", "*").is_err());
    }
}
