//! `labctl deploy`.

use clap::Args;

use super::context::{Context, Ended};
use super::edits::EditArguments;
use super::users::UserArguments;
use super::watch::watch;
use crate::ops::deploy::{DeployOptions, Rollout, Share, deploy, refuse_elsewhere};
use crate::ui::Ui;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    #[command(flatten)]
    edits: EditArguments,
    /// Only what is there by the end of this stage of the lesson; what is later is not touched.
    #[arg(long, value_name = "STAGE")]
    through: Option<String>,
    /// Believe the digests in tags instead of reading what is there: quick for a large class, but edits are not looked for.
    #[arg(long, conflicts_with = "overwrite_edits")]
    quick: bool,
    /// Deploy for the first N users who have something to change; for the others only when none of these failed.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    canary: Option<u32>,
    /// Begin no further users once more than N of the chosen ones (or P% of them) have failed. The class is begun slowly at first: no
    /// more users at once than may still fail, and one, for each that succeeds one more.
    #[arg(long, value_name = "N|P%")]
    max_failures: Option<Share>,
    /// On the local endpoint: deploy again at every edit of the manifest, the roster or the pack, until it is interrupted.
    #[arg(long)]
    watch: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = DeployOptions {
        selection: arguments.users.selection(),
        through: arguments.through.clone(),
        plan: arguments.edits.options(),
        quick: arguments.quick,
        rollout: Rollout { canary: arguments.canary, max_failures: arguments.max_failures },
    };
    let once = async || -> Ended { Ok(context.finish(&deploy(&context.ops, &options).await?, Ui::deploy)) };
    if !arguments.watch {
        return once().await;
    }
    refuse_elsewhere(&context.ops)?;
    let locally = async || -> Ended {
        refuse_elsewhere(&context.ops)?;
        once().await
    };
    watch(context, locally).await
}
