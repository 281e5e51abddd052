//! Mocks of integrations: as the local endpoint takes them, and held against the pack's machines.

mod book;
mod check;
mod follow;
mod record;

pub(super) use book::book;
pub(super) use check::check;
pub(super) use follow::follow;
pub(super) use record::{recorded, written};
