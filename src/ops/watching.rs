//! Whether the manifest, its roster or its pack has been edited.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use super::context::Context;
use crate::{host, manifest};

/// Between two looks; an edit is seen when two agree.
const LOOK: Duration = Duration::from_millis(150);

/// What changes with a file's content: its size, and when it was changed, in seconds and nanoseconds.
type Stamp = (u64, i64, i64);

/// The files as they were at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watched(BTreeMap<PathBuf, Stamp>);

impl Watched {
    /// The files as they are now. What labctl writes itself is none of them.
    pub(crate) fn of(context: &Context) -> Self {
        let out = std::path::absolute(&context.settings.out).unwrap_or_default();
        let mut found = Self(BTreeMap::new());
        for path in manifest::watched(&context.settings.manifest) {
            if let Ok(about) = fs::metadata(&path) {
                found.add(&path, &about, &out);
            }
        }
        found
    }

    fn add(&mut self, path: &Path, about: &Metadata, out: &Path) {
        if !about.is_dir() {
            self.0.insert(path.to_owned(), stamp(about));
        } else if std::path::absolute(path).is_ok_and(|path| path != out) {
            for entry in fs::read_dir(path).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let is_part = !name.to_string_lossy().starts_with('.') && name != "__pycache__";
                // A link's own entry: what it leads to is no part of a pack.
                if let (true, Ok(about)) = (is_part, entry.metadata()) {
                    self.add(&entry.path(), &about, out);
                }
            }
        }
    }

    /// Waits until something is other than it was; false when the user interrupts, or nobody reads any more.
    pub(crate) async fn changed(&self, context: &Context) -> bool {
        let time = host::real_time();
        let mut last = None;
        let mut unwanted = pin!(context.unwanted());
        loop {
            tokio::select! {
                () = &mut unwanted => return false,
                () = time.sleep(LOOK) => {}
            }
            let now = Self::of(context);
            // Editors write in several steps.
            if now != *self && last.as_ref() == Some(&now) {
                return true;
            }
            last = Some(now);
        }
    }
}

#[cfg(unix)]
fn stamp(about: &Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt as _;
    (about.len(), about.mtime(), about.mtime_nsec())
}

#[cfg(not(unix))]
fn stamp(about: &Metadata) -> Stamp {
    (about.len(), 0, 0)
}
