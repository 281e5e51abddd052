//! `labctl pack new NAME` and `labctl pack check [DIR]`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::context::{Context, Ended};
use crate::event::Audience as _;
use crate::ops::Exit;
use crate::ops::pack::{check, new};
use crate::ui::counted_len;
use crate::ui::view::FindingView;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: PackCommand,
}

#[derive(Debug, Subcommand)]
enum PackCommand {
    /// Write a small pack that works into a new folder: a function, a machine, a scenario, a check and a README. No manifest is written.
    New(NewArguments),
    /// Check a pack without a manifest, as `validate` does with one: every template, for made-up users in each IAM mode.
    #[command(after_help = "Exit code 0 when there is nothing but warnings, 64 otherwise.")]
    Check(CheckArguments),
}

#[derive(Debug, Args)]
struct NewArguments {
    /// The pack's name and folder: 1 to 32 of `a-z 0-9 -`.
    #[arg(value_name = "NAME")]
    name: String,
}

#[derive(Debug, Args)]
struct CheckArguments {
    /// The pack's folder, or a pack as `lab.pack` names it.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: String,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    match &arguments.command {
        PackCommand::New(arguments) => write(context, &arguments.name),
        PackCommand::Check(arguments) => examine(context, &arguments.folder),
    }
}

fn write(context: &Context, name: &str) -> Ended {
    let pack = new(name)?;
    let body = json!({ "folder": pack.folder, "written": pack.written });
    context.show(&context.ops.document("pack-new", true, body), |ui| {
        for path in &pack.written {
            ui.raw(&format!("wrote {}\n", path.display()));
        }
        ui.note(&format!("next: `labctl pack check {name}`; a manifest has it by `pack = \"./{name}\"` in `[lab]`"));
    });
    Ok(Exit::Done)
}

fn examine(context: &Context, folder: &str) -> Ended {
    let checked = check(&context.ops, folder)?;
    let (functions, machines, scenarios) = (checked.functions, checked.machines, checked.scenarios);
    let warnings = checked.warnings.0.len();
    let body = json!({
        "pack": checked.pack,
        "summary": {
            "functions": functions, "machines": machines, "scenarios": scenarios, "resources": checked.resources,
            "mocks": checked.mocks, "warnings": warnings,
        },
        "findings": FindingView::all(&checked.warnings),
    });
    let text = format!("Valid: pack {} ({}), {}.\n", checked.pack, checked.counts(), counted_len(warnings, "warning"));
    context.show(&context.ops.document("pack-check", true, body), |ui| {
        context.ops.warn(&checked.warnings);
        ui.raw(&text);
    });
    Ok(Exit::Done)
}
