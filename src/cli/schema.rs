//! `labctl schema`.

use super::context::Context;
use super::exit::Exit;

pub(super) fn run(context: &Context) -> Exit {
    context.ui.print_json(&crate::manifest::schema());
    Exit::Done
}
