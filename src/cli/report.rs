//! `labctl report`.

use std::path::PathBuf;

use clap::Args;

use super::context::{Context, Ended};
use crate::ops::report::{ReportOptions, report};
use crate::ui::Ui;

#[derive(Debug, Args)]
#[command(
    after_help = "One self-contained file that opens from a disk, also without scripts: board, causes, checks, workflows with where executions \
went, the last bulk test, cost, what is left, and a folded part for each student. Makes no call: it tells of a run of `labctl verify`.\n\n\
Examples:\n  labctl report\n  labctl report --from 1a2b -o monday.html\n  labctl report --student s17"
)]
pub(super) struct Arguments {
    /// The file; `out/report.html` by default, for one student `out/report-<user>.html`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The run of verify: `last`, its id or a path.
    #[arg(long, value_name = "RUN", default_value = "last")]
    from: String,
    /// A page for this student alone: nothing of others, and hidden checks as one line.
    #[arg(long, value_name = "USER")]
    student: Option<String>,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = ReportOptions {
        output: arguments.output.clone(),
        from: arguments.from.clone(),
        student: arguments.student.clone(),
    };
    Ok(context.finish(&report(&context.ops, &options)?, Ui::report))
}
