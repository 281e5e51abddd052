//! `deploy`.

use serde::Serialize;

use super::pull::PulledUser;
use super::trouble::Trouble;
use super::words::{DeployedAs, StopReason, UserOutcome};
use crate::model::Kind;

/// Counts of a deploy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeploySummary {
    /// Made.
    pub created: usize,
    /// Changed.
    pub updated: usize,
    /// As they should be.
    pub unchanged: usize,
    /// Removed, being no longer in the lab.
    pub deleted: usize,
    /// Edited by a user, kept.
    pub edited: usize,
    /// Not done.
    pub failed: usize,
    /// Of users who were not begun, others having failed.
    #[serde(skip_serializing_if = "is_none_left")]
    pub not_begun: usize,
}

impl DeploySummary {
    /// Counts one resource.
    pub fn count(&mut self, action: DeployedAs) {
        match action {
            DeployedAs::Created => self.created += 1,
            DeployedAs::Updated => self.updated += 1,
            DeployedAs::Deleted => self.deleted += 1,
            DeployedAs::Unchanged => self.unchanged += 1,
            DeployedAs::Edited => self.edited += 1,
            DeployedAs::NotBegun => self.not_begun += 1,
            DeployedAs::Foreign | DeployedAs::Failed | DeployedAs::Skipped => self.failed += 1,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_none_left(count: &usize) -> bool {
    *count == 0
}

/// One resource of a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeployedResource {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What became of it.
    pub action: DeployedAs,
    /// How long it took.
    pub ms: u64,
}

/// One user of a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeployedUser {
    /// Who.
    pub user: String,
    /// How it ended.
    pub status: UserOutcome,
    /// What.
    pub resources: Vec<DeployedResource>,
    /// The first error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A deployment that was stopped because users failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoppedView {
    /// By what.
    pub by: StopReason,
    /// How many users went first, or how many may fail.
    pub limit: usize,
    /// Users who failed.
    pub failed: usize,
    /// Users who were not begun.
    pub not_begun: usize,
}

/// `deploy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeployView {
    /// Counts.
    pub summary: DeploySummary,
    /// Per user.
    pub users: Vec<DeployedUser>,
    /// Why some users were not begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StoppedView>,
    /// What users had edited or made, and where it was saved before it was replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<PulledUser>,
    /// All failures.
    #[serde(skip)]
    pub troubles: Vec<Trouble>,
}
