//! What labctl does for a class, without what a person types or reads: manifest and packs, rendering, plans, the calls to AWS,
//! executions and their tests, checks, reports.
//!
//! The rooms below `ui`, lowest first; `docs/architecture.md` is the map. A room may name only those that its line in
//! `tests/integration/tidy.rs` lists.

pub mod apply;
pub mod cause;
pub mod cloud;
pub mod event;
pub mod export;
pub mod host;
pub mod kind;
pub mod manifest;
pub mod model;
pub mod plan;
pub mod render;
pub mod report;
pub mod trial;
pub mod verify;

use labctl_asl as asl;
use labctl_picture as picture;
use labctl_source as source;
