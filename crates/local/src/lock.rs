//! A store belongs to one process at a time. While a server that others may use runs on it, a file beside it says where
//! and with which keys; an endpoint inside a command holds the store too, but says nothing, and others wait for its end.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::clock::TimeMode;
use super::config::Config;
use super::console;
use super::keys::Credentials;
use super::open;
use super::quota::Quotas;
use super::store::files::{ADDRESS, LOCK};

/// What neither of them exceeds.
const LARGEST: u64 = 64 << 10;
/// Between two looks at a store that another process holds.
const PAUSE: Duration = Duration::from_millis(25);

/// A server that runs on a store, and how it was started. Its debug form hides the secret.
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
    /// How fast its time goes, as `--time` has it: `real`, `jump`, `10x`.
    #[serde(default)]
    pub time: String,
    /// Whether its time jumps from timer to timer.
    #[serde(default)]
    pub jumps: bool,
    /// Whether it throttles requests.
    #[serde(default)]
    pub quotas: bool,
    /// Whether it makes faults on purpose.
    #[serde(default)]
    pub faults: bool,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Running").field("url", &self.url).field("pid", &self.pid).finish_non_exhaustive()
    }
}

impl Running {
    /// The address that opens its console once, in a browser of this machine: for everything, or for what has names that begin with
    /// `prefix`. Each call makes another one.
    pub fn console_address(&self, prefix: Option<&str>) -> String {
        console::address(&self.url, &self.secret_access_key, prefix)
    }
}

/// The server that runs on a store and offers itself to others, if one does. A file left by a server that is gone does
/// not count, and an endpoint inside a command is not found.
pub fn find_running(store: &Path) -> Option<Running> {
    let mut lock = open::open(&store.join(LOCK)).ok()?;
    if flock(&lock, FlockOperation::NonBlockingLockShared).is_ok() {
        return None;
    }
    let text = open::read(&store.join(ADDRESS), LARGEST).ok()?;
    let running: Running = serde_json::from_slice(&text).ok()?;
    (read_pid(&mut lock) == Some(running.pid)).then_some(running)
}

fn read_pid(lock: &mut File) -> Option<u32> {
    let mut pid = String::new();
    lock.take(LARGEST).read_to_string(&mut pid).ok()?;
    pid.trim().parse().ok()
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
    /// Takes a store, waiting for as long as `patience` for an endpoint inside another command to end. There is no
    /// waiting for a server that offers itself: it stays.
    ///
    /// # Errors
    /// When another process keeps the store, or the lock file cannot be made.
    pub(super) async fn take(folder: &Path, patience: Duration) -> Result<Self, LockError> {
        let path = folder.join(LOCK);
        let mut lock = open::open_to_change(&path).map_err(LockError::File)?;
        // Somebody who only looks whether a server runs holds the lock for a moment.
        let patience = tokio::time::Instant::now() + patience.max(PAUSE * 8);
        while flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            if tokio::time::Instant::now() >= patience || find_running(folder).is_some() {
                return Err(LockError::Held(read_pid(&mut lock)));
            }
            tokio::time::sleep(PAUSE).await;
        }
        let write = |lock: &mut File| {
            // A server that died left it.
            match std::fs::remove_file(folder.join(ADDRESS)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            lock.set_len(0)?;
            lock.seek(SeekFrom::Start(0))?;
            write!(lock, "{}", std::process::id())
        };
        write(&mut lock).map_err(LockError::File)?;
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// Says where the server is, which keys it takes and how it was started, to this user alone.
    pub(super) fn announce(&self, url: &str, credentials: &Credentials, config: &Config) -> std::io::Result<()> {
        let running = Running {
            url: url.to_owned(),
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.clone(),
            pid: std::process::id(),
            time: config.time.to_string(),
            jumps: config.time == TimeMode::Jump,
            quotas: config.quotas != Quotas::none(),
            faults: config.faults.are_active(),
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

    fn announce(hold: &Hold) {
        let credentials = Credentials { access_key_id: "AKIA".to_owned(), secret_access_key: "secret".to_owned() };
        let config = Config { time: TimeMode::Scaled(10.0), quotas: Quotas::aws(), ..Config::default() };
        hold.announce("http://127.0.0.1:1", &credentials, &config).unwrap();
    }

    async fn take(folder: &Path) -> Result<Hold, LockError> {
        Hold::take(folder, Duration::ZERO).await
    }

    #[tokio::test]
    async fn a_store_is_held_once_and_its_server_is_found_while_it_runs() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find_running(folder.path()), None);
        let hold = take(folder.path()).await.unwrap();
        let ours = |result| matches!(result, Err(LockError::Held(Some(pid))) if pid == std::process::id());
        assert!(find_running(folder.path()).is_none() && ours(take(folder.path()).await), "held, but not announced");
        announce(&hold);
        let found = find_running(folder.path()).unwrap();
        assert_eq!((found.url.as_str(), found.pid), ("http://127.0.0.1:1", std::process::id()));
        assert_eq!((found.time.as_str(), found.jumps, found.quotas, found.faults), ("10x", false, true, false));
        // Nobody waits for a server: with an hour's patience this test would not end.
        assert!(ours(Hold::take(folder.path(), Duration::from_hours(1)).await));
        let mode = {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::metadata(folder.path().join(ADDRESS)).unwrap().permissions().mode()
        };
        assert_eq!(mode & 0o777, 0o600);
        drop(hold);
        assert_eq!(find_running(folder.path()), None);
        assert!(take(folder.path()).await.is_ok());
    }

    #[tokio::test]
    async fn a_file_that_a_dead_server_left_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let hold = take(folder.path()).await.unwrap();
        announce(&hold);
        let left = std::fs::read(folder.path().join(ADDRESS)).unwrap();
        drop(hold);
        std::io::Write::write_all(&mut File::create(folder.path().join(ADDRESS)).unwrap(), &left).unwrap();
        assert_eq!(find_running(folder.path()), None);
        let _hold = take(folder.path()).await.unwrap();
        assert_eq!(find_running(folder.path()), None, "the new holder announces nothing");
    }

    #[tokio::test]
    async fn who_wants_a_held_store_gets_it_when_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let hold = take(folder.path()).await.unwrap();
        let path = folder.path().to_owned();
        let waiting = tokio::spawn(async move { Hold::take(&path, Duration::from_hours(1)).await.is_ok() });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(hold);
        assert!(waiting.await.unwrap());
    }
}
