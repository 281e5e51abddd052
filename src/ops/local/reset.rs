//! Everything that the local endpoint holds, deleted.

use std::fs;
use std::path::PathBuf;

use super::super::context::Context;
use super::super::endpoint;
use super::super::failure::Failure;
use crate::local;

/// What became of a store.
#[derive(Clone, Debug)]
pub(crate) struct Reset {
    /// Its folder.
    pub(crate) store: PathBuf,
    /// Whether there was one.
    pub(crate) deleted: bool,
}

/// Deletes the store. One in use is never deleted under its owner, and nothing but a store is ever deleted.
///
/// # Errors
/// A store in use, or a folder with other things in it.
pub(crate) async fn reset(context: &Context) -> Result<Reset, Failure> {
    context.target_report.local(None, None, None);
    let store = endpoint::store(&context.settings);
    let strange = fs::read_dir(&store).ok().and_then(|entries| {
        entries
            .flatten()
            .map(|entry| entry.file_name())
            .find(|name| !local::STORE_FILES.iter().any(|known| name == known))
    });
    if let Some(name) = strange {
        return Err(Failure::other(
            format!("`{}` holds `{}`, which is not the local endpoint's", store.display(), name.display()),
            "move it away, then run the same command again; nothing was deleted",
        ));
    }
    let deleted = local::remove_store(&store).await?;
    Ok(Reset { store, deleted })
}
