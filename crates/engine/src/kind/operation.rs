//! The operations of AWS that labctl calls, as `[quotas]` names them: the service as IAM actions have it, and the operation.

use crate::model::Kind;

/// Operations that concern no kind alone, with the members that every answer to them has. One within another is written with a dot. Where
/// there is none, the service may have nothing to say, and its request id alone tells that it was asked.
const OTHERS: &[(&str, &[&str])] = &[
    ("cloudwatch:GetMetricData", &["MetricDataResults"]),
    ("iam:GetAccountSummary", &["SummaryMap"]),
    ("lambda:GetAccountSettings", &["AccountLimit"]),
    ("lambda:Invoke", &[]),
    ("logs:FilterLogEvents", &["events"]),
    ("servicequotas:ListServiceQuotas", &["Quotas"]),
    ("states:DescribeExecution", &["executionArn", "status"]),
    ("states:DescribeStateMachineForExecution", &["stateMachineArn", "definition"]),
    ("states:GetExecutionHistory", &["events"]),
    ("states:StartExecution", &["executionArn", "startDate"]),
    ("states:StartSyncExecution", &["executionArn", "status"]),
    ("states:ValidateStateMachineDefinition", &["result"]),
    ("sts:GetCallerIdentity", &["Account", "Arn"]),
    ("tag:GetResources", &["ResourceTagMappingList"]),
];

/// Every operation that labctl calls, with the members that every answer to it has.
pub fn all() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    Kind::ALL.iter().flat_map(|kind| kind.facts().operations).chain(OTHERS).copied()
}

/// The members that every answer to an operation has.
pub fn members(operation: &str) -> &'static [&'static str] {
    all().find(|(name, _)| *name == operation).map_or(&[], |(_, members)| members)
}

/// Other names of services: CloudWatch's endpoint is `monitoring`, and so is it in the local endpoint's quota files.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("monitoring", "cloudwatch"),
    ("tagging", "tag"),
    ("sfn", "states"),
    ("cloudcontrol", "cloudformation"),
    ("cloudcontrolapi", "cloudformation"),
];

/// A `service:Operation` with the service's name as it stands in the operations of kinds.
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
        Some(service) => all().any(|(operation, _)| operation.starts_with(service)),
        None => all().any(|(operation, _)| operation == key),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::kind::Part;

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

    /// The operations named in the code below a folder.
    fn called(folder: &Path, into: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                called(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                into.extend(named(code).map(str::to_owned));
            }
        }
    }

    #[test]
    fn the_operations_of_kinds_are_what_the_client_calls() {
        let mut found = BTreeSet::new();
        called(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cloud/sdk"), &mut found);
        let known: BTreeSet<String> = all().map(|(operation, _)| operation.to_owned()).collect();
        assert_eq!(known.len(), all().count(), "each is named once");
        let missing: Vec<_> = found.difference(&known).collect();
        assert!(missing.is_empty(), "not in the list: {missing:?}");
        for kind in Kind::ALL {
            let own: BTreeSet<&str> = kind.facts().operations.iter().map(|(operation, _)| *operation).collect();
            let update = kind.update_calls(&Part::changeable(*kind));
            let unknown: Vec<_> =
                update.iter().chain(kind.facts().delete_calls).filter(|call| !own.contains(**call)).collect();
            assert!(unknown.is_empty(), "{kind}: {unknown:?}");
        }
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
