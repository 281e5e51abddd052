//! AWS's managed policies: the names of all, and the published documents of those that labs attach.
//! <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use super::document::Document;
use crate::arn::is_partition;
use crate::wire::Fault;

/// Path and name → document.
static DOCUMENTS: LazyLock<BTreeMap<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("managed.json")).unwrap_or_default());

static READ: LazyLock<BTreeMap<&'static str, Document>> = LazyLock::new(|| {
    DOCUMENTS.iter().map(|(name, document)| (name.as_str(), Document::read(&document.to_string()))).collect()
});

/// Path and name of every policy of AWS's, as of the day in the list's first line.
static NAMES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("managed_policies.txt").lines().filter(|line| !line.starts_with('#')).collect());

/// The path of those that belong to AWS's own service roles.
const FOR_AWS: &str = "aws-service-role/";

/// Whether a policy can be attached to a role.
///
/// # Errors
/// `NoSuchEntity` for what AWS does not have, `PolicyNotAttachable` for what is AWS's alone.
pub(super) fn attachable(arn: &str) -> Result<(), Fault> {
    match path_and_name(arn) {
        Some(name) if name.starts_with(FOR_AWS) => {
            Err(Fault::client("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role."))
        }
        Some(name) if NAMES.contains(name) || READ.contains_key(name) => Ok(()),
        _ => {
            let message = format!("Policy {arn} does not exist or is not attachable.");
            Err(Fault::client("NoSuchEntity", message).status(404))
        }
    }
}

/// Whether the policy of an ARN is one whose document the endpoint does not have, so that it grants nothing here: one of AWS's, or one
/// that the account would have.
pub fn lacks_document(arn: &str) -> bool {
    arn.contains(":iam::") && arn.contains(":policy/") && find(arn).is_none()
}

/// A managed policy by its ARN.
pub(super) fn find(arn: &str) -> Option<&'static Document> {
    READ.get(path_and_name(arn)?)
}

/// A managed policy's document as JSON.
pub(super) fn text(arn: &str) -> Option<String> {
    DOCUMENTS.get(path_and_name(arn)?).map(Value::to_string)
}

/// Its name, without the path.
pub(super) fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn path_and_name(arn: &str) -> Option<&str> {
    let (head, path_and_name) = arn.split_once(":policy/")?;
    let partition = head.strip_prefix("arn:")?.strip_suffix(":iam::aws")?;
    is_partition(partition).then_some(path_and_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_there_and_grants_something() {
        assert!(READ.len() >= 20);
        for (name, document) in READ.iter() {
            assert!(!document.statements.is_empty(), "{name}");
        }
    }

    #[test]
    fn every_policy_of_awss_can_be_attached() {
        assert!(NAMES.len() > 1_500);
        for (name, _) in READ.iter() {
            assert!(NAMES.contains(name), "{name} has a document and is not on the list");
        }
        let arn = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
        for name in [
            "ReadOnlyAccess",
            "AWSXrayFullAccess",
            "service-role/AWSLambdaDynamoDBExecutionRole",
            "AmazonSQSFullAccess",
        ] {
            assert!(attachable(&arn(name)).is_ok(), "{name}");
        }
        let code = |name: &str| attachable(&arn(name)).unwrap_err().code;
        assert_eq!(code("ReadOnlyAcess"), "NoSuchEntity");
        assert_eq!(code("aws-service-role/AWSSupportServiceRolePolicy"), "PolicyNotAttachable");
        assert!(lacks_document(&arn("AWSXrayFullAccess")) && !lacks_document(&arn("service-role/AWSLambdaRole")));
    }

    #[test]
    fn paths_are_part_of_the_name() {
        assert!(find("arn:aws:iam::aws:policy/service-role/AWSLambdaRole").is_some());
        assert!(find("arn:aws:iam::aws:policy/AWSLambdaRole").is_none());
        assert!(find("arn:aws:iam::111122223333:policy/AWSStepFunctionsFullAccess").is_none());
        assert_eq!(name("arn:aws:iam::aws:policy/service-role/AWSLambdaRole"), "AWSLambdaRole");
    }
}
