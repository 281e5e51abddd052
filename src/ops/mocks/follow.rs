//! Reads a pack's mocks again when their files are saved, for an endpoint that goes on.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::future::pending;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::context::Context;
use super::book::book;
use crate::local::Mocks;
use crate::manifest;
use crate::model::{Lab, PackOrigin};

/// How long an edit stays unseen at most.
const GLANCE: Duration = Duration::from_millis(500);

/// Puts what the files say in place of the mocks, whenever one of them has changed. A pack with mistakes changes nothing, and that is told.
pub(crate) async fn follow(context: &Context, lab: Option<&Lab>, mocks: &Mocks) -> Infallible {
    let Some(PackOrigin::Folder(folder)) = lab.map(|lab| &lab.pack.origin) else { return pending().await };
    let mut seen = stamps(folder);
    loop {
        tokio::time::sleep(GLANCE).await;
        let now = stamps(folder);
        if now == seen {
            continue;
        }
        seen = now;
        match manifest::load(&context.settings.manifest, &context.settings.overrides()) {
            Ok((lab, _)) => mocks.replace(book(&lab.pack)),
            Err(findings) => {
                let first = findings.0.first().map(|finding| finding.message.clone()).unwrap_or_default();
                context.audience.note(&format!("mocks stay as they were: {first}; `labctl validate` tells where"));
            }
        }
    }
}

/// Sizes and times of the files that hold mocks.
fn stamps(folder: &Path) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    let scenarios = fs::read_dir(folder.join("scenarios")).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = scenarios.chain([folder.join("mocks.yaml")]);
    let stamp = |path: PathBuf| {
        let found = fs::metadata(&path).ok()?;
        Some((path, (found.len(), found.mtime(), found.mtime_nsec())))
    };
    files.filter_map(stamp).collect()
}
