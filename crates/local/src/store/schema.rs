//! The tables, and the form of what they hold.

use rusqlite::Connection;

/// The form of what is kept, in the database's `user_version`. Raise it whenever a document or a table changes its form.
pub(super) const FORMAT: i64 = 4;

/// The largest store, in pages of 4 KiB, that is rewritten when it is opened so that it can shrink from then on.
const REWRITTEN: i64 = 1 << 16;

/// Documents by table and key; executions with what is looked for beside the whole; events of histories and log streams, many to a
/// row. Tables with rows of some size have row ids: a page then holds several of them whole.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS item (collection TEXT, key TEXT, value TEXT, PRIMARY KEY (collection, key)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS written (id INTEGER PRIMARY KEY, last INTEGER);
    CREATE TABLE IF NOT EXISTS execution (
        number INTEGER PRIMARY KEY, arn TEXT NOT NULL, machine TEXT NOT NULL, status TEXT NOT NULL,
        started_ms INTEGER NOT NULL, stopped_ms INTEGER, record BLOB NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS execution_arn ON execution (arn);
    CREATE INDEX IF NOT EXISTS execution_machine ON execution (machine, number);
    CREATE INDEX IF NOT EXISTS execution_stopped ON execution (stopped_ms) WHERE stopped_ms IS NOT NULL;
    CREATE INDEX IF NOT EXISTS execution_running ON execution (number) WHERE status = 'RUNNING';
    CREATE TABLE IF NOT EXISTS history (
        execution INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, lines BLOB NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS history_place ON history (execution, first, last);
    CREATE TABLE IF NOT EXISTS log (
        stream INTEGER NOT NULL, first INTEGER NOT NULL, earliest INTEGER NOT NULL, latest INTEGER NOT NULL,
        taken INTEGER NOT NULL, frames BLOB NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS log_place ON log (stream, first);
    CREATE INDEX IF NOT EXISTS log_times ON log (stream, latest, earliest, taken);
";

/// Makes the tables of a database of ours, or tells the format that it has instead.
///
/// # Errors
/// What the database says.
pub(super) fn prepare(connection: &Connection) -> Result<Result<(), i64>, rusqlite::Error> {
    if let Some(other) = other_format(connection)? {
        return Ok(Err(other));
    }
    give_back_pages(connection)?;
    connection.execute_batch(&format!(
        "PRAGMA user_version = {FORMAT}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {TABLES}"
    ))?;
    Ok(Ok(()))
}

/// The format of a database that is not ours; an empty one has none yet.
fn other_format(connection: &Connection) -> Result<Option<i64>, rusqlite::Error> {
    let number = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0));
    let found = number("PRAGMA user_version")?;
    let is_empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
    let is_known = found == FORMAT || (found == 0 && is_empty);
    Ok((!is_known).then_some(found))
}

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
