//! Whether a server runs on the local endpoint's store, and what that holds.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::context::Context;
use super::super::endpoint;
use crate::local;

/// A store and its server.
#[derive(Clone, Debug)]
pub(crate) struct LocalStatus {
    /// The store's folder.
    pub(crate) store: PathBuf,
    /// What it takes on disk.
    pub(crate) bytes: u64,
    /// The server's URL and process, where one runs.
    pub(crate) server: Option<(String, u32)>,
}

/// Looks at the store.
pub(crate) fn status(context: &Context) -> LocalStatus {
    let store = endpoint::store(&context.settings);
    let running = local::find_running(&store);
    context.target_report.local(running.as_ref().map(|running| running.url.clone()), None, None);
    LocalStatus { bytes: size(&store), server: running.map(|running| (running.url, running.pid)), store }
}

fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
