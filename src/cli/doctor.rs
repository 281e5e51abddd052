//! `labctl doctor`.

use clap::Args;

use super::context::{Context, Ended};
use crate::ops::doctor::doctor;

#[derive(Debug, Args)]
#[command(after_help = "Exit code 0 when nothing would stop the class, else that of the first thing that would.")]
pub(super) struct Arguments {}

pub(super) async fn run(context: &Context, _: &Arguments) -> Ended {
    Ok(context.finish(&doctor(&context.ops).await, |ui, document| ui.doctor(&document.body)))
}
