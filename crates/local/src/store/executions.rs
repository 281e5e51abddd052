//! Executions and their histories.

use rusqlite::{OptionalExtension as _, Row, params};
use serde_json::Value;

use super::change::{Change, ExecutionRow};
use super::error::StoreError;
use super::pack::Unpacker;
use super::sqlite::Store;
use super::writer::{EVENTS_IN_A_ROW, whole};

/// The name that an unreadable execution or history is told by.
const EXECUTION: &str = "execution";
const HISTORY: &str = "history";

const COLUMNS: &str = "number, arn, machine, status, started_ms, stopped_ms, record";

impl Store {
    /// Queues an execution, in place of what was kept of it.
    pub fn put_execution(&self, row: ExecutionRow) {
        self.send(Change::Execution(Box::new(row)));
    }

    /// Queues the removal of an execution and its history.
    pub fn delete_execution(&self, number: u64) {
        self.send(Change::DeleteExecution { number });
    }

    /// Queues the removal of all executions of a machine and their histories.
    pub fn delete_executions(&self, machine: &str) {
        self.send(Change::DeleteExecutions { machine: machine.to_owned() });
    }

    /// Queues the removal of executions that were over before a time (milliseconds since 1970), and of their histories.
    pub fn delete_executions_before(&self, stopped_ms: i64) {
        self.send(Change::DeleteExecutionsBefore { stopped_ms });
    }

    /// Queues events to be added to an execution's history, numbered from `first` to `last`, a line of JSON text each.
    pub fn append_history(&self, execution: u64, first: i64, last: i64, lines: String) {
        let count = last - first + 1;
        if count <= EVENTS_IN_A_ROW {
            return self.send(Change::History { execution, first, last, lines });
        }
        let (mut first, mut rest) = (first, lines.as_str());
        while !rest.is_empty() {
            let some = usize::try_from(EVENTS_IN_A_ROW).unwrap_or(usize::MAX);
            let end = rest.match_indices('\n').take(some).last().map_or(rest.len(), |(at, _)| at + 1);
            let (lines, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let to = last.min(first + EVENTS_IN_A_ROW - 1);
            self.send(Change::History { execution, first, last: to, lines: lines.to_owned() });
            (first, rest) = (to + 1, after);
        }
    }

    /// An execution that is in the database.
    ///
    /// # Errors
    /// When the database or the execution cannot be read.
    pub fn execution(&self, arn: &str) -> Result<Option<ExecutionRow>, StoreError> {
        let found = self.read(|reader| {
            let query = format!("SELECT {COLUMNS} FROM execution WHERE arn = ?");
            let mut statement = reader.connection.prepare_cached(&query)?;
            statement.query_row([arn], |row| read_row(row, &mut reader.unpacker)).optional()
        })?;
        found.map(|found| found.ok_or_else(|| self.unreadable(EXECUTION, arn))).transpose()
    }

    /// Executions that had not ended when they were written last.
    ///
    /// # Errors
    /// When the database or one of the executions cannot be read.
    pub fn running(&self) -> Result<Vec<ExecutionRow>, StoreError> {
        let rows = self.read(|reader| {
            let query = format!("SELECT {COLUMNS} FROM execution WHERE status = 'RUNNING' ORDER BY number");
            let mut statement = reader.connection.prepare_cached(&query)?;
            let unpacker = &mut reader.unpacker;
            let rows = statement.query_map([], |row| Ok((row.get::<_, String>(1)?, read_row(row, unpacker)?)))?;
            rows.collect::<Result<Vec<_>, _>>()
        })?;
        rows.into_iter().map(|(arn, row)| row.ok_or_else(|| self.unreadable(EXECUTION, &arn))).collect()
    }

    /// A machine's executions with numbers from `first` to below `before`, the newest first: at most so many, without their records.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn executions(
        &self,
        machine: &str,
        (first, before): (u64, u64),
        status: Option<&str>,
        most: usize,
    ) -> Result<Vec<ExecutionRow>, StoreError> {
        self.read(|reader| {
            let mut statement = reader.connection.prepare_cached(
                "SELECT number, arn, machine, status, started_ms, stopped_ms FROM execution
                 WHERE machine = ? AND number >= ? AND number < ? AND (?4 IS NULL OR status = ?4)
                 ORDER BY number DESC LIMIT ?",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![machine, whole(first), whole(before), status, most], |row| {
                listed_row(row, String::new())
            })?;
            rows.collect()
        })
    }

    /// The highest number of an execution, 0 without any.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_execution(&self) -> Result<u64, StoreError> {
        let last: i64 = self.read(|reader| {
            reader.connection.query_row("SELECT coalesce(max(number), 0) FROM execution", [], |row| row.get(0))
        })?;
        Ok(u64::try_from(last).unwrap_or(0))
    }

    /// Events of a history with numbers in a range, ascending. `arn` names the execution in errors.
    ///
    /// # Errors
    /// When the database or one of the events cannot be read.
    pub fn history(&self, (execution, arn): (u64, &str), first: i64, last: i64) -> Result<Vec<Value>, StoreError> {
        let rows = self.read(|reader| {
            let mut statement = reader.connection.prepare_cached(
                "SELECT first, last, lines FROM history WHERE execution = ? AND first <= ? AND last >= ? ORDER BY first",
            )?;
            let unpacker = &mut reader.unpacker;
            let rows = statement.query_map(params![whole(execution), last, first], |row| {
                let lines = row.get_ref(2)?.as_blob().ok().and_then(|bytes| unpacker.unpack(bytes));
                Ok((row.get(0)?, row.get(1)?, lines.unwrap_or_default()))
            })?;
            rows.collect::<Result<Vec<(i64, i64, String)>, _>>()
        })?;
        let mut events = Vec::new();
        for (from, to, lines) in &rows {
            // A row that was cut short, or has grown, is no history.
            if !(*from..=*to).zip(lines.lines()).map(|(number, _)| number).eq(*from..=*to) || !lines.ends_with('\n') {
                return Err(self.unreadable(HISTORY, arn));
            }
            for (number, text) in (*from..).zip(lines.lines()) {
                if (first..=last).contains(&number) {
                    events.push(serde_json::from_str(text).map_err(|_| self.unreadable(HISTORY, arn))?);
                }
            }
        }
        Ok(events)
    }

    /// The number of a history's last event, 0 if it has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_event(&self, execution: u64) -> Result<i64, StoreError> {
        self.read(|reader| {
            let query = "SELECT coalesce(max(last), 0) FROM history WHERE execution = ?";
            reader.connection.prepare_cached(query)?.query_row([whole(execution)], |row| row.get(0))
        })
    }

    /// The error for an execution whose record makes no sense.
    pub fn unreadable_execution(&self, arn: &str) -> StoreError {
        self.unreadable(EXECUTION, arn)
    }

    /// The error for a history that lacks events.
    pub fn unreadable_history(&self, arn: &str) -> StoreError {
        self.unreadable(HISTORY, arn)
    }
}

/// A whole row; nothing where its record is not what was packed.
fn read_row(row: &Row<'_>, unpacker: &mut Unpacker) -> Result<Option<ExecutionRow>, rusqlite::Error> {
    let record = row.get_ref(6)?.as_blob().ok().and_then(|bytes| unpacker.unpack(bytes));
    record.map(|record| listed_row(row, record)).transpose()
}

fn listed_row(row: &Row<'_>, record: String) -> Result<ExecutionRow, rusqlite::Error> {
    Ok(ExecutionRow {
        number: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
        arn: row.get(1)?,
        machine: row.get(2)?,
        status: row.get::<_, String>(3)?.into(),
        started_ms: row.get(4)?,
        stopped_ms: row.get(5)?,
        record,
    })
}
