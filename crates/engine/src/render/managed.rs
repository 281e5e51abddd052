//! The managed policies that a pack attaches to its roles: whether AWS has them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::model::Partition;
use crate::source::{self, Diagnostic};

const LIST: &str = include_str!("managed_policies.txt");

/// Path and name of every AWS managed policy on the list.
static NAMES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| LIST.lines().filter(|line| !line.starts_with('#')).collect());

/// The path of policies that AWS attaches to its own roles and nobody else to any.
const FOR_AWS: &str = "aws-service-role/";

/// The day the list was made, `YYYY-MM-DD`.
fn day() -> &'static str {
    let words = LIST.lines().next().unwrap_or_default().split_whitespace();
    words
        .map(|word| word.trim_end_matches(':'))
        .find(|word| word.len() == 10 && word.starts_with("20"))
        .unwrap_or_default()
}

/// The known policy of this name, whatever its path.
fn by_name(name: &str) -> Option<&'static str> {
    NAMES.iter().copied().find(|known| last(known).eq_ignore_ascii_case(name))
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What is wrong or doubtful about a managed policy that is to be attached in this partition.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>
pub(super) fn check(arn: &str, partition: &str) -> Option<Diagnostic> {
    let written = |path: &str| format!("write it as `arn:{{{{partition}}}}:iam::aws:policy/{path}`");
    let Some((head, path)) = arn.split_once(":policy/") else {
        let finding = Diagnostic::error("render::policy-arn", format!("`{arn}` is not the ARN of a managed policy"));
        return Some(finding.help(written(by_name(last(arn)).or_else(|| nearest(last(arn))).unwrap_or("NAME"))));
    };
    let fields: Vec<&str> = head.split(':').collect();
    let ["arn", its, "iam", "", account] = fields.as_slice() else {
        let finding = Diagnostic::error("render::policy-arn", format!("`{arn}` is not the ARN of a managed policy"));
        return Some(finding.help(written(by_name(last(path)).unwrap_or("NAME"))));
    };
    if !Partition::exists(its) || *its != partition {
        let finding = Diagnostic::warning(
            "render::managed-policy",
            format!("`{arn}` is of partition `{its}`, and the lab goes to `{partition}`"),
        );
        return Some(finding.help("write `arn:{{partition}}:…`, which is right everywhere"));
    }
    // The institution's own: only the account knows them.
    if *account != "aws" {
        return None;
    }
    if path.starts_with(FOR_AWS) {
        let message = format!("`{}` can be attached to AWS's own service roles only", last(path));
        let finding = Diagnostic::error("render::policy-arn", message);
        return Some(finding.help("IAM answers PolicyNotAttachable; write what the role needs as an inline policy"));
    }
    if NAMES.contains(path) {
        return None;
    }
    let message = format!("`{path}` is none of the AWS managed policies of {}", day());
    let help = match by_name(last(path)).or_else(|| nearest(last(path))) {
        Some(near) => format!("did you mean `arn:{{{{partition}}}}:iam::aws:policy/{near}`?"),
        None => "if AWS has it by now, all is well".to_owned(),
    };
    Some(Diagnostic::warning("render::managed-policy", message).help(help))
}

/// The policy whose name differs in so few letters that it is what was meant.
fn nearest(name: &str) -> Option<&'static str> {
    let known = || NAMES.iter().filter(|known| !known.starts_with(FOR_AWS));
    let most = (name.len() / 6).max(1);
    let near = source::nearest_within(name, known().map(|known| last(known)), |_| most)?;
    known().find(|known| last(known) == near).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Severity;

    #[test]
    fn the_list_has_what_aws_has() {
        assert!(NAMES.len() > 1_500 && day() >= "2026-09-01", "{} {}", NAMES.len(), day());
        for arn in [
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::aws:policy/AWSXrayFullAccess",
            "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole",
            "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
            "arn:aws:iam::123456789012:policy/school/Lab",
        ] {
            assert_eq!(check(arn, "aws"), None, "{arn}");
        }
        assert_eq!(check("arn:aws-eusc:iam::aws:policy/ReadOnlyAccess", "aws-eusc"), None);
    }

    #[test]
    fn what_aws_does_not_have_is_told_with_what_was_meant() {
        for (arn, is_error, said) in [
            (
                "arn:aws:iam::aws:policy/ReadOnlyAcess",
                false,
                "did you mean `arn:{{partition}}:iam::aws:policy/ReadOnlyAccess`?",
            ),
            ("arn:aws:iam::aws:policy/AWSLambdaRole", false, "policy/service-role/AWSLambdaRole`?"),
            ("arn:aws:iam::aws:policy/AmazonSQSFullAcess", false, "policy/AmazonSQSFullAccess`?"),
            ("arn:aws:iam::aws:policy/SomethingOfNextYear", false, "if AWS has it by now"),
            ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", false, "{{partition}}"),
            ("arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy", true, "PolicyNotAttachable"),
            ("ReadOnlyAccess", true, "write it as `arn:{{partition}}:iam::aws:policy/ReadOnlyAccess`"),
            ("arn:aws:iam::aws:role/ReadOnlyAccess", true, "write it as"),
        ] {
            let finding = check(arn, "aws").unwrap_or_else(|| panic!("{arn} passes"));
            assert_eq!(finding.severity == Severity::Error, is_error, "{arn}");
            assert!(finding.help.as_deref().unwrap().contains(said), "{arn}: {:?}", finding.help);
        }
    }
}
