//! `labctl validate`.

use clap::Args;
use serde_json::json;

use super::context::{Context, Ended};
use super::watch::watch;
use crate::ops::Exit;
use crate::ops::validate::{Validated, validate};
use crate::ui::counted_len;
use crate::ui::view::FindingView;

#[derive(Debug, Args)]
#[command(after_help = "Exit code 0 when there is nothing but warnings, 64 otherwise.")]
pub(super) struct Arguments {
    /// Check again at every edit of the manifest, the roster or the pack, until it is interrupted.
    #[arg(long)]
    pub(super) watch: bool,
}

pub(super) async fn watched(context: &Context) -> Ended {
    watch(context, async || run(context)).await
}

pub(super) fn run(context: &Context) -> Ended {
    let validated = validate(&context.ops)?;
    let counts = validated.counts();
    let Validated { users, pack, functions, machines, scenarios, resources, mocks, warnings } = validated;
    let body = json!({
        "summary": {
            "users": users, "functions": functions, "machines": machines, "scenarios": scenarios, "resources": resources,
            "mocks": mocks, "warnings": warnings.0.len(),
        },
        "findings": FindingView::all(&warnings),
    });
    let text = format!(
        "Valid: {}, pack {pack} ({counts}), {}.\n",
        counted_len(users, "user"),
        counted_len(warnings.0.len(), "warning"),
    );
    context.show(&context.ops.document("validate", true, body), |ui| {
        context.ops.warn(&warnings);
        ui.raw(&text);
    });
    Ok(Exit::Done)
}
