//! What can go wrong with a store.

use std::path::PathBuf;

use super::schema::FORMAT;

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
