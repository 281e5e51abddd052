//! `--overwrite-edits` and `--adopt`: what the instructor allows.

use clap::Args;

use crate::plan::PlanOptions;

/// What the instructor allows.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct EditArguments {
    /// Take back what users edited.
    #[arg(long)]
    overwrite_edits: bool,
    /// Take over things of a wanted name that carry nobody's tags.
    #[arg(long)]
    adopt: bool,
}

impl EditArguments {
    /// As a plan takes it.
    pub(super) fn options(self) -> PlanOptions {
        PlanOptions { overwrite_edits: self.overwrite_edits, adopt: self.adopt }
    }
}
