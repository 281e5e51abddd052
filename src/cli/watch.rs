//! `--watch`: a command again at every edit of the manifest, the roster or the pack.

use super::context::{Context, Ended};
use crate::event::Audience as _;
use crate::ops::watching::Watched;
use crate::ops::{Exit, Failure};

/// Does the work at once and after every edit, until the user interrupts. What it fails with is shown, and waited on.
pub(super) async fn watch(context: &Context, work: impl AsyncFn() -> Ended) -> Ended {
    if context.json {
        return Err(Failure::usage(
            "`--watch` works until it is interrupted, and `--json` is one document at the end",
            "leave one of the two out",
        ));
    }
    loop {
        let watched = Watched::of(&context.ops);
        context.ops.begin_again();
        match work().await {
            Ok(Exit::Interrupted) | Err(Failure::Interrupted) => return Ok(Exit::Interrupted),
            Ok(_) => {}
            Err(failure) => context.show_failure(&failure),
        }
        context.ui.note("waiting for an edit of the manifest, the roster or the pack; Ctrl-C ends");
        if !watched.changed(&context.ops).await {
            return Ok(Exit::Interrupted);
        }
    }
}
