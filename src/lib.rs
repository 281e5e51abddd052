//! labctl gives a whole class a serverless lab.
//!
//! The rooms, lowest first; `docs/architecture.md` is the map. A room may name only those that its line in
//! `tests/integration/tidy.rs` lists.

pub mod apply;
pub mod cause;
pub mod cli;
pub mod cloud;
pub mod event;
pub mod export;
pub mod host;
pub mod kind;
pub mod manifest;
pub mod model;
mod ops;
pub mod plan;
pub mod render;
pub mod report;
pub mod trial;
pub mod ui;
pub mod verify;

pub use labctl_asl as asl;
pub use labctl_local as local;
pub use labctl_picture as picture;
pub use labctl_source as source;
