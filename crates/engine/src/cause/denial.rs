//! A refused permission. <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::model::{Lab, User};

/// Who may not do what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Denial {
    /// The role's name; else the ARN of whoever it was.
    pub(super) principal: String,
    /// Whether the principal is a role.
    pub(super) is_role: bool,
    /// `lambda:InvokeFunction`.
    pub(super) action: String,
    /// The resource's ARN, where it is told.
    pub(super) resource: Option<String>,
}

static DENIED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"User: (\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?").ok()
});

impl Denial {
    /// The denial that a message tells of.
    pub(super) fn of(message: &str) -> Option<Self> {
        let found = DENIED.as_ref()?.captures(message)?;
        let text =
            |at: usize| found.get(at).map(|part| part.as_str().trim_end_matches(['.', ',', '"', '\'']).to_owned());
        let arn = text(1)?;
        // arn:aws:sts::<account>:assumed-role/<role>/<session>
        let role = arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split('/').next());
        Some(Self {
            principal: role.unwrap_or(&arn).to_owned(),
            is_role: role.is_some(),
            action: text(2)?,
            resource: text(3),
        })
    }

    /// In one line.
    pub(super) fn text(&self) -> String {
        let who = if self.is_role { format!("role `{}`", self.principal) } else { format!("`{}`", self.principal) };
        let what = self.resource.as_deref().map(|arn| format!(" on `{}`", short(arn))).unwrap_or_default();
        format!("{who} may not `{}`{what}", self.action)
    }
}

/// What an ARN names, without where that is.
pub(super) fn short(arn: &str) -> &str {
    let Some(rest) = arn.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) else { return arn };
    let kinds = ["function:", "stateMachine:", "execution:", "express:", "log-group:", "role/", "table/"];
    kinds.iter().find_map(|kind| rest.strip_prefix(kind)).unwrap_or(rest)
}

/// Which file of the pack has the policy of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyFiles(BTreeMap<String, String>);

impl PolicyFiles {
    /// Those of a user's roles. A role that the manifest brings has none.
    pub fn of(lab: &Lab, user: &User) -> Self {
        let made = lab.pack.roles.iter().filter(|role| !user.iam.brought.contains_key(&role.brought_by));
        let file = |role: &crate::model::RoleTemplate| {
            let file = role.policies.iter().find_map(|policy| policy.template.get(user.iam.mode.word()))?;
            Some((format!("{}-{}", user.name, role.name), file.clone()))
        };
        Self(made.filter_map(file).collect())
    }

    /// The file with the policy of a role.
    pub(super) fn file(&self, role: &str) -> Option<&str> {
        self.0.get(role).map(String::as_str)
    }

    #[cfg(test)]
    pub(super) fn with(role: &str, file: &str) -> Self {
        Self(BTreeMap::from([(role.to_owned(), file.to_owned())]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_read_in_whatever_words_are_around_it() {
        let of = |message: &str| Denial::of(message).map(|denial| denial.text());
        let step_functions = "User: arn:aws:sts::123456789012:assumed-role/ann-stepfunctions-role/AbCd is not authorized to perform: \
            lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:ann-pay because no identity-based policy allows the \
            lambda:InvokeFunction action (Service: Lambda, Status Code: 403)";
        assert_eq!(
            of(step_functions).as_deref(),
            Some("role `ann-stepfunctions-role` may not `lambda:InvokeFunction` on `ann-pay`")
        );
        let boto = "An error occurred (AccessDeniedException) when calling the SendTaskSuccess operation: User: \
            arn:aws:sts::1:assumed-role/ann-lambda-role/ann-task is not authorized to perform: states:SendTaskSuccess";
        assert_eq!(of(boto).as_deref(), Some("role `ann-lambda-role` may not `states:SendTaskSuccess`"));
        let queue = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: sqs:sendmessage on resource: \"arn:aws:sqs:us-east-1:1:ann-q\"";
        assert!(of(queue).is_some_and(|text| text.starts_with("role `r` may not `sqs:sendmessage`")));
        let person = "User: arn:aws:iam::1:user/ann is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x";
        assert_eq!(of(person).as_deref(), Some("`arn:aws:iam::1:user/ann` may not `iam:PassRole` on `x`"));
        assert_eq!(of("The role is not authorized"), None);
    }
}
