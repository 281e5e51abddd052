//! `labctl test`.

use clap::Args;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::test::{TestOptions, test};
use crate::ui::Ui;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// Only this scenario; may be given more than once.
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// Only scenarios that can run by the end of this stage of the lesson.
    #[arg(long, value_name = "STAGE")]
    through: Option<String>,
    /// Also run scenarios that wait longer than 30 s where time does not jump.
    #[arg(long)]
    slow: bool,
    /// Write mocks from what the executions were answered: `out/recorded/<user>/<scenario>.yaml`.
    #[arg(long)]
    record: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = TestOptions {
        selection: arguments.users.selection(),
        scenarios: arguments.scenario.clone(),
        through: arguments.through.clone(),
        slow: arguments.slow,
        record: arguments.record,
    };
    Ok(context.finish(&test(&context.ops, &options).await?, Ui::test))
}
