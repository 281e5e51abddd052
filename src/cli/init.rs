//! `labctl init [DIR]`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::context::{Context, Ended};
use crate::event::Audience as _;
use crate::ops::Exit;
use crate::ops::init::{InitOptions, init};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder, made when it is missing.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Also copy the built-in packs to `templates/`, to edit them.
    #[arg(long)]
    eject_templates: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = InitOptions { folder: arguments.folder.clone(), eject_templates: arguments.eject_templates };
    let written = init(&options)?;
    context.show(&context.ops.document("init", true, json!({ "written": written })), |ui| {
        for path in &written {
            ui.raw(&format!("wrote {}\n", path.display()));
        }
        ui.note("next: edit the manifest, then `labctl validate` and `labctl rehearse`");
    });
    Ok(Exit::Done)
}
