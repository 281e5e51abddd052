//! `labctl render`.

use clap::Args;
use serde_json::json;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::event::Audience as _;
use crate::ops::Exit;
use crate::ops::render::{RenderOptions, render};
use crate::ui::counted_len;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let result = render(&context.ops, &RenderOptions { selection: arguments.users.selection() })?;
    let out = &context.ops.settings.out;
    let body = json!({
        "out": out,
        "users": result.users,
        "summary": { "written": result.written, "unchanged": result.unchanged, "removed": result.removed },
    });
    context.show(&context.ops.document("render", true, body), |ui| {
        ui.raw(&format!(
            "Render complete: {} written, {} unchanged, {} removed ({}) under {}.\n",
            result.written,
            result.unchanged,
            result.removed,
            counted_len(result.users.len(), "user"),
            out.display(),
        ));
        if result.lacks_account {
            ui.note("ARNs carry account 000000000000: the manifest's `target.account_id` names none, and render asks nobody");
        }
    });
    Ok(Exit::Done)
}
