//! `labctl console`.

use std::path::PathBuf;

use clap::Args;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::console::{ConsoleOptions, console};
use crate::ui::Ui;

#[derive(Debug, Args)]
#[command(
    after_help = "An address opens once, in a browser of this machine, and lasts as long as the server (`labctl local serve`). With one user it \
shows what is named after that user and nothing else; with several there is a line for each, the name and a tab before the address.\n\n\
Examples:\n  labctl console --open\n  labctl console --user s17\n  labctl console --all > addresses.tsv"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// The store of the server instead of `out/local`.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Open it in the browser, too: the one of `BROWSER`, else the system's.
    #[arg(long)]
    open: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options =
        ConsoleOptions { selection: arguments.users.selection(), store: arguments.store.clone(), open: arguments.open };
    Ok(context.finish(&console(&context.ops, &options).await?, Ui::console))
}
