//! SQLite behind the store.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::change::Change;
use super::error::StoreError;
use super::files::DATABASE;
use super::journal::Journal;
use super::pack::{Packer, Unpacker};
use super::queue::Queue;
use super::schema::prepare;
use super::writer::{catch_up, note, write_all};
use crate::open;

/// The store. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    path: PathBuf,
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    reader: Mutex<Reader>,
    failure: Arc<Mutex<Option<String>>>,
    /// Counts what happens, whether it is queued yet or held back.
    pulse: AtomicU64,
}

/// What reads.
pub(super) struct Reader {
    pub(super) connection: Connection,
    pub(super) unpacker: Unpacker,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Store {
    /// Opens or makes `endpoint.sqlite` in a folder; without a folder, a store in memory.
    ///
    /// # Errors
    /// When the file cannot be opened, is no database, or the disk is full.
    pub fn open(folder: Option<&Path>) -> Result<Self, StoreError> {
        let path = folder.map_or_else(|| PathBuf::from(":memory:"), |folder| folder.join(DATABASE));
        if folder.is_some() {
            open::look(&path).map_err(|source| StoreError::Kind { path: path.clone(), source })?;
        }
        let journal = folder.map(Journal::open).transpose();
        let journal = journal.map_err(|source| StoreError::Kind { path: path.clone(), source })?;
        match Self::connect(&path, journal) {
            Ok(Ok(store)) => Ok(store),
            Ok(Err(found)) => Err(StoreError::Format { path, found }),
            Err(source) => Err(StoreError::Database { path, source }),
        }
    }

    /// The store, or the format it has instead of ours.
    fn connect(
        path: &Path,
        journal: Option<(Journal, Vec<(u64, Change)>)>,
    ) -> Result<Result<Self, i64>, rusqlite::Error> {
        // A store in memory is one shared-cache database for reader and writer.
        let name = if journal.is_some() {
            path.to_string_lossy().into_owned()
        } else {
            static NEXT: AtomicU64 = AtomicU64::new(0);
            format!("file:endpoint{}?mode=memory&cache=shared", NEXT.fetch_add(1, Ordering::Relaxed))
        };
        let open = || {
            let connection = Connection::open(&name)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            Ok::<_, rusqlite::Error>(prepare(&connection)?.map(|()| connection))
        };
        let (mut writing, reader) = match (open()?, open()?) {
            (Ok(writing), Ok(reader)) => (writing, reader),
            (Err(found), _) | (_, Err(found)) => return Ok(Err(found)),
        };
        let (journal, found) = journal.unzip();
        let memory = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
        let (mut packer, unpacker) = (Packer::new().map_err(memory)?, Unpacker::new().map_err(memory)?);
        let written = catch_up(&mut writing, &mut packer, found.unwrap_or_default())?;
        let queue = Arc::new(Queue::new(written, journal));
        queue.tidy();
        let queued = Arc::clone(&queue);
        let failure = Arc::new(Mutex::new(None));
        let failed = Arc::clone(&failure);
        let thread = std::thread::spawn(move || write_all(&mut writing, &mut packer, &queued, &failed));
        Ok(Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            queue,
            thread: Mutex::new(Some(thread)),
            reader: Mutex::new(Reader { connection: reader, unpacker }),
            failure,
            pulse: AtomicU64::new(0),
        }))))
    }

    pub(super) fn send(&self, change: Change) {
        self.0.queue.push([change]);
        self.stir();
    }

    /// Says that something happened which the store will hear of.
    pub(crate) fn stir(&self) {
        self.0.pulse.fetch_add(1, Ordering::Release);
    }

    /// A number that changes whenever something happens.
    pub(crate) fn pulse(&self) -> u64 {
        self.0.pulse.load(Ordering::Acquire)
    }

    /// Keeps the first thing that could not be written.
    pub(crate) fn note(&self, error: &dyn std::error::Error) {
        note(&self.0.failure, &error.to_string());
    }

    /// Queues documents of a table and the removal of all of another table, all or none of which is found after a kill.
    pub fn replace(
        &self,
        table: &'static str,
        documents: impl IntoIterator<Item = (String, impl Serialize)>,
        instead_of: &'static str,
    ) {
        let mut writes = Vec::new();
        for (key, value) in documents {
            match serde_json::to_string(&value) {
                Ok(value) => writes.push(Change::Put { table: table.into(), key, value }),
                Err(error) => self.note(&error),
            }
        }
        writes.push(Change::DeleteAll { table: instead_of.into(), prefix: String::new() });
        self.0.queue.push(writes);
        self.stir();
    }

    /// Queues a document.
    pub fn put(&self, table: &'static str, key: &str, value: impl Serialize) {
        match serde_json::to_string(&value) {
            Ok(value) => self.send(Change::Put { table: table.into(), key: key.to_owned(), value }),
            Err(error) => self.note(&error),
        }
    }

    /// Queues a removal.
    pub fn delete(&self, table: &'static str, key: &str) {
        self.send(Change::Delete { table: table.into(), key: key.to_owned() });
    }

    /// Queues the removal of all documents of a table whose keys begin with `prefix`.
    pub fn delete_all(&self, table: &'static str, prefix: &str) {
        self.send(Change::DeleteAll { table: table.into(), prefix: prefix.to_owned() });
    }

    /// A mark behind everything queued so far, for [`Store::has_written`].
    pub fn mark(&self) -> u64 {
        self.0.queue.mark()
    }

    /// Whether everything queued before a mark is on disk.
    pub fn has_written(&self, mark: u64) -> bool {
        self.0.queue.has_written(mark)
    }

    /// Waits if so many events are queued that more would fill the memory.
    pub async fn breathe(&self) {
        if self.0.queue.is_full() {
            self.flush().await;
        }
    }

    /// Keeps everything queued so far beyond a kill of this process. A failure is a write that failed.
    pub fn keep(&self) {
        if let Err(error) = self.0.queue.keep() {
            self.note(&error);
        }
    }

    /// Waits until everything queued so far is in the database; whoever waits at the same time waits for the same transaction.
    pub async fn flush(&self) {
        if let Some(wait) = self.0.queue.wait() {
            let _ = wait.await;
        }
    }

    /// The first write that failed (a full disk), if any; services answer 500 with it.
    pub fn failure(&self) -> Option<String> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every document of a table, by key.
    ///
    /// # Errors
    /// When the database or one of the documents cannot be read.
    pub fn load<T: DeserializeOwned>(&self, table: &str) -> Result<Vec<(String, T)>, StoreError> {
        self.documents(table, "SELECT key, value FROM item WHERE collection = ? ORDER BY key", &[table])
    }

    fn documents<T: DeserializeOwned>(
        &self,
        table: &str,
        query: &str,
        parameters: &[&str],
    ) -> Result<Vec<(String, T)>, StoreError> {
        let rows = self.read(|reader| {
            let mut statement = reader.connection.prepare_cached(query)?;
            let parameters = rusqlite::params_from_iter(parameters);
            let rows = statement.query_map(parameters, |row| Ok((row.get::<_, String>(0)?, text(row, 1)?)))?;
            rows.collect::<Result<Vec<_>, _>>()
        })?;
        rows.into_iter()
            .map(|(key, text)| match text.and_then(|text| serde_json::from_str(&text).ok()) {
                Some(document) => Ok((key, document)),
                None => Err(self.unreadable(table, &key)),
            })
            .collect()
    }

    /// The keys of a table, in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn keys(&self, table: &str) -> Result<Vec<String>, StoreError> {
        self.read(|reader| {
            let query = "SELECT key FROM item WHERE collection = ? ORDER BY key";
            let mut statement = reader.connection.prepare_cached(query)?;
            statement.query_map([table], |row| row.get(0))?.collect()
        })
    }

    /// The documents of a table whose keys are not before `from` and not behind `to`, in order.
    ///
    /// # Errors
    /// When the database or one of the documents cannot be read.
    pub fn between<T: DeserializeOwned>(
        &self,
        table: &str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, T)>, StoreError> {
        let query = "SELECT key, value FROM item WHERE collection = ? AND key BETWEEN ? AND ? ORDER BY key";
        self.documents(table, query, &[table, from, to])
    }

    /// One document.
    ///
    /// # Errors
    /// When the database or the document cannot be read.
    pub fn get<T: DeserializeOwned>(&self, table: &str, key: &str) -> Result<Option<T>, StoreError> {
        let text = self.read(|reader| {
            let query = "SELECT value FROM item WHERE collection = ? AND key = ?";
            let mut statement = reader.connection.prepare_cached(query)?;
            statement.query_row([table, key], |row| text(row, 0)).optional()
        })?;
        let Some(text) = text else { return Ok(None) };
        let document = text.and_then(|text| serde_json::from_str(&text).ok());
        document.map(Some).ok_or_else(|| self.unreadable(table, key))
    }

    /// The error for a document that its service cannot make sense of.
    pub fn unreadable(&self, table: &str, key: &str) -> StoreError {
        StoreError::Row { path: self.0.path.clone(), table: table.to_owned(), key: key.to_owned() }
    }

    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T, rusqlite::Error>,
    ) -> Result<T, StoreError> {
        let mut reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        read(&mut reader).map_err(|source| StoreError::Database { path: self.0.path.clone(), source })
    }

    /// Writes what is queued and closes.
    pub fn close(&self) {
        self.0.queue.close();
        if let Some(thread) = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

/// A column's text; nothing when what stands there is none.
fn text(row: &rusqlite::Row<'_>, column: usize) -> Result<Option<String>, rusqlite::Error> {
    let value = row.get_ref(column)?;
    Ok(value.as_str().ok().map(str::to_owned))
}
