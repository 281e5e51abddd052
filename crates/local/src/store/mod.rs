//! The store: tables of JSON documents in SQLite. One writer thread, batches in transactions, crash-safe.
//!
//! Services keep their state in memory and write through: [`Store::put`] and [`Store::delete`] queue in order,
//! [`Store::keep`] makes everything queued before it outlive a kill, [`Store::flush`] waits until it is in the database. Histories are append-only ([`Store::append_events`]).

mod change;
pub(crate) mod files;
mod journal;
mod queue;
mod sqlite;

pub use sqlite::{Store, StoreError};
