//! `labctl gradebook`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::gradebook::{GradebookOptions, gradebook};
use crate::report::{GradebookFormat, IfUnknown};
use crate::ui::Ui;

#[derive(Debug, Args)]
#[command(
    after_help = "Makes no call: the evidence of a run of `labctl verify` is judged with today's checklist, as `labctl verify --from` does.\n\
An export that is filled keeps every other byte; it stays as it was under its name with `.orig`.\n\n\
Exit codes: 0 everybody's points are written, 3 somebody's are not.\n\n\
Examples:\n  labctl gradebook --format canvas --into grades.csv --column 'Lab 6'\n  labctl gradebook --format moodle -o moodle.csv\n  \
labctl gradebook --format csv --group Monday --unknown failed"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// For whom it is.
    #[arg(long, value_enum)]
    format: FormatArgument,
    /// The file to write, or the folder for formats of a file a user; below `out/gradebook/` by default.
    #[arg(short, long, value_name = "FILE|DIR", conflicts_with = "into")]
    output: Option<PathBuf>,
    /// The run of verify: `last`, its id or a path.
    #[arg(long, value_name = "RUN", default_value = "last")]
    from: String,
    /// The title of the column that takes the points.
    #[arg(long, value_name = "TEXT")]
    column: Option<String>,
    /// Fill one column of this export in place.
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Write points of users with checks that nobody can judge yet, which then count so; else such users are left as they are.
    #[arg(long, value_enum, value_name = "VERDICT")]
    unknown: Option<UnknownArgument>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatArgument {
    /// The gradebook of Canvas.
    Canvas,
    /// Moodle's import of grades.
    Moodle,
    /// Gradescope: `<user>/results.json`.
    Gradescope,
    /// Classroom 50: `<user>/result.json`.
    Classroom50,
    /// JUnit XML: a suite for each user, with hidden checks.
    Junit,
    /// Any table.
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum UnknownArgument {
    /// They earn their points.
    Passed,
    /// They earn none.
    Failed,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = GradebookOptions {
        selection: arguments.users.selection(),
        format: match arguments.format {
            FormatArgument::Canvas => GradebookFormat::Canvas,
            FormatArgument::Moodle => GradebookFormat::Moodle,
            FormatArgument::Gradescope => GradebookFormat::Gradescope,
            FormatArgument::Classroom50 => GradebookFormat::Classroom50,
            FormatArgument::Junit => GradebookFormat::Junit,
            FormatArgument::Csv => GradebookFormat::Csv,
        },
        from: arguments.from.clone(),
        output: arguments.output.clone(),
        column: arguments.column.clone(),
        into: arguments.into.clone(),
        if_unknown: match arguments.unknown {
            None => IfUnknown::Leave,
            Some(UnknownArgument::Passed) => IfUnknown::Passed,
            Some(UnknownArgument::Failed) => IfUnknown::Failed,
        },
    };
    Ok(context.finish(&gradebook(&context.ops, &options)?, Ui::gradebook))
}
