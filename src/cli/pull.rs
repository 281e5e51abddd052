//! `labctl pull`.

use clap::Args;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::pull::{PullOptions, pull};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = PullOptions { selection: arguments.users.selection() };
    Ok(context.finish(&pull(&context.ops, &options).await?, |ui, document| ui.pull(&document.body)))
}
