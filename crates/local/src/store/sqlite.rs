//! SQLite behind the store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::change::Change;
use super::files::DATABASE;
use super::journal::Journal;
use super::queue::Queue;
use crate::open;

/// The store could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refuses.
    #[error("cannot use the store `{}`: {source}", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
    /// What lies there is no file.
    #[error("cannot use the store `{}`: {source}", path.display())]
    Kind {
        /// The database file.
        path: PathBuf,
        /// What it is.
        #[source]
        source: std::io::Error,
    },
    /// Another version of labctl made it, or another program.
    #[error("the store `{}` has format {found}, and this labctl reads format {FORMAT}", path.display())]
    Format {
        /// The database file.
        path: PathBuf,
        /// Its `user_version`.
        found: i64,
    },
    /// A document that is not what its table holds.
    #[error("the store `{}` is damaged: `{key}` of `{table}` cannot be read", path.display())]
    Row {
        /// The database file.
        path: PathBuf,
        /// The kind of document.
        table: String,
        /// Which one.
        key: String,
    },
}

/// The form of what is kept, in the database's `user_version`. Raise it whenever a document changes its form.
const FORMAT: i64 = 3;
/// A form that lacks nothing but a table.
const BEFORE: i64 = 2;

/// The store. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    path: PathBuf,
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    reader: Mutex<Connection>,
    failure: Arc<Mutex<Option<String>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// A page of a history is found without reading all of it.
const EVENTS_IN_A_ROW: usize = 256;

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
            use std::sync::atomic::{AtomicU64, Ordering};
            static NEXT: AtomicU64 = AtomicU64::new(0);
            format!("file:endpoint{}?mode=memory&cache=shared", NEXT.fetch_add(1, Ordering::Relaxed))
        };
        let open = || {
            let connection = Connection::open(&name)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            if let Some(other) = other_format(&connection)? {
                return Ok(Err(other));
            }
            give_back_pages(&connection)?;
            connection.execute_batch(&format!(
                "PRAGMA user_version = {FORMAT}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                 CREATE TABLE IF NOT EXISTS item (collection TEXT, key TEXT, value TEXT, PRIMARY KEY (collection, key)) WITHOUT ROWID;
                 CREATE TABLE IF NOT EXISTS written (id INTEGER PRIMARY KEY, last INTEGER);
                 CREATE TABLE IF NOT EXISTS event (key TEXT, first INTEGER, last INTEGER, lines TEXT);
                 CREATE UNIQUE INDEX IF NOT EXISTS event_place ON event (key, first, last);",
            ))?;
            Ok::<_, rusqlite::Error>(Ok(connection))
        };
        let (mut writing, reader) = match (open()?, open()?) {
            (Ok(writing), Ok(reader)) => (writing, reader),
            (Err(found), _) | (_, Err(found)) => return Ok(Err(found)),
        };
        let (journal, found) = journal.unzip();
        let written = catch_up(&mut writing, found.unwrap_or_default())?;
        let queue = Arc::new(Queue::new(written, journal));
        queue.tidy();
        let queued = Arc::clone(&queue);
        let failure = Arc::new(Mutex::new(None));
        let failed = Arc::clone(&failure);
        let thread = std::thread::spawn(move || write_all(&mut writing, &queued, &failed));
        Ok(Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            queue,
            thread: Mutex::new(Some(thread)),
            reader: Mutex::new(reader),
            failure,
        }))))
    }

    fn send(&self, change: Change) {
        self.0.queue.push([change]);
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
                Err(error) => note(&self.0.failure, &error.to_string()),
            }
        }
        writes.push(Change::DeleteAll { table: instead_of.into(), prefix: String::new() });
        self.0.queue.push(writes);
    }

    /// Queues a document.
    pub fn put(&self, table: &'static str, key: &str, value: impl Serialize) {
        match serde_json::to_string(&value) {
            Ok(value) => self.send(Change::Put { table: table.into(), key: key.to_owned(), value }),
            Err(error) => note(&self.0.failure, &error.to_string()),
        }
    }

    /// Queues a removal.
    pub fn delete(&self, table: &'static str, key: &str) {
        self.send(Change::Delete { table: table.into(), key: key.to_owned() });
    }

    /// Queues events to be added to a history, numbered on from `first`. They are kept as they are now, many to a row.
    pub fn append_events(&self, key: &str, first: i64, events: &[impl Serialize]) {
        let mut first = first;
        for some in events.chunks(EVENTS_IN_A_ROW) {
            let mut lines = Vec::with_capacity(some.len() * 256);
            for event in some {
                // JSON text has no line ends of its own.
                if let Err(error) = serde_json::to_writer(&mut lines, event) {
                    note(&self.0.failure, &error.to_string());
                }
                lines.push(b'\n');
            }
            let next = first.saturating_add(i64::try_from(some.len()).unwrap_or(i64::MAX));
            let lines = String::from_utf8(lines).unwrap_or_default();
            self.send(Change::Events { key: key.to_owned(), first, last: next - 1, lines });
            first = next;
        }
    }

    /// Queues the removal of all documents of a table whose keys begin with `prefix`.
    pub fn delete_all(&self, table: &'static str, prefix: &str) {
        self.send(Change::DeleteAll { table: table.into(), prefix: prefix.to_owned() });
    }

    /// Queues the removal of all histories whose keys begin with `prefix`.
    pub fn delete_all_events(&self, prefix: &str) {
        self.send(Change::DeleteAllEvents { prefix: prefix.to_owned() });
    }

    /// Queues the removal of a history.
    pub fn delete_events(&self, key: &str) {
        self.send(Change::DeleteEvents { key: key.to_owned() });
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
            note(&self.0.failure, &error.to_string());
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
        self.documents(table, "SELECT key, value FROM item WHERE collection = ? ORDER BY key", [table])
    }

    /// One document.
    ///
    /// # Errors
    /// When the database or the document cannot be read.
    pub fn get<T: DeserializeOwned>(&self, table: &str, key: &str) -> Result<Option<T>, StoreError> {
        let text = self.read(|reader| {
            let mut statement = reader.prepare_cached("SELECT value FROM item WHERE collection = ? AND key = ?")?;
            statement.query_row([table, key], |row| text(row, 0)).optional()
        })?;
        let Some(text) = text else { return Ok(None) };
        let document = text.and_then(|text| serde_json::from_str(&text).ok());
        document.map(Some).ok_or_else(|| self.unreadable(table, key))
    }

    /// The first documents of a table whose keys come after `after`, by key: at most so many.
    ///
    /// # Errors
    /// When the database or one of the documents cannot be read.
    pub fn after<T: DeserializeOwned>(
        &self,
        table: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<(String, T)>, StoreError> {
        let query = "SELECT key, value FROM item WHERE collection = ? AND key > ? ORDER BY key LIMIT ?";
        self.documents(table, query, params![table, after, limit(most)])
    }

    /// The last documents of a table whose keys begin with `prefix` and come before `before`, the last first: at most so many.
    ///
    /// # Errors
    /// When the database or one of the documents cannot be read.
    pub fn before<T: DeserializeOwned>(
        &self,
        table: &str,
        prefix: &str,
        before: &str,
        most: usize,
    ) -> Result<Vec<(String, T)>, StoreError> {
        let query =
            "SELECT key, value FROM item WHERE collection = ? AND key >= ? AND key < ? ORDER BY key DESC LIMIT ?";
        self.documents(table, query, params![table, prefix, before, limit(most)])
    }

    fn documents<T: DeserializeOwned>(
        &self,
        table: &str,
        query: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<(String, T)>, StoreError> {
        let rows = self.read(|reader| {
            let mut statement = reader.prepare_cached(query)?;
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

    /// The error for a document that its service cannot make sense of.
    pub fn unreadable(&self, table: &str, key: &str) -> StoreError {
        StoreError::Row { path: self.0.path.clone(), table: table.to_owned(), key: key.to_owned() }
    }

    /// Events of a history with numbers in a range, ascending.
    ///
    /// # Errors
    /// When the database or one of the events cannot be read.
    pub fn events(&self, key: &str, first: i64, last: i64) -> Result<Vec<Value>, StoreError> {
        let rows = self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT first, last, lines FROM event WHERE key = ? AND first <= ? AND last >= ? ORDER BY first",
            )?;
            let rows = statement.query_map(params![key, last, first], |row| {
                Ok((row.get(0)?, row.get(1)?, text(row, 2)?.unwrap_or_default()))
            })?;
            rows.collect::<Result<Vec<(i64, i64, String)>, _>>()
        })?;
        let mut events = Vec::new();
        for (from, to, lines) in &rows {
            // A row that was cut short, or has grown, is no history.
            if !(*from..=*to).zip(lines.lines()).map(|(number, _)| number).eq(*from..=*to) || !lines.ends_with('\n') {
                return Err(self.unreadable("event", key));
            }
            for (number, text) in (*from..).zip(lines.lines()) {
                if (first..=last).contains(&number) {
                    events.push(serde_json::from_str(text).map_err(|_| self.unreadable("event", key))?);
                }
            }
        }
        Ok(events)
    }

    /// The number of a history's last event, 0 if it has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_event(&self, key: &str) -> Result<i64, StoreError> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached("SELECT coalesce(max(last), 0) FROM event WHERE key = ?")?;
            statement.query_row([key], |row| row.get(0))
        })
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>) -> Result<T, StoreError> {
        let reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        read(&reader).map_err(|source| StoreError::Database { path: self.0.path.clone(), source })
    }

    /// Writes what is queued and closes.
    pub fn close(&self) {
        self.0.queue.close();
        if let Some(thread) = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

/// The format of a database that is not ours; an empty one has none yet.
fn other_format(connection: &Connection) -> Result<Option<i64>, rusqlite::Error> {
    let number = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0));
    let found = number("PRAGMA user_version")?;
    let is_empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
    let is_known = [FORMAT, BEFORE].contains(&found) || (found == 0 && is_empty);
    Ok((!is_known).then_some(found))
}

/// The largest store, in pages of 4 KiB, that is rewritten when it is opened so that it can shrink from then on.
const REWRITTEN: i64 = 1 << 16;
/// Free pages that are not worth giving back.
const SPARE: i64 = 256;
/// Pages that are given back at once.
const STEP: i64 = 1024;
/// Steps in which a store is made smaller when it is closed.
const LAST_STEPS: usize = 256;

/// Makes a database one that can give the pages of what was deleted back to the disk.
fn give_back_pages(connection: &Connection) -> Result<(), rusqlite::Error> {
    let number = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0));
    connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL")?;
    // One that is not empty has to be rewritten for it.
    if number("PRAGMA auto_vacuum")? == 0 && number("PRAGMA page_count")? < REWRITTEN {
        connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM")?;
    }
    Ok(())
}

/// Gives some free pages back; whether there are more. A few are kept for what comes next.
fn shrink(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let number = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0));
    let can_shrink = number("PRAGMA auto_vacuum")? == 2;
    if !can_shrink || number("PRAGMA freelist_count")? < SPARE {
        return Ok(false);
    }
    let mut statement = connection.prepare_cached(&format!("PRAGMA incremental_vacuum({STEP})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    drop(rows);
    if number("PRAGMA freelist_count")? >= SPARE {
        return Ok(true);
    }
    // Only with this the file itself is cut.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(false)
}

fn write_all(connection: &mut Connection, queue: &Queue, failure: &Mutex<Option<String>>) {
    // Whether something was deleted and its pages are not given back.
    let mut shrinks = false;
    let mut failed = false;
    while let Some(batch) = queue.take(shrinks) {
        if batch.changes.is_empty() && batch.waiting.is_empty() {
            // A store that cannot shrink now serves as well; it is tried again after the next deletion.
            shrinks = shrink(connection).unwrap_or(false);
            continue;
        }
        shrinks |= batch.changes.iter().any(Change::deletes);
        // Once a change is missing none that comes after it may stand alone; what was acknowledged stays in the journal.
        if !failed && let Err(error) = write_batch(connection, &batch.changes, batch.last) {
            note(failure, &error.to_string());
            failed = true;
        }
        queue.wrote((!failed).then_some(batch.last));
        // Only now, so that whoever waited finds the failure.
        for done in batch.waiting {
            let _ = done.send(());
        }
    }
    queue.tidy();
    for _ in 0..LAST_STEPS {
        if !shrinks {
            break;
        }
        shrinks = shrink(connection).unwrap_or(false);
    }
}

/// Keeps the first failure.
fn note(failure: &Mutex<Option<String>>, what: &str) {
    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| what.to_owned());
}

/// Writes all changes or none, and the number of the last.
fn write_batch(connection: &mut Connection, changes: &[Change], last: u64) -> Result<(), rusqlite::Error> {
    // Of a document that changes again within the batch only the last form is written.
    let mut latest = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        if let Some(document) = change.document() {
            latest.insert(document, index);
        }
    }
    let transaction = connection.transaction()?;
    for (index, change) in changes.iter().enumerate() {
        let is_stale = change.document().is_some_and(|document| latest.get(&document) != Some(&index));
        if !is_stale || change.deletes() {
            change.write(&transaction)?;
        }
    }
    let mut statement = transaction.prepare_cached("INSERT OR REPLACE INTO written VALUES (0, ?)")?;
    statement.execute([i64::try_from(last).unwrap_or(i64::MAX)])?;
    drop(statement);
    transaction.commit()
}

/// The number of the last change that a database has.
fn last_written(connection: &Connection) -> Result<u64, rusqlite::Error> {
    let last: i64 = connection.query_row("SELECT coalesce(max(last), 0) FROM written", [], |row| row.get(0))?;
    Ok(u64::try_from(last).unwrap_or(0))
}

/// Writes what was acknowledged before a kill and is not in the database; the number of the last change.
fn catch_up(connection: &mut Connection, found: Vec<(u64, Change)>) -> Result<u64, rusqlite::Error> {
    let written = last_written(connection)?;
    let missing: Vec<(u64, Change)> = found.into_iter().filter(|(number, _)| *number > written).collect();
    let Some(last) = missing.last().map(|(number, _)| *number) else { return Ok(written) };
    let changes: Vec<Change> = missing.into_iter().map(|(_, change)| change).collect();
    write_batch(connection, &changes, last)?;
    Ok(last)
}

/// A column's text; nothing when what stands there is none.
fn text(row: &rusqlite::Row<'_>, column: usize) -> Result<Option<String>, rusqlite::Error> {
    let value = row.get_ref(column)?;
    Ok(value.as_str().ok().map(str::to_owned))
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
