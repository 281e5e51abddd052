//! `labctl explain`.

use clap::Args;

use super::context::{Context, Ended};
use crate::ops::Exit;
use crate::ops::explain::explain;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A finding's code, such as `manifest::unknown-key`, `asl::missing-next` or `missing-next`, or AWS's own; without one all are
    /// listed.
    code: Option<String>,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let document = context.ops.document("explain", true, explain(arguments.code.as_deref())?);
    context.show(&document, |ui| ui.explain(&document.body));
    Ok(Exit::Done)
}
