//! `labctl status`.

use clap::Args;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::status::{StatusOptions, status};
use crate::ui::Ui;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// Show what differs, field by field and state by state.
    #[arg(long)]
    diff: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = StatusOptions { selection: arguments.users.selection(), diff: arguments.diff };
    Ok(context.finish(&status(&context.ops, &options).await?, Ui::status))
}
