//! The class: which pack, which users, where, with which settings.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AccountId, LabName, Pack, Region, UserName};

/// `local` or `aws`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// The embedded endpoint.
    Local,
    /// Any AWS endpoint.
    Aws,
}

impl fmt::Display for TargetKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Local => "local",
            Self::Aws => "aws",
        })
    }
}

/// Where a user's lab goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Target {
    /// Embedded or AWS.
    pub kind: TargetKind,
    /// The region.
    pub region: Region,
    /// The guard: any other account is refused.
    pub account_id: Option<AccountId>,
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// A role to assume.
    pub role_arn: Option<String>,
    /// Goes with `role_arn`.
    pub external_id: Option<String>,
    /// Any endpoint that speaks AWS.
    pub endpoint_url: Option<String>,
    /// A PEM file with further certificate authorities.
    pub ca_bundle: Option<PathBuf>,
}

impl Target {
    /// A target of which no more is known than where it is: without a guard, and with the credentials that the AWS rules find.
    pub fn new(kind: TargetKind, region: Region) -> Self {
        Self {
            kind,
            region,
            account_id: None,
            profile: None,
            role_arn: None,
            external_id: None,
            endpoint_url: None,
            ca_bundle: None,
        }
    }
}

/// Which policies are rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IamMode {
    /// Scoped to the user's own resources.
    #[default]
    LeastPrivilege,
    /// The handout's broad policies.
    AsWritten,
}

impl IamMode {
    /// The word in the manifest.
    pub fn word(self) -> &'static str {
        match self {
            Self::LeastPrivilege => "least-privilege",
            Self::AsWritten => "as-written",
        }
    }
}

/// `[iam]`: the mode, roles brought along instead of made, and what an institution asks of those that are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Iam {
    /// Which policies are rendered.
    pub mode: IamMode,
    /// Role name or ARN by the pack's key for it (`stepfunctions_role`, `lambda_role`); labctl then makes none.
    pub brought: BTreeMap<String, String>,
    /// ARN of the policy that bounds every role that is made.
    pub permissions_boundary: Option<String>,
    /// The path of every role that is made, with a slash at both ends.
    pub path: Option<String>,
}

/// A token bucket for one `service:Operation`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Calls at once.
    pub burst: f64,
    /// Calls a second after that.
    pub per_second: f64,
}

/// Who a student is in the school's own lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Student {
    /// How the student is called, such as `Ana Example`.
    pub label: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// The number or name that the school's systems know.
    pub student_id: Option<String>,
    /// A section, course or team.
    pub group: Option<String>,
    /// Further columns of the roster, by title, as they stand there.
    pub other: Vec<(String, String)>,
}

impl Student {
    /// These facts; where one is not known, the other's.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            label: self.label.or(other.label),
            email: self.email.or(other.email),
            student_id: self.student_id.or(other.student_id),
            group: self.group.or(other.group),
            other: if self.other.is_empty() { other.other } else { self.other },
        }
    }
}

/// One student.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct User {
    /// The prefix of everything the student has.
    pub name: UserName,
    /// Who that is.
    pub student: Student,
    /// Where the student's lab goes.
    pub target: Target,
    /// The student's roles.
    pub iam: Iam,
    /// Every setting the pack declares, with the manifest's and the user's values over the pack's defaults.
    pub settings: BTreeMap<String, Value>,
}

/// A manifest, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Lab {
    /// Goes into the ownership tags.
    pub name: LabName,
    /// `YYYY-MM-DD`.
    pub expires: Option<String>,
    /// What the lab consists of.
    pub pack: Pack,
    /// `[target]` as it stands for users without a field of their own.
    pub target: Target,
    /// In the manifest's order, roster last.
    pub users: Vec<User>,
    /// `[tags]`: on everything that takes tags, beside labctl's own.
    pub tags: BTreeMap<String, String>,
    /// `[quotas]`, by `service:Operation`.
    pub quotas: BTreeMap<String, Quota>,
    /// The manifest's path.
    pub manifest: PathBuf,
}
