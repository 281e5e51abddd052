//! `labctl logs`.

use clap::Args;

use super::context::{Context, Ended};
use super::users::{UserArguments, at_least_one};
use crate::ops::logs::{LogsOptions, logs};
use crate::ops::{Since, parse_since};
use crate::ui::Ui;

#[derive(Debug, Args)]
#[command(
    after_help = "Each line is `TIME  NAME | text`; what machines log is told in a few words, with -v as it stands in the log.\n\n\
Examples:\n  labctl logs --user user3\n  labctl logs --user user3 --function payment-processor --since 2h\n  labctl logs --all --follow"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// Of this function only, as the pack calls it.
    #[arg(long, value_name = "NAME", conflicts_with = "machine")]
    function: Option<String>,
    /// Of this machine only, as the pack calls it.
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// Written so long ago or later (`10m`, `2h`, `1d`), or since a time (`2026-11-30T10:00:00Z`), by the endpoint's clock.
    #[arg(long, value_name = "10m|TIME", default_value = "10m", value_parser = parse_since)]
    since: Since,
    /// So many lines at most, the newest.
    #[arg(long, value_name = "N", default_value_t = LogsOptions::LIMIT, value_parser = at_least_one)]
    limit: usize,
    /// Go on with what is written from now on, until Ctrl-C.
    #[arg(long, short)]
    follow: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = LogsOptions {
        selection: arguments.users.selection(),
        function: arguments.function.clone(),
        machine: arguments.machine.clone(),
        since: arguments.since,
        limit: arguments.limit,
        follow: arguments.follow,
    };
    Ok(context.finish(&logs(&context.ops, &options).await?, Ui::logs))
}
