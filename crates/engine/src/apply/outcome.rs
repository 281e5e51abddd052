//! How a plan ended.

use super::{Skip, Stopped};
use crate::cloud::CloudError;
use crate::model::{Key, UserName};
use crate::plan::Action;

/// How one change ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It came true.
    Done,
    /// It was to be deleted and was not there any more.
    AlreadyGone,
    /// There was nothing to do: unchanged, or edited by the user and kept.
    Kept,
    /// A thing that is not labctl's is in the way; untouched.
    Foreign,
    /// It did not come true.
    Failed(CloudError),
    /// It was not tried, and why.
    Skipped(Skip),
}

/// One change and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeResult {
    /// Which resource.
    pub key: Key,
    /// What was to be done.
    pub action: Action,
    /// Its ARN, as the service gave it where it did.
    pub arn: String,
    /// How long it took, waiting included.
    pub ms: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// Everything of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserResult {
    /// Who.
    pub user: UserName,
    /// In the plan's order.
    pub results: Vec<ChangeResult>,
    /// Whether a foreign thing counts as a failure (see [`super::ApplyOptions::foreign_fails`]).
    pub(super) foreign_fails: bool,
}

impl UserResult {
    /// Whether everything that was to be done is done.
    pub fn ok(&self) -> bool {
        self.results.iter().all(|result| match result.outcome {
            Outcome::Done | Outcome::AlreadyGone | Outcome::Kept => true,
            Outcome::Foreign => !self.foreign_fails,
            Outcome::Failed(_) | Outcome::Skipped(_) => false,
        })
    }

    /// Whether anything of the user's was tried, or there was nothing to do; `false` for who was left out of a class that was stopped.
    pub fn is_begun(&self) -> bool {
        self.results.iter().all(|result| result.outcome != Outcome::Skipped(Skip::NotBegun))
    }

    /// How many changes came true.
    pub fn changed(&self) -> u64 {
        self.results.iter().filter(|result| result.outcome == Outcome::Done).map(|_| 1).sum()
    }

    /// The first thing that went wrong, in words; `None` also where the run was only interrupted, which is told once for all.
    pub fn error(&self) -> Option<String> {
        let failed = self.results.iter().find_map(|result| match &result.outcome {
            Outcome::Failed(error) => Some(format!("{}: {error}", result.key)),
            _ => None,
        });
        let foreign = || {
            let result = self.results.iter().find(|result| self.foreign_fails && result.outcome == Outcome::Foreign)?;
            Some(format!(
                "{} is there and is not this lab's; remove it, or choose another user name (`--adopt` takes over what carries \
                 nobody's tags)",
                result.key
            ))
        };
        let skipped = || {
            let is_cut_off =
                |result: &ChangeResult| matches!(result.outcome, Outcome::Skipped(Skip::Interrupted { .. }));
            // What stands on something that was not begun is no cause of its own.
            if self.results.iter().any(is_cut_off) {
                return None;
            }
            self.results.iter().find_map(|result| match &result.outcome {
                Outcome::Skipped(why) => Some(format!("{}: {why}", result.key)),
                _ => None,
            })
        };
        failed.or_else(foreign).or_else(skipped)
    }
}

/// How a whole plan ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// In the plan's order.
    pub users: Vec<UserResult>,
    /// Whether it was stopped before its end. Running the same command again continues.
    pub interrupted: bool,
    /// Set when users were not begun because others had failed.
    pub stopped: Option<Stopped>,
    /// Whether it was stopped because credentials were refused on the way. The same command continues once they are renewed.
    pub credentials_ran_out: bool,
}

impl Applied {
    /// How many changes of this kind came true.
    pub fn count(&self, action: Action) -> usize {
        self.outcomes().filter(|result| result.action == action && result.outcome == Outcome::Done).count()
    }

    /// Every change of every user.
    pub fn outcomes(&self) -> impl Iterator<Item = &ChangeResult> {
        self.users.iter().flat_map(|user| &user.results)
    }
}
