//! `labctl graph`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::context::{Context, Ended};
use crate::event::Audience as _;
use crate::ops::graph::{GraphOptions, Notation, draw, machines};
use crate::ops::{Exit, Failure};
use crate::picture::Direction;
use crate::ui::counted_len;

#[derive(Debug, Args)]
#[command(
    after_help = "Without MACHINE the machines of the pack are listed. The picture goes to stdout unless -o names a file.\n\n\
Examples:\n  labctl graph order-processing-workflow\n  labctl graph order-processing-workflow -o order.svg\n  \
labctl graph my.asl.yaml --format dot | dot -Tpdf -o my.pdf\n  \
labctl graph order-processing-workflow --scenario valid-order -o valid-order.svg"
)]
pub(super) struct Arguments {
    /// A file with a definition in JSON or YAML, `-` for stdin, or a machine of the manifest's pack.
    machine: Option<String>,
    /// The notation; else the file's extension decides, else text on a terminal and SVG in a pipe.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the picture to a file: .svg, .mmd, .dot or .txt.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the flow goes.
    #[arg(long, value_enum, default_value_t = Flow::Down)]
    direction: Flow,
    /// The user whose rendering of the pack is drawn; else the first.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Mark the states that an execution entered, in this order.
    #[arg(long, value_name = "STATE,…", value_delimiter = ',')]
    path: Vec<String>,
    /// Mark the path that a scenario of the pack expects.
    #[arg(long, value_name = "NAME", conflicts_with = "path")]
    scenario: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Svg,
    Mermaid,
    Dot,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Flow {
    Down,
    Right,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let Some(machine) = &arguments.machine else { return list(context, arguments) };
    let options = GraphOptions {
        machine: machine.clone(),
        notation: arguments.format.map(|format| match format {
            Format::Svg => Notation::Svg,
            Format::Mermaid => Notation::Mermaid,
            Format::Dot => Notation::Dot,
            Format::Text => Notation::Text,
        }),
        unless_named: if std::io::stdout().is_terminal() { Notation::Text } else { Notation::Svg },
        columns: context.ui.columns(),
        output: arguments.output.clone(),
        direction: match arguments.direction {
            Flow::Down => Direction::Down,
            Flow::Right => Direction::Right,
        },
        user: arguments.user.clone(),
        path: arguments.path.clone(),
        scenario: arguments.scenario.clone(),
    };
    let drawn = draw(&context.ops, &options)?;
    context.show(&context.ops.document("graph", true, json!({ "graph": drawn.listing })), |ui| {
        match &arguments.output {
            Some(file) => {
                let states = counted_len(drawn.states, "state");
                ui.note(&format!("Drew {} with {states} in {}.", drawn.title, file.display()));
            }
            None => ui.raw(&drawn.text),
        }
    });
    Ok(Exit::Done)
}

/// The machines that can be drawn.
fn list(context: &Context, arguments: &Arguments) -> Ended {
    let Arguments { output, format, scenario, path, .. } = arguments;
    if output.is_some() || format.is_some() || scenario.is_some() || !path.is_empty() {
        return Err(Failure::usage("no machine is named", "`labctl graph` without options lists the machines"));
    }
    let machines = machines(&context.ops, arguments.user.as_deref())?;
    let names: Vec<&str> = machines.iter().map(|machine| machine.name.as_str()).collect();
    let lines = machines.iter().map(|machine| {
        let line = format!("{}  {}  {}", machine.name, counted_len(machine.states, "state"), machine.comment);
        line.trim_end().to_owned() + "\n"
    });
    context.show(&context.ops.document("graph", true, json!({ "machines": names })), |ui| {
        ui.raw(&lines.collect::<String>());
    });
    Ok(Exit::Done)
}
