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
    /// Only what is there by the end of this stage of the lesson.
    #[arg(long, value_name = "STAGE")]
    through: Option<String>,
    /// Show what differs, field by field and state by state.
    #[arg(long)]
    diff: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = StatusOptions {
        selection: arguments.users.selection(),
        through: arguments.through.clone(),
        diff: arguments.diff,
    };
    Ok(context.finish(&status(&context.ops, &options).await?, Ui::status))
}
