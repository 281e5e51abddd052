//! `--user`, `--group`, `--all`, `--only-failed`.

use clap::Args;

use crate::ops::Selection;

/// Which users.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct UserArguments {
    /// A user of the manifest; may be given more than once.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["all", "only_failed"])]
    user: Vec<String>,
    /// Everybody of a group of the roster; may be given more than once, and beside `--user`.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["all", "only_failed"])]
    group: Vec<String>,
    /// Every user of the manifest.
    #[arg(long, conflicts_with = "only_failed")]
    all: bool,
    /// The users that failed in the last run, or were not begun.
    #[arg(long)]
    only_failed: bool,
}

impl UserArguments {
    /// As use cases take it.
    pub(super) fn selection(&self) -> Selection {
        Selection { users: self.user.clone(), groups: self.group.clone(), all: self.all, only_failed: self.only_failed }
    }
}

/// Reads how many lines or executions are shown at most.
pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "expected a whole number above 0".to_owned())
}
