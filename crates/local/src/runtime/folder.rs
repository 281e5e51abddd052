//! A folder of this process under the system's temporary folder, gone with it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;
use rustix::process::geteuid;
use tempfile::TempDir;

const PREFIX: &str = "labctl-handlers-";
/// A folder that was swept before it was held is made again so often.
const ATTEMPTS: usize = 16;
/// What a killed process started may write for a moment longer, so a removal is tried so often.
const REMOVALS: usize = 4;

/// The folder; removed when dropped, and by the next process where this one is killed.
pub(super) struct Folder {
    folder: TempDir,
    /// Held for as long as the process lives; the system lets it go when the process is killed.
    _held: Option<File>,
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
        for _ in 0..ATTEMPTS {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place)?;
            match hold(folder.path()) {
                Ok(held) => return Ok(Self { folder, _held: Some(held) }),
                // Between its making and its holding it looked like one that was left.
                Err(Errno::AGAIN | Errno::NOENT) => {}
                // A file system without locks for folders (NFS): nobody can take it for one that was left.
                Err(_) => return Ok(Self { folder, _held: None }),
            }
        }
        Err(io::Error::new(io::ErrorKind::ResourceBusy, "every new folder was removed at once"))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The lock of a folder that is still there once it is held.
fn hold(folder: &Path) -> Result<File, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let held = File::from(rustix::fs::open(folder, flags, Mode::empty())?);
    flock(&held, FlockOperation::NonBlockingLockExclusive)?;
    let (ours, there) = (rustix::fs::fstat(&held)?, rustix::fs::lstat(folder)?);
    if (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino) { Ok(held) } else { Err(Errno::NOENT) }
}

/// Removes this user's folders whose processes are gone. One that cannot be removed is left for the next time.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) || !is_ours(&entry) {
            continue;
        }
        if let Ok(_held) = hold(&entry.path()) {
            let _ = (0..REMOVALS).try_for_each(|_| match fs::remove_dir_all(entry.path()) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
                done => Err(done),
            });
        }
    }
}

/// Of the entry itself: a link leads nowhere.
fn is_ours(entry: &fs::DirEntry) -> bool {
    entry.metadata().is_ok_and(|about| about.is_dir() && about.uid() == geteuid().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_process_left_is_swept() {
        let place = tempfile::tempdir().unwrap();
        let held = Folder::new_in(place.path()).unwrap();
        let name = |name: &str| place.path().join(name);
        // Killed at once, and killed at work.
        let (empty, full) = (name("labctl-handlers-empty"), name("labctl-handlers-full"));
        for folder in [&empty, &full, &name("labctl-other"), &name("other")] {
            fs::create_dir(folder).unwrap();
        }
        fs::create_dir(full.join("function")).unwrap();
        File::create(full.join("function/index.py")).unwrap();
        File::create(name("labctl-handlers-file")).unwrap();
        std::os::unix::fs::symlink(name("other"), name("labctl-handlers-link")).unwrap();
        let second = Folder::new_in(place.path()).unwrap();
        assert!(!empty.exists() && !full.exists() && held.path().exists());
        drop(second);
        drop(held);
        let mut rest: Vec<_> = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        rest.sort();
        assert_eq!(rest, ["labctl-handlers-file", "labctl-handlers-link", "labctl-other", "other"]);
    }

    #[test]
    fn many_that_begin_at_once_all_have_one() {
        let place = tempfile::tempdir().unwrap();
        let folders: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| Folder::new_in(place.path()).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(folders.iter().all(|folder| folder.path().is_dir()));
        drop(folders);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }
}
