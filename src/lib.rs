//! labctl gives a whole class a serverless lab.
//!
//! Commands, use cases and what is printed; the rooms below them are the package `labctl-engine`. `docs/architecture.md` is the map. A room
//! may name only those that its line in `tests/integration/tidy.rs` lists.

pub mod cli;
mod ops;
pub mod ui;

pub use labctl_asl as asl;
pub use labctl_engine::{
    apply, cause, cloud, event, export, host, kind, manifest, model, plan, render, report, trial, verify,
};
pub use labctl_local as local;
pub use labctl_picture as picture;
pub use labctl_source as source;
