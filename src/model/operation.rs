//! The operations of AWS that labctl calls, as `[quotas]` names them: the service as IAM actions have it, and the operation.

/// Every operation that is called, sorted.
pub const OPERATIONS: &[&str] = &[
    "cloudwatch:DeleteDashboards",
    "cloudwatch:GetDashboard",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListTagsForResource",
    "cloudwatch:PutDashboard",
    "cloudwatch:TagResource",
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountSummary",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:ListRoles",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:GetAccountSettings",
    "lambda:GetFunction",
    "lambda:Invoke",
    "lambda:ListFunctions",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:DeleteRetentionPolicy",
    "logs:DescribeLogGroups",
    "logs:FilterLogEvents",
    "logs:ListTagsForResource",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "servicequotas:ListServiceQuotas",
    "sqs:CreateQueue",
    "sqs:DeleteQueue",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListQueueTags",
    "sqs:ListQueues",
    "sqs:SetQueueAttributes",
    "sqs:TagQueue",
    "states:CreateStateMachine",
    "states:DeleteStateMachine",
    "states:DescribeExecution",
    "states:DescribeStateMachine",
    "states:GetExecutionHistory",
    "states:ListExecutions",
    "states:ListStateMachines",
    "states:ListTagsForResource",
    "states:StartExecution",
    "states:StartSyncExecution",
    "states:StopExecution",
    "states:TagResource",
    "states:UpdateStateMachine",
    "states:ValidateStateMachineDefinition",
    "sts:GetCallerIdentity",
    "tag:GetResources",
];

/// Other names of services: CloudWatch's endpoint is `monitoring`, and so is it in the local endpoint's quota files.
const OTHER_NAMES: [(&str, &str); 3] = [("monitoring", "cloudwatch"), ("tagging", "tag"), ("sfn", "states")];

/// A `service:Operation` with the service's name as it stands in [`OPERATIONS`].
pub fn with_usual_service(key: &str) -> String {
    let usual = key.split_once(':').and_then(|(service, operation)| {
        let (_, usual) = OTHER_NAMES.iter().find(|(other, _)| *other == service)?;
        Some(format!("{usual}:{operation}"))
    });
    usual.unwrap_or_else(|| key.to_owned())
}

/// Whether labctl calls this operation, or with `*` any of the service.
pub fn is_called(key: &str) -> bool {
    match key.strip_suffix('*') {
        Some(service) => OPERATIONS.iter().any(|operation| operation.starts_with(service)),
        None => OPERATIONS.binary_search(&key).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// What stands between quotes and looks like an operation.
    fn named(text: &str) -> impl Iterator<Item = &str> {
        text.split('"').filter(|word| {
            word.split_once(':').is_some_and(|(service, operation)| {
                !service.is_empty()
                    && service.bytes().all(|byte| byte.is_ascii_lowercase())
                    && operation.starts_with(|first: char| first.is_ascii_uppercase())
                    && operation.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
        })
    }

    #[test]
    fn the_list_is_what_the_client_calls() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cloud/sdk");
        let mut called = BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                called.extend(named(code).map(str::to_owned));
            }
        }
        let listed: BTreeSet<String> = OPERATIONS.iter().map(|&operation| operation.to_owned()).collect();
        let missing: Vec<_> = called.difference(&listed).collect();
        assert!(missing.is_empty(), "not in the list: {missing:?}");
        assert!(OPERATIONS.is_sorted(), "it is searched by halves");
    }

    #[test]
    fn a_service_is_known_by_each_of_its_names() {
        for (key, usual) in [
            ("monitoring:PutDashboard", "cloudwatch:PutDashboard"),
            ("cloudwatch:PutDashboard", "cloudwatch:PutDashboard"),
            ("tagging:GetResources", "tag:GetResources"),
            ("sfn:*", "states:*"),
        ] {
            assert_eq!(with_usual_service(key), usual);
            assert!(is_called(usual), "{usual}");
        }
        for slip in ["states:CreateStateMachin", "state:*", "lambda:Invok", "states:createStateMachine"] {
            assert!(!is_called(slip), "{slip}");
        }
    }
}
