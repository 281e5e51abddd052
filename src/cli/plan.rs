//! `labctl plan`.

use clap::Args;

use super::context::{Context, Ended};
use super::edits::EditArguments;
use super::users::UserArguments;
use crate::ops::plan::{PlanRequest, plan};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    #[command(flatten)]
    edits: EditArguments,
    /// Only what is there by the end of this stage of the lesson.
    #[arg(long, value_name = "STAGE")]
    through: Option<String>,
    /// End with 2 when there are changes, 0 when there are none.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Make the plan true on an endpoint in memory, under AWS's quotas and in a time that jumps, and tell how long it took and how
    /// many calls; the account itself is only read. `--quotas` and `--faults` may say otherwise what the endpoint is like.
    #[arg(long)]
    simulate: bool,
    /// Show also what users have whom the manifest names no more, as `labctl cleanup --departed` would remove it. A user who was renamed
    /// is gone under the old name and new under the other.
    #[arg(long)]
    prune: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let request = PlanRequest {
        selection: arguments.users.selection(),
        through: arguments.through.clone(),
        plan: arguments.edits.options(),
        changes_are_an_exit: arguments.detailed_exitcode,
        simulate: arguments.simulate,
        prune: arguments.prune,
    };
    Ok(context.finish(&plan(&context.ops, &request).await?, |ui, document| ui.plan(&document.body)))
}
