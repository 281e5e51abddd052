//! `labctl executions`.

use clap::Args;

use super::context::{Context, Ended};
use super::users::{UserArguments, at_least_one};
use crate::ops::executions::{ExecutionsOptions, executions};
use crate::ops::{Since, parse_since};
use crate::ui::Ui;

#[derive(Debug, Args)]
#[command(
    after_help = "STANDARD executions are listed; EXPRESS ones are known from their machine's log alone. `labctl trace` shows one of them.\n\n\
Examples:\n  labctl executions --user user3\n  labctl executions --all --machine order-processing-workflow --outcome FAILED --since 1h\n  \
labctl executions --group monday --cause KeyError --json"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// Of this machine only, as the pack calls it.
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// With this status only: RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// With this outcome only, such as COMPLETED.
    #[arg(long, value_name = "NAME")]
    outcome: Option<String>,
    /// Whose cause has this text in it.
    #[arg(long, value_name = "TEXT")]
    cause: Option<String>,
    /// Started so long ago or later (`10m`, `2h`, `1d`), or since a time (`2026-11-30T10:00:00Z`), by the endpoint's clock.
    #[arg(long, value_name = "10m|TIME", value_parser = parse_since)]
    since: Option<Since>,
    /// So many at most.
    #[arg(long, value_name = "N", default_value_t = ExecutionsOptions::LIMIT, value_parser = at_least_one)]
    limit: usize,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = ExecutionsOptions {
        selection: arguments.users.selection(),
        machine: arguments.machine.clone(),
        status: arguments.status.clone(),
        outcome: arguments.outcome.clone(),
        cause: arguments.cause.clone(),
        since: arguments.since,
        limit: arguments.limit,
    };
    Ok(context.finish(&executions(&context.ops, &options).await?, Ui::executions))
}
