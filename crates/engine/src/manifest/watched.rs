use std::path::{Path, PathBuf};

use super::load::parse;
use crate::source::Node;

/// What a manifest is read from, whatever is wrong with it: itself, its roster, and where its pack may be. What is named may not be there.
pub fn watched(manifest: &Path) -> Vec<PathBuf> {
    let base = manifest.parent().unwrap_or_else(|| Path::new(""));
    let root = match parse(manifest) {
        Ok(document) => Some(document.root),
        Err((_, recovered)) => recovered.map(|document| document.root),
    };
    let named = |table: &str, key: &str| root.as_ref()?.get(table)?.get(key).and_then(Node::text).map(str::to_owned);
    let roster = named("roster", "file").map(|file| base.join(file));
    let pack = named("lab", "pack").into_iter().flat_map(|pack| {
        let pack = pack.trim_start_matches("./");
        [base.join("templates").join(pack), base.join(pack)]
    });
    [manifest.to_owned()].into_iter().chain(roster).chain(pack).collect()
}
