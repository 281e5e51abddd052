//! One change of the store, as it is queued, kept in the journal and written.

use std::borrow::Cow;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

/// One change of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Change {
    /// A document.
    Put { table: Cow<'static, str>, key: String, value: String },
    /// A document goes.
    Delete { table: Cow<'static, str>, key: String },
    /// All documents of a table go whose keys begin so.
    DeleteAll { table: Cow<'static, str>, prefix: String },
    /// Events of a history, numbered from `first` to `last`, one on a line.
    Events { key: String, first: i64, last: i64, lines: String },
    /// A history goes.
    DeleteEvents { key: String },
    /// All histories go whose keys begin so.
    DeleteAllEvents { prefix: String },
}

impl Change {
    /// Whether it makes the store smaller.
    pub(super) fn deletes(&self) -> bool {
        matches!(
            self,
            Self::Delete { .. } | Self::DeleteAll { .. } | Self::DeleteEvents { .. } | Self::DeleteAllEvents { .. }
        )
    }

    /// The document that it changes.
    pub(super) fn document(&self) -> Option<(&str, &str)> {
        match self {
            Self::Put { table, key, .. } | Self::Delete { table, key } => Some((table, key)),
            _ => None,
        }
    }

    /// Makes it.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn write(&self, transaction: &Connection) -> Result<(), rusqlite::Error> {
        let prepared = |query: &str| transaction.prepare_cached(query);
        match self {
            Self::Put { table, key, value } => {
                prepared("INSERT OR REPLACE INTO item VALUES (?, ?, ?)")?.execute(params![table, key, value])
            }
            Self::Delete { table, key } => {
                prepared("DELETE FROM item WHERE collection = ? AND key = ?")?.execute(params![table, key])
            }
            Self::DeleteAll { table, prefix } => {
                prepared("DELETE FROM item WHERE collection = ? AND key >= ? AND key < ?")?.execute(params![
                    table,
                    prefix,
                    end(prefix)
                ])
            }
            Self::Events { key, first, last, lines } => {
                prepared("INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?)")?.execute(params![key, first, last, lines])
            }
            Self::DeleteEvents { key } => prepared("DELETE FROM event WHERE key = ?")?.execute(params![key]),
            Self::DeleteAllEvents { prefix } => {
                prepared("DELETE FROM event WHERE key >= ? AND key < ?")?.execute(params![prefix, end(prefix)])
            }
        }
        .map(|_| ())
    }
}

/// What comes after every key that begins with `prefix`.
fn end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}
