//! The calls against answers that are played back.
//!
//! `replay` plays them, `samples` has resources and answers; `answers` tries every operation with answers that are none.

mod answers;
mod contents;
mod executions;
mod observing;
mod ownership;
pub(super) mod replay;
mod resources;
mod samples;
