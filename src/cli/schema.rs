//! `labctl schema`.

use serde_json::json;

use super::context::Context;
use super::exit::Exit;

pub(super) fn run(context: &Context) -> Exit {
    let schema = crate::manifest::schema();
    context.show(&context.document("schema", true, json!({ "json_schema": schema })), |ui| ui.print_json(&schema));
    Exit::Done
}
