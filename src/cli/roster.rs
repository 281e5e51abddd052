//! `labctl roster import FILE`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::context::{Context, Ended};
use crate::event::Audience as _;
use crate::manifest::Platform;
use crate::ops::Exit;
use crate::ops::roster::{ImportOptions, import};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: RosterCommand,
}

#[derive(Debug, Subcommand)]
enum RosterCommand {
    /// Make `students.csv` of an export of Canvas, Moodle or Blackboard, and say what was passed over.
    ///
    /// Names are the part of the login before `@`, in lower case, with dashes for other characters. The file may be separated by commas,
    /// semicolons or tabs, and be UTF-8 or UTF-16. The export is read only.
    #[command(
        after_help = "Examples:\n  labctl roster import grades.csv\n  labctl roster import gc_lab6.xls --platform blackboard -o class/students.csv\n\
Then, in the manifest:  [roster]  file = \"students.csv\""
    )]
    Import(ImportArguments),
}

#[derive(Debug, Args)]
struct ImportArguments {
    /// The export.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The roster to write.
    #[arg(short, long, value_name = "FILE", default_value = "students.csv")]
    output: PathBuf,
    /// Whose export it is, where its columns do not tell.
    #[arg(long, value_enum)]
    platform: Option<PlatformArgument>,
    /// Replace a roster that is there.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PlatformArgument {
    /// The gradebook of Canvas.
    Canvas,
    /// Grades or participants of Moodle.
    Moodle,
    /// The grade center of Blackboard.
    Blackboard,
}

impl PlatformArgument {
    fn platform(self) -> Platform {
        match self {
            Self::Canvas => Platform::Canvas,
            Self::Moodle => Platform::Moodle,
            Self::Blackboard => Platform::Blackboard,
        }
    }
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let RosterCommand::Import(arguments) = &arguments.command;
    let options = ImportOptions {
        file: arguments.file.clone(),
        output: arguments.output.clone(),
        platform: arguments.platform.map(PlatformArgument::platform),
        force: arguments.force,
    };
    let imported = import(&options)?;
    let skipped: Vec<Value> =
        imported.skipped.iter().map(|skipped| json!({ "row": skipped.row, "reason": skipped.reason })).collect();
    let body = json!({
        "file": options.output,
        "platform": imported.platform.to_string().to_lowercase(),
        "written": imported.users.len(),
        "skipped": skipped,
    });
    context.show(&context.ops.document("roster-import", true, body), |ui| {
        for skipped in &imported.skipped {
            ui.note(&format!("line {} passed over: {}", skipped.row, skipped.reason));
        }
        let users = crate::ui::counted_len(imported.users.len(), "user");
        let file = options.output.display();
        ui.raw(&format!("Wrote {users} to `{file}` ({} export).\n", imported.platform));
        ui.note(&format!("next: `[roster]` with `file = \"{file}\"` in the manifest, then `labctl validate`"));
    });
    Ok(Exit::Done)
}
