//! Handlers of the embedded endpoint need the host's python3.

use super::context::Context;
use super::failure::Failure;
use super::session::Session;
use crate::local;
use crate::model::TargetKind;

/// Begins to look for python3 while the session opens, unless the trial runs at AWS. [`require`] has what came of it.
pub(crate) fn look_ahead(context: &Context) {
    if context.settings.target != Some(TargetKind::Aws) {
        std::thread::spawn(|| local::runtime::find_python(None));
    }
}

/// Has the embedded endpoint start what handlers run in, and refuses to start a trial on the embedded endpoint where nothing can run a handler.
///
/// # Errors
/// When there is no python3.
pub(crate) fn require(session: &Session) -> Result<(), Failure> {
    let is_local = session.connections.keys().any(|target| target.kind == TargetKind::Local);
    if is_local && local::runtime::find_python(None).is_none() {
        return Err(Failure::other(
            "no `python3` on the PATH: the local endpoint runs the lab's handlers with it",
            "install Python 3.9 or later, or use an AWS endpoint with `--target aws`",
        ));
    }
    session.warm_handlers();
    Ok(())
}
