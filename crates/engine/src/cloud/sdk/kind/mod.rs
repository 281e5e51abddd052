//! What the SDK is asked about one kind of resource: a file per kind that lists, reads, creates, updates, deletes and tags.
//!
//! `calls` is the trait they implement; `every` hands a resource to the file of its kind.

mod any_resource;
mod calls;
pub(super) mod dashboard;
pub(super) mod every;
pub(super) mod function;
mod late;
pub(super) mod log_group;
mod queue;
mod reading;
pub(super) mod role;
pub(super) mod state_machine;

pub(super) use calls::{Owned, Update};
