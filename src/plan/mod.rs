//! Decisions: what has to change so that what is there becomes what is wanted. Pure and synchronous: no clock, no client.

mod change;

pub use change::{Action, Change, FieldChange, Plan, Summary, UserPlan};
