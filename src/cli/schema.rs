//! `labctl schema`.

use super::context::Context;
use super::exit::Exit;
use super::run::Ended;

pub(super) fn run(context: &Context) -> Ended {
    context.ui.print_json(&crate::manifest::schema());
    Ok(Exit::Done)
}
