//! `labctl cost`.

use std::path::PathBuf;

use clap::Args;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::cost::{CostOptions, cost};
use crate::ops::{Exit, Since, parse_since};
use crate::report::Prices;
use crate::ui::Ui;

#[derive(Debug, Args)]
#[command(
    after_help = "Amounts are what AWS bills, also for what ran on the local endpoint, which costs nothing. Users' are before the free \
tier of their account, the class's after it.\n\
What ran is read from CloudWatch and log groups; `--planned` makes no call.\n\n\
Examples:\n  labctl cost --all --planned\n  labctl cost --all\n  labctl cost --print-prices > prices.json\n  \
labctl cost --all --prices prices.json"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// Only what is to be expected; makes no call.
    #[arg(long, conflicts_with = "since")]
    planned: bool,
    /// Executions per user that a bulk test is expected to start.
    #[arg(short = 'n', long, value_name = "N", default_value_t = CostOptions::default().count, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    count: u64,
    /// Hours that the lab is expected to stand.
    #[arg(long, value_name = "N", default_value_t = CostOptions::HOURS, value_parser = clap::value_parser!(u64).range(0..=87_600))]
    hours: u64,
    /// Count what ran then or later: so long ago, or a time; whole hours. By default since the first deployment.
    #[arg(long, value_name = "WHEN", value_parser = parse_since)]
    since: Option<Since>,
    /// Other prices: a file such as `--print-prices` prints.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Print the prices that labctl goes by, as JSON, and do nothing else.
    #[arg(long)]
    print_prices: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    if arguments.print_prices {
        context.ui.raw(Prices::own_text());
        return Ok(Exit::Done);
    }
    let options = CostOptions {
        selection: arguments.users.selection(),
        planned: arguments.planned,
        count: arguments.count,
        hours: arguments.hours,
        since: arguments.since,
        prices: arguments.prices.clone(),
    };
    Ok(context.finish(&cost(&context.ops, &options).await?, Ui::cost))
}
