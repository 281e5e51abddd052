//! `labctl run`.

use clap::Args;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::run::{RunOptions, run as run_one};
use crate::ui::Ui;

#[derive(Debug, Args)]
#[command(
    after_help = "STANDARD machines are followed to their end, EXPRESS ones run in one call. Exit code 0 when the execution SUCCEEDED, 4 otherwise;\n\
with --scenario, whether everything was as the scenario expects.\n\n\
Examples:\n  labctl run order-processing-workflow --user user3 --watch\n  labctl run express-workflow --input realtime-purchase-test\n  \
labctl run order-processing-workflow --scenario payment-declined\n  echo '{\"orderId\": \"o-1\"}' | labctl run order-processing-workflow --input -"
)]
pub(super) struct Arguments {
    /// The machine, as the pack calls it or with the user's prefix.
    machine: String,
    #[command(flatten)]
    users: UserArguments,
    /// Take the input of this scenario, and hold what comes out against what it expects.
    #[arg(long, value_name = "NAME", conflicts_with = "input")]
    scenario: Option<String>,
    /// An input of the pack by its name, a JSON object or list, a file with JSON, or `-` for stdin [default: the first input that the pack has for the machine].
    #[arg(long, value_name = "NAME|JSON|FILE|-")]
    input: Option<String>,
    /// The execution's name [default: one that nobody had].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Tell each state as it is entered.
    #[arg(long)]
    watch: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = RunOptions {
        machine: arguments.machine.clone(),
        selection: arguments.users.selection(),
        scenario: arguments.scenario.clone(),
        input: arguments.input.clone(),
        name: arguments.name.clone(),
        watch: arguments.watch,
    };
    Ok(context.finish(&run_one(&context.ops, &options).await?, Ui::single_run))
}
