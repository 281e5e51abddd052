//! `labctl trace`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::trace::{TraceForm, TraceOptions, trace};
use crate::report::ExportFormat;
use crate::ui::Ui;

#[derive(Debug, Args)]
#[command(after_help = "The first line says how the execution ended and why, also where a Catch took the error.\n\n\
Examples:\n  labctl trace user3:last-failed\n  labctl trace user3:order-processing-workflow:last --full\n  \
labctl trace user3:last --export chrome -o trace.json")]
pub(super) struct Arguments {
    /// `USER:last-failed`, `USER:last`, `USER:MACHINE:last-failed`, `USER:MACHINE:NAME`, or an ARN; else the last one that failed.
    execution: Option<String>,
    #[command(flatten)]
    users: UserArguments,
    /// Show inputs, outputs and logs whole.
    #[arg(long)]
    full: bool,
    /// Show only the states that failed, caught or not, or were tried again.
    #[arg(long)]
    failed: bool,
    /// Draw the machine with the execution on it.
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "export")]
    graph: Option<Graph>,
    /// Write the trace for another viewer: Chrome's trace events (Perfetto), or OpenTelemetry's JSON.
    #[arg(long, value_enum, value_name = "FORMAT")]
    export: Option<Export>,
    /// Write the picture or the export to a file.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Graph {
    Text,
    Svg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Export {
    Chrome,
    Otlp,
}

impl Arguments {
    fn form(&self) -> TraceForm {
        match (self.graph, self.export) {
            (Some(Graph::Text), _) => TraceForm::GraphText,
            (Some(Graph::Svg), _) => TraceForm::GraphSvg,
            (_, Some(Export::Chrome)) => TraceForm::Export(ExportFormat::Chrome),
            (_, Some(Export::Otlp)) => TraceForm::Export(ExportFormat::Otlp),
            (None, None) => TraceForm::Timeline,
        }
    }
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    if arguments.output.is_some() && arguments.form() == TraceForm::Timeline {
        return Err(crate::ops::Failure::usage(
            "`-o` names a file, and nothing says what goes into it",
            "add `--export chrome|otlp` or `--graph text|svg`",
        ));
    }
    let options = TraceOptions {
        execution: arguments.execution.clone(),
        selection: arguments.users.selection(),
        full: arguments.full,
        only_failed: arguments.failed,
        form: arguments.form(),
        columns: context.ui.columns(),
        output: arguments.output.clone(),
    };
    Ok(context.finish(&trace(&context.ops, &options).await?, Ui::trace))
}
