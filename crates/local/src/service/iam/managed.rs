//! The AWS managed policies that labs attach, with their published documents.
//! <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::document::Document;

/// Path and name → document.
static DOCUMENTS: LazyLock<BTreeMap<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("managed.json")).unwrap_or_default());

static READ: LazyLock<BTreeMap<&'static str, Document>> = LazyLock::new(|| {
    DOCUMENTS.iter().map(|(name, document)| (name.as_str(), Document::read(&document.to_string()))).collect()
});

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
    matches!(head, "arn:aws:iam::aws" | "arn:aws-cn:iam::aws" | "arn:aws-us-gov:iam::aws").then_some(path_and_name)
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
    fn paths_are_part_of_the_name() {
        assert!(find("arn:aws:iam::aws:policy/service-role/AWSLambdaRole").is_some());
        assert!(find("arn:aws:iam::aws:policy/AWSLambdaRole").is_none());
        assert!(find("arn:aws:iam::111122223333:policy/AWSStepFunctionsFullAccess").is_none());
        assert_eq!(name("arn:aws:iam::aws:policy/service-role/AWSLambdaRole"), "AWSLambdaRole");
    }
}
