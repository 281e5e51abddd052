//! The endpoint as a whole: started, asked where it is, stopped.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::clock::Clock;
use super::config::Config;
use super::console::Console;
use super::fault::Injector;
use super::keys::{Credentials, KeyRing};
use super::lock::{Hold, LockError};
use super::quota::Limiter;
use super::service::lambda::open_packages;
use super::services::{Ground, Services};
use super::store::{Store, StoreError};
use super::wire::{Bodies, OWN, SHOWN, Server, listen, serve};

/// An endpoint could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there.
    #[error("port `{port}` on 127.0.0.1 is in use by another program")]
    PortInUse {
        /// The port asked for.
        port: u16,
    },
    /// The port cannot be listened on for another reason.
    #[error("cannot listen on port `{port}` of 127.0.0.1: {}", cause(source))]
    Listen {
        /// The port asked for.
        port: u16,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Another process has the store.
    #[error("the store `{}` is in use by {}", path.display(), holder(*pid))]
    StoreHeld {
        /// The store's folder.
        path: PathBuf,
        /// The process, when it says who it is.
        pid: Option<u32>,
    },
    /// The store's folder cannot be made or written to.
    #[error("cannot use the store `{}`: {}", path.display(), cause(source))]
    StoreFolder {
        /// The store's folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The store's database cannot be opened or read.
    #[error("{source}")]
    Store {
        /// The cause, with the file.
        #[from]
        source: StoreError,
    },
    /// A setting that cannot be.
    #[error("{0}")]
    Setting(String),
}

impl StartError {
    /// What to do about it, where that hangs on the cause alone.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Store { source } => Some(advice(source)),
            _ => None,
        }
    }
}

/// What the operating system said, without its number.
fn cause(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error ").next().unwrap_or(&text).to_lowercase()
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

/// What to do about a database that cannot be used.
fn advice(error: &StoreError) -> &'static str {
    use rusqlite::ErrorCode;
    let StoreError::Database { source, .. } = error else {
        return "run `labctl local reset` to begin anew, or use another `--out`";
    };
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "the file is no database of the endpoint, or is damaged: `labctl local reset` begins anew; or move it away, or choose another store"
        }
        Some(ErrorCode::DiskFull) => "the disk is full: free some space",
        Some(ErrorCode::SystemIoFailure) => "free some space if the disk is full, or choose another store",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "choose a folder that can be written to"
        }
        _ => "try again, or choose another store",
    }
}

/// A running endpoint. Stop it with [`Endpoint::stop`]; dropping it ends it without settling what is in flight.
pub struct Endpoint {
    url: String,
    server: Arc<Server>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    time: JoinHandle<()>,
    hold: Option<Hold>,
    folder: PathBuf,
    /// Goes with the endpoint when there is no store.
    _temporary: Option<tempfile::TempDir>,
}

/// How long requests at work may take to finish when the endpoint stops.
const GRACE: Duration = Duration::from_secs(1);

/// How long to wait for another command to let go of the store.
const PATIENCE: Duration = Duration::from_secs(30);

impl Endpoint {
    /// Starts an endpoint on loopback. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the port is taken, or the store is kept by another process for 30 seconds (by a server: at all), cannot be written to, or is no store. A
    /// missing python3 is no error here: it shows when the first function runs.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        check(&config)?;
        hide_own_memory();
        // First, so that a port in use leaves no store behind.
        let listener = listen(config.port).await.map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => StartError::PortInUse { port: config.port },
            _ => StartError::Listen { port: config.port, source },
        })?;
        let (hold, temporary, folder) = place(config.store.as_deref()).await?;
        let store = Store::open(config.store.as_deref())?;
        let clock = Clock::new(config.time, last_shown(&store)?);
        let port = listener.local_addr().map_err(|source| StartError::Listen { port: config.port, source })?.port();
        let url = format!("http://127.0.0.1:{port}");
        let endpoint_url = Arc::new(OnceLock::from(url.clone()));
        let keys = Arc::new(KeyRing::new());
        let ground = Ground {
            config: &config,
            clock: clock.clone(),
            store: store.clone(),
            keys: Arc::clone(&keys),
            endpoint_url,
            folder: &folder,
        };
        let services = Arc::new(Services::new(ground)?);
        let secret = &keys.root().secret_access_key;
        let console =
            Arc::new(Console::new(&config, &url, secret, Arc::clone(&services), store.clone(), clock.clone()));
        if let Some(hold) = hold.as_ref().filter(|_| config.announce) {
            hold.announce(&url, keys.root(), &config)
                .map_err(|source| StartError::StoreFolder { path: folder.clone(), source })?;
        }
        let server = Arc::new(Server {
            clock: clock.clone(),
            store,
            keys,
            limiter: Limiter::new(config.quotas),
            injector: Injector::new(config.faults),
            services,
            console,
            port,
            bodies: Bodies::new(),
        });
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, Arc::clone(&server), stopped));
        let time = tokio::spawn(clock.drive());
        Ok(Self { url, server, stop: Some(stop), serving, time, hold, folder, _temporary: temporary })
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its time, for who shares the process with it and waits for it.
    pub fn clock(&self) -> &Clock {
        &self.server.clock
    }

    /// The key pair that it accepts, made when it was started.
    pub fn credentials(&self) -> Credentials {
        self.server.keys.root().clone()
    }

    /// The console's address, with a token that opens it once.
    pub fn console_url(&self) -> &str {
        self.server.console.url()
    }

    /// IAM, for tests that need a role's keys.
    #[cfg(test)]
    pub(crate) fn authority(&self) -> &dyn super::service::Authority {
        self.server.services.authority.as_ref()
    }

    /// Starts python3 now, which the first handler would otherwise wait for. Needs a tokio runtime.
    pub fn warm_handlers(&self) {
        self.server.services.warm_handlers();
    }

    /// Stops answering, ends what runs, and writes what is left to write.
    pub async fn stop(mut self) {
        self.server.console.end();
        // What waits for the disk is written while workers end.
        tokio::join!(self.server.services.shutdown(), self.server.store.flush());
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if tokio::time::timeout(GRACE, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
        self.settle();
        self.server.store.flush().await;
        self.server.store.close();
    }

    /// Leaves a note of the time shown, so that time does not go back for the next endpoint on this store.
    fn settle(&self) {
        self.server.store.put(OWN, SHOWN, Value::from(self.server.clock.now_ms()));
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.serving.abort();
        self.time.abort();
        open_packages(&self.folder);
        // Last: from now on the store is another's.
        self.hold.take();
    }
}

/// Deletes a store, with the packages that an endpoint that died left read-only. Says whether there was one.
///
/// # Errors
/// When another process uses it, or it cannot be deleted.
pub async fn remove_store(store: &Path) -> Result<bool, StartError> {
    let failed = |source| StartError::StoreFolder { path: store.to_owned(), source };
    if !store.try_exists().map_err(failed)? {
        return Ok(false);
    }
    let _hold = Hold::take(store, Duration::ZERO).await.map_err(|error| held(store, error))?;
    open_packages(store);
    std::fs::remove_dir_all(store).map_err(failed)?;
    Ok(true)
}

fn held(store: &Path, error: LockError) -> StartError {
    match error {
        LockError::Held(pid) => StartError::StoreHeld { path: store.to_owned(), pid },
        LockError::File(source) => StartError::StoreFolder { path: store.to_owned(), source },
    }
}

/// Closes this process's environment and memory to the user's other processes, of which handlers are some: the caller's
/// credentials for AWS may be in them (Linux).
pub(crate) fn hide_own_memory() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // What cannot be closed stays as it is everywhere else.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

fn check(config: &Config) -> Result<(), StartError> {
    let account = config.account.as_str();
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(StartError::Setting(format!("account `{account}` is not of twelve digits")));
    }
    config.faults.check().map_err(StartError::Setting)
}

/// Takes the store's folder, or makes a temporary one.
async fn place(store: Option<&Path>) -> Result<(Option<Hold>, Option<tempfile::TempDir>, PathBuf), StartError> {
    let Some(path) = store else {
        let made = tempfile::tempdir();
        let temporary =
            made.map_err(|source| StartError::StoreFolder { path: PathBuf::from("a temporary folder"), source })?;
        let folder = temporary.path().to_owned();
        return Ok((None, Some(temporary), folder));
    };
    std::fs::create_dir_all(path).map_err(|source| StartError::StoreFolder { path: path.to_owned(), source })?;
    let hold = Hold::take(path, PATIENCE).await.map_err(|error| held(path, error))?;
    Ok((Some(hold), None, path.to_owned()))
}

/// The time that the last endpoint on this store showed when it stopped.
fn last_shown(store: &Store) -> Result<i64, StoreError> {
    let own = store.load::<i64>(OWN)?;
    Ok(own.iter().find(|(key, _)| key == SHOWN).map(|(_, shown)| *shown).unwrap_or_default())
}
