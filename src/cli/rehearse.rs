//! `labctl rehearse`.

use clap::Args;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::bulk_test::BulkTestOptions;
use crate::ops::rehearse::{RehearseOptions, rehearse};
use crate::trial::Threshold;
use crate::ui::Ui;

#[derive(Debug, Args)]
#[command(
    after_help = "A rehearsal runs on the local endpoint, whatever the manifest's target is, unless `--target` or an endpoint is given.\n\n\
Examples:\n  labctl rehearse\n  labctl rehearse --all -n 20\n  labctl rehearse --target aws --user staff1 --keep"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// Executions per user of the bulk test.
    #[arg(short = 'n', long, value_name = "N", default_value_t = BulkTestOptions::COUNT, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// A threshold for the bulk test, such as `COMPLETED>=80%`; may be given more than once.
    #[arg(long, value_name = "EXPRESSION", value_parser = Threshold::parse)]
    expect: Vec<Threshold>,
    /// Also run scenarios that wait longer than 30 s where time does not jump.
    #[arg(long)]
    slow: bool,
    /// Leave the lab in place at the end; then it may be there already.
    #[arg(long)]
    keep: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = RehearseOptions {
        selection: arguments.users.selection(),
        count: arguments.count,
        expect: arguments.expect.clone(),
        slow: arguments.slow,
        keep: arguments.keep,
    };
    Ok(context.finish(&rehearse(&context.ops, &options).await?, Ui::rehearse))
}
