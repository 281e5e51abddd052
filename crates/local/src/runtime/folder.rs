//! A folder of this process under the system's temporary folder, gone with it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::process::geteuid;
use tempfile::TempDir;

use crate::open;

const PREFIX: &str = "labctl-";
/// Held for as long as the process lives; the system lets it go when the process is killed.
const LOCK: &str = "lock";

/// The folder; removed when dropped, and by the next process where this one is killed.
pub(super) struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// Makes a folder, after those that killed processes left were removed.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(super) fn new() -> io::Result<Self> {
        Self::new_in(&std::env::temp_dir())
    }

    fn new_in(place: &Path) -> io::Result<Self> {
        sweep(place);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place)?;
        // It takes its name only when it is held, so that nobody finds it free.
        let lock = tempfile::NamedTempFile::new_in(folder.path())?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        let lock = lock.persist(folder.path().join(LOCK)).map_err(|error| error.error)?;
        Ok(Self { folder, _lock: lock })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes this user's folders whose processes are gone. One that cannot be removed is left for the next time.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_left(&entry) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_left(entry: &fs::DirEntry) -> bool {
    // Of the entry itself: a link leads nowhere.
    let Ok(about) = entry.metadata() else { return false };
    if !about.is_dir() || about.uid() != geteuid().as_raw() {
        return false;
    }
    let Ok(lock) = open::open(&entry.path().join(LOCK)) else { return false };
    flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_process_left_is_swept() {
        let place = tempfile::tempdir().unwrap();
        let held = Folder::new_in(place.path()).unwrap();
        let left = place.path().join("labctl-left");
        let (bare, others) = (place.path().join("labctl-bare"), place.path().join("other"));
        for folder in [&left, &bare, &others] {
            fs::create_dir(folder).unwrap();
        }
        for folder in [&left, &others] {
            File::create(folder.join(LOCK)).unwrap();
        }
        std::os::unix::fs::symlink(&others, place.path().join("labctl-link")).unwrap();
        let second = Folder::new_in(place.path()).unwrap();
        assert!(!left.exists() && bare.exists() && others.join(LOCK).exists() && held.path().exists());
        drop(second);
        drop(held);
        let mut rest: Vec<_> = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        rest.sort();
        assert_eq!(rest, ["labctl-bare", "labctl-link", "other"]);
    }
}
