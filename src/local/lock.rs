//! A store belongs to one process at a time. While a server runs on it, a file beside it says where and with which keys.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::keys::Credentials;

const LOCK: &str = "endpoint.lock";
const ADDRESS: &str = "endpoint.json";

/// A server that runs on a store. Its debug form hides the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// The key pair that it accepts.
    pub access_key_id: String,
    /// The key pair that it accepts.
    pub secret_access_key: String,
    /// Its process.
    pub pid: u32,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Running").field("url", &self.url).field("pid", &self.pid).finish_non_exhaustive()
    }
}

/// The server that runs on a store, if one does. A file left by a server that is gone does not count.
pub fn find_running(store: &Path) -> Option<Running> {
    let lock = File::open(store.join(LOCK)).ok()?;
    if flock(&lock, FlockOperation::NonBlockingLockShared).is_ok() {
        return None;
    }
    let text = std::fs::read(store.join(ADDRESS)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Why a store is not ours.
#[derive(Debug)]
pub(super) enum LockError {
    /// Another process has it.
    Held(Option<u32>),
    /// The lock file cannot be made.
    File(std::io::Error),
}

/// The hold on a store; let go when dropped, and by the system when the process dies.
pub(super) struct Hold {
    folder: PathBuf,
    _lock: File,
}

impl Hold {
    /// Takes a store.
    pub(super) fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join(LOCK);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(LockError::File)?;
        // Somebody who only looks whether a server runs holds the lock for a moment.
        let mut tries = 0;
        while flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            tries += 1;
            if tries == 20 {
                let mut pid = String::new();
                let _ = lock.read_to_string(&mut pid);
                return Err(LockError::Held(pid.trim().parse().ok()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let write = |lock: &mut File| {
            lock.set_len(0)?;
            lock.seek(SeekFrom::Start(0))?;
            write!(lock, "{}", std::process::id())
        };
        write(&mut lock).map_err(LockError::File)?;
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// Says where the server is and which keys it takes, to this user alone.
    pub(super) fn announce(&self, url: &str, credentials: &Credentials) -> std::io::Result<()> {
        let running = Running {
            url: url.to_owned(),
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.clone(),
            pid: std::process::id(),
        };
        // A temporary file is made with mode 0600, and keeps it when it takes its name.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        serde_json::to_writer(&mut file, &running)?;
        file.persist(self.folder.join(ADDRESS)).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // It is only a hint; a stale one does not count without the lock.
        let _ = std::fs::remove_file(self.folder.join(ADDRESS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_held_once_and_its_server_is_found_while_it_runs() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find_running(folder.path()), None);
        let hold = Hold::take(folder.path()).unwrap();
        let credentials = Credentials { access_key_id: "AKIA".to_owned(), secret_access_key: "secret".to_owned() };
        hold.announce("http://127.0.0.1:1", &credentials).unwrap();
        let found = find_running(folder.path()).unwrap();
        assert_eq!((found.url.as_str(), found.pid), ("http://127.0.0.1:1", std::process::id()));
        assert!(matches!(Hold::take(folder.path()), Err(LockError::Held(Some(pid))) if pid == std::process::id()));
        let mode = {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::metadata(folder.path().join(ADDRESS)).unwrap().permissions().mode()
        };
        assert_eq!(mode & 0o777, 0o600);
        drop(hold);
        assert_eq!(find_running(folder.path()), None);
        assert!(Hold::take(folder.path()).is_ok());
    }

    #[test]
    fn a_file_that_a_dead_server_left_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let hold = Hold::take(folder.path()).unwrap();
        let credentials = Credentials { access_key_id: "A".to_owned(), secret_access_key: "s".to_owned() };
        hold.announce("http://127.0.0.1:1", &credentials).unwrap();
        let left = std::fs::read(folder.path().join(ADDRESS)).unwrap();
        drop(hold);
        std::io::Write::write_all(&mut File::create(folder.path().join(ADDRESS)).unwrap(), &left).unwrap();
        assert_eq!(find_running(folder.path()), None);
    }
}
