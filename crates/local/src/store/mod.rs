//! The store: documents, executions with their histories, and events of log streams, in SQLite. One writer thread, batches in
//! transactions, crash-safe.
//!
//! Services keep what is at work in memory and write through: [`Store::put`] and its siblings queue in order,
//! [`Store::keep`] makes everything queued before it outlive a kill, [`Store::flush`] waits until it is in the database. Events are
//! appended ([`Store::append_history`], [`Store::append_log`]) and packed, many to a row.

mod change;
mod error;
mod executions;
pub(crate) mod files;
mod journal;
mod log;
mod pack;
mod queue;
mod schema;
mod sqlite;
mod writer;

pub use change::{ExecutionRow, LogSpan};
pub use error::StoreError;
pub use log::LogEvent;
pub(crate) use log::{EventText, LogRow};
pub use sqlite::Store;
