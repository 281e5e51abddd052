//! `labctl schema`.

use serde_json::json;

use super::context::Context;
use crate::manifest;
use crate::ops::Exit;

pub(super) fn run(context: &Context) -> Exit {
    let schema = manifest::schema();
    context.show(&context.ops.document("schema", true, json!({ "json_schema": schema })), |ui| ui.print_json(&schema));
    Exit::Done
}
