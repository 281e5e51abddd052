//! `labctl verify`.

use std::time::Duration;

use clap::Args;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::verify::{VerifyOptions, verify, watch};
use crate::ui::Ui;

#[derive(Debug, Args)]
#[command(
    after_help = "A verdict is passed, failed, unknown (nobody can say yet; it costs nothing) or skipped. Verify starts the checklist's \
own executions and changes nothing else.\n\n\
Exit codes: 0 all passed, 3 something is unknown, 4 something failed.\n\n\
Examples:\n  labctl verify --user user3\n  labctl verify --all --through task-4\n  labctl verify --all --public --watch\n  \
labctl verify --from last"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// Only the public part of the checklist, as students see it.
    #[arg(long)]
    public: bool,
    /// Judge what should be there by the end of this stage of the lesson.
    #[arg(long, value_name = "STAGE")]
    through: Option<String>,
    /// Judge the evidence of an earlier run again: `last`, its id or a path. Makes no call.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["watch", "slow"])]
    from: Option<String>,
    /// Show what changed since an earlier run.
    #[arg(long, value_name = "RUN")]
    baseline: Option<String>,
    /// Also run scenarios that wait longer than 30 s where time does not jump.
    #[arg(long)]
    slow: bool,
    /// A board for the lesson, made anew every so many seconds: who is where, who needs help next.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "60", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    watch: Option<u64>,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = VerifyOptions {
        selection: arguments.users.selection(),
        public: arguments.public,
        through: arguments.through.clone(),
        from: arguments.from.clone(),
        baseline: arguments.baseline.clone(),
        slow: arguments.slow,
        started: None,
        watch: arguments.watch.map(Duration::from_secs),
    };
    if options.watch.is_none() {
        return Ok(context.finish(&verify(&context.ops, &options).await?, Ui::verify));
    }
    if context.json {
        return Err(crate::ops::Failure::usage(
            "`--watch` shows a board, and `--json` is one document at the end",
            "leave one of the two out; `--events FILE` writes down what happens",
        ));
    }
    watch(&context.ops, &options, &|document| context.ui.board(document)).await
}
