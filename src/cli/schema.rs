//! `labctl schema`.

use clap::Args;
use serde_json::json;

use super::context::Context;
use crate::manifest;
use crate::ops::Exit;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// That of `pack.toml` instead.
    #[arg(long)]
    pack: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Exit {
    let schema = if arguments.pack { manifest::pack_schema() } else { manifest::schema() };
    context.show(&context.ops.document("schema", true, json!({ "json_schema": schema })), |ui| ui.print_json(&schema));
    Exit::Done
}
