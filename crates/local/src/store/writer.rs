//! The thread that writes: batches in transactions, and what was deleted given back to the disk.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Transaction, params};

use super::change::{Change, ExecutionRow, LogSpan, Subject};
use super::pack::Packer;
use super::queue::Queue;

/// Events of a history in a row: a page of it is found without reading all.
pub(super) const EVENTS_IN_A_ROW: i64 = 256;
/// Bytes of a log stream in a row before they are packed.
const FRAMES_IN_A_ROW: usize = 256 << 10;

/// Free pages that are not worth giving back.
const SPARE: i64 = 256;
/// Pages that are given back at once.
const STEP: i64 = 1024;
/// Steps in which a store is made smaller when it is closed.
const LAST_STEPS: usize = 256;
/// A database with no more pages in use than this, and more of them free, is rewritten: that takes no longer than a few steps.
const SMALL: i64 = 1 << 14;

/// Writes until the queue is closed and empty.
pub(super) fn write_all(
    connection: &mut Connection,
    packer: &mut Packer,
    queue: &Queue,
    failure: &Mutex<Option<String>>,
) {
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
        if !failed && let Err(error) = write_batch(connection, packer, &batch.changes, batch.last) {
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
pub(super) fn note(failure: &Mutex<Option<String>>, what: &str) {
    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| what.to_owned());
}

/// Writes what was acknowledged before a kill and is not in the database; the number of the last change.
///
/// # Errors
/// What the database says.
pub(super) fn catch_up(
    connection: &mut Connection,
    packer: &mut Packer,
    found: Vec<(u64, Change)>,
) -> Result<u64, rusqlite::Error> {
    let written = last_written(connection)?;
    let missing: Vec<(u64, Change)> = found.into_iter().filter(|(number, _)| *number > written).collect();
    let Some(last) = missing.last().map(|(number, _)| *number) else { return Ok(written) };
    let changes: Vec<Change> = missing.into_iter().map(|(_, change)| change).collect();
    write_batch(connection, packer, &changes, last)?;
    Ok(last)
}

/// The number of the last change that a database has.
fn last_written(connection: &Connection) -> Result<u64, rusqlite::Error> {
    let last: i64 = connection.query_row("SELECT coalesce(max(last), 0) FROM written", [], |row| row.get(0))?;
    Ok(u64::try_from(last).unwrap_or(0))
}

/// Writes all changes or none, and the number of the last.
fn write_batch(
    connection: &mut Connection,
    packer: &mut Packer,
    changes: &[Change],
    last: u64,
) -> Result<(), rusqlite::Error> {
    // Of what changes again within the batch only the last form is written.
    let mut latest: BTreeMap<Subject<'_>, usize> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        if let Some(subject) = change.subject() {
            latest.insert(subject, index);
        }
    }
    let transaction = connection.transaction()?;
    let mut batch = Batch { transaction: &transaction, packer, histories: BTreeMap::new(), logs: BTreeMap::new() };
    for (index, change) in changes.iter().enumerate() {
        let is_stale = change.subject().is_some_and(|subject| latest.get(&subject) != Some(&index));
        if !is_stale || change.deletes() {
            batch.write(change)?;
        }
    }
    batch.write_events()?;
    let mut statement = transaction.prepare_cached("INSERT OR REPLACE INTO written VALUES (0, ?)")?;
    statement.execute([i64::try_from(last).unwrap_or(i64::MAX)])?;
    drop(statement);
    transaction.commit()
}

/// Events of a history that follow each other.
struct History<'batch> {
    first: i64,
    last: i64,
    lines: Vec<&'batch str>,
}

/// Events of a log stream.
struct LogPiece<'batch> {
    first: i64,
    span: LogSpan,
    size: usize,
    frames: Vec<&'batch str>,
}

/// A transaction, and the events in it that are gathered for rows.
struct Batch<'batch> {
    transaction: &'batch Transaction<'batch>,
    packer: &'batch mut Packer,
    histories: BTreeMap<u64, History<'batch>>,
    logs: BTreeMap<u64, LogPiece<'batch>>,
}

impl<'batch> Batch<'batch> {
    fn write(&mut self, change: &'batch Change) -> Result<(), rusqlite::Error> {
        match change {
            Change::History { execution, first, last, lines } => {
                return self.gather_history(*execution, *first, *last, lines);
            }
            Change::Log { stream, first, span, frames } => return self.gather_log(*stream, *first, *span, frames),
            Change::Execution(row) => return self.write_execution(row),
            // What was gathered comes before what deletes it.
            Change::DeleteExecution { .. }
            | Change::DeleteExecutions { .. }
            | Change::DeleteExecutionsBefore { .. }
            | Change::DeleteLog { .. } => {
                self.write_events()?;
            }
            Change::Put { .. } | Change::Delete { .. } | Change::DeleteAll { .. } => {}
        }
        let execute = |query: &str, parameters: &[&dyn rusqlite::ToSql]| {
            self.transaction.prepare_cached(query)?.execute(parameters).map(|_| ())
        };
        match change {
            Change::Put { table, key, value } => {
                execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?)", &[table, key, value])
            }
            Change::Delete { table, key } => {
                execute("DELETE FROM item WHERE collection = ? AND key = ?", &[table, key])
            }
            Change::DeleteAll { table, prefix } => {
                let end = format!("{prefix}\u{10FFFF}");
                execute("DELETE FROM item WHERE collection = ? AND key >= ? AND key < ?", &[table, prefix, &end])
            }
            Change::DeleteExecution { number } => {
                let number = whole(*number);
                execute("DELETE FROM history WHERE execution = ?", &[&number])?;
                execute("DELETE FROM execution WHERE number = ?", &[&number])
            }
            Change::DeleteExecutions { machine } => {
                let numbers = "SELECT number FROM execution WHERE machine = ?";
                execute(&format!("DELETE FROM history WHERE execution IN ({numbers})"), &[machine])?;
                execute("DELETE FROM execution WHERE machine = ?", &[machine])
            }
            Change::DeleteExecutionsBefore { stopped_ms } => {
                let numbers = "SELECT number FROM execution WHERE stopped_ms < ?";
                execute(&format!("DELETE FROM history WHERE execution IN ({numbers})"), &[stopped_ms])?;
                execute("DELETE FROM execution WHERE stopped_ms < ?", &[stopped_ms])
            }
            Change::DeleteLog { stream, before } => {
                let before = before.unwrap_or(i64::MAX);
                execute("DELETE FROM log WHERE stream = ? AND latest < ?", &[&whole(*stream), &before])
            }
            Change::Execution(_) | Change::History { .. } | Change::Log { .. } => Ok(()),
        }
    }

    fn write_execution(&mut self, row: &ExecutionRow) -> Result<(), rusqlite::Error> {
        let record = packed(self.packer.pack(&row.record))?;
        let query = "INSERT OR REPLACE INTO execution VALUES (?, ?, ?, ?, ?, ?, ?)";
        self.transaction.prepare_cached(query)?.execute(params![
            whole(row.number),
            row.arn,
            row.machine,
            row.status,
            row.started_ms,
            row.stopped_ms,
            record
        ])?;
        Ok(())
    }

    fn gather_history(
        &mut self,
        execution: u64,
        first: i64,
        last: i64,
        lines: &'batch str,
    ) -> Result<(), rusqlite::Error> {
        if let Some(there) = self.histories.get_mut(&execution)
            && there.last.checked_add(1) == Some(first)
            && last - there.first < EVENTS_IN_A_ROW
        {
            there.last = last;
            there.lines.push(lines);
            return Ok(());
        }
        let next = History { first, last, lines: vec![lines] };
        self.histories.insert(execution, next).map_or(Ok(()), |full| self.write_history(execution, &full))
    }

    fn gather_log(
        &mut self,
        stream: u64,
        first: i64,
        span: LogSpan,
        frames: &'batch str,
    ) -> Result<(), rusqlite::Error> {
        if let Some(there) = self.logs.get_mut(&stream).filter(|there| there.size < FRAMES_IN_A_ROW) {
            there.span = there.span.and(span);
            there.size += frames.len();
            there.frames.push(frames);
            return Ok(());
        }
        let next = LogPiece { first, span, size: frames.len(), frames: vec![frames] };
        self.logs.insert(stream, next).map_or(Ok(()), |full| self.write_log(stream, &full))
    }

    /// Writes the rows that are gathered.
    fn write_events(&mut self) -> Result<(), rusqlite::Error> {
        for (execution, history) in std::mem::take(&mut self.histories) {
            self.write_history(execution, &history)?;
        }
        for (stream, frames) in std::mem::take(&mut self.logs) {
            self.write_log(stream, &frames)?;
        }
        Ok(())
    }

    fn write_history(&mut self, execution: u64, history: &History<'_>) -> Result<(), rusqlite::Error> {
        let lines = packed(self.packer.pack(&history.lines.concat()))?;
        let query = "INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)";
        let mut statement = self.transaction.prepare_cached(query)?;
        statement.execute(params![whole(execution), history.first, history.last, lines])?;
        Ok(())
    }

    fn write_log(&mut self, stream: u64, log: &LogPiece<'_>) -> Result<(), rusqlite::Error> {
        let frames = packed(self.packer.pack(&log.frames.concat()))?;
        let LogSpan { earliest, latest, taken } = log.span;
        let query = "INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?, ?, ?)";
        let mut statement = self.transaction.prepare_cached(query)?;
        statement.execute(params![whole(stream), log.first, earliest, latest, taken, frames])?;
        Ok(())
    }
}

fn packed(bytes: io::Result<Vec<u8>>) -> Result<Vec<u8>, rusqlite::Error> {
    bytes.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// A number as SQLite has it.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Gives free pages back; whether there are more. A few are kept for what comes next.
fn shrink(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let number = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0));
    let can_shrink = number("PRAGMA auto_vacuum")? == 2;
    let free = number("PRAGMA freelist_count")?;
    if !can_shrink || free < SPARE {
        return Ok(false);
    }
    let used = number("PRAGMA page_count")? - free;
    // Where little is left of much, that is written anew. A reader in the middle of something forbids it: then page by page.
    if used < free.min(SMALL) && connection.execute_batch("VACUUM").is_ok() {
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
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
