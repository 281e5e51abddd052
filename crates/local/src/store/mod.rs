//! The store: tables of JSON documents in SQLite. One writer thread, batches in transactions, crash-safe.
//!
//! Services keep their state in memory and write through: [`Store::put`] and [`Store::delete`] queue in order,
//! [`Store::flush`] waits until everything queued before it is on disk. Histories are append-only ([`Store::append_events`]).

pub(crate) mod files;
mod queue;
mod sqlite;

pub use sqlite::{Store, StoreError};
