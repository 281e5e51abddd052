//! `labctl cleanup`.

use clap::Args;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::cleanup::{CleanupOptions, cleanup};
use crate::ops::{TeardownOptions, Whose};
use crate::ui::Ui;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// Users of this lab whom the manifest names no more.
    #[arg(long, conflicts_with_all = ["orphans", "expired", "user", "group", "all", "only_failed"])]
    departed: bool,
    /// Everything of this lab that the manifest does not put where it is: departed users, and users who moved elsewhere.
    #[arg(long, conflicts_with_all = ["expired", "user", "group", "all", "only_failed"])]
    orphans: bool,
    /// Every lab, whatever its name, whose last day (`expires`) is over, in the accounts and regions of the manifest.
    #[arg(long, conflicts_with_all = ["user", "group", "all", "only_failed"])]
    expired: bool,
    /// Also this user, whom `--departed` or `--orphans` lists apart: another manifest of the lab's name may have put the lab there. May be
    /// given more than once.
    #[arg(long, value_name = "USER", conflicts_with_all = ["expired", "user", "group", "all", "only_failed"])]
    also: Vec<String>,
    /// Also what carries nobody's tags and begins as the users' names do (`<user>-`): what students made by hand. Lists it, and asks.
    #[arg(long)]
    with_prefix: bool,
    /// Leave the log groups, and what is in them.
    #[arg(long)]
    keep_logs: bool,
    /// Show what would be removed and touch nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Arguments {
    fn whose(&self) -> Whose {
        match (self.departed, self.orphans, self.expired) {
            (true, ..) => Whose::Departed,
            (_, true, _) => Whose::Orphans,
            (.., true) => Whose::Expired,
            _ => Whose::Chosen,
        }
    }
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = CleanupOptions {
        selection: arguments.users.selection(),
        teardown: TeardownOptions {
            whose: arguments.whose(),
            also: arguments.also.clone(),
            with_prefix: arguments.with_prefix,
        },
        keep_logs: arguments.keep_logs,
        dry_run: arguments.dry_run,
        only_made: None,
    };
    Ok(context.finish(&cleanup(&context.ops, &options).await?, Ui::cleanup))
}
