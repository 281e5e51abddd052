//! labctl gives a whole class a serverless lab.
//!
//! The rooms, lowest first; `docs/architecture.md` is the map. A room may name only those that its line in
//! `tests/integration/tidy.rs` lists.

pub mod asl;
pub mod cloud;
pub mod event;
pub mod host;
pub mod local;
pub mod model;
pub mod plan;
pub mod trial;
pub mod ui;
