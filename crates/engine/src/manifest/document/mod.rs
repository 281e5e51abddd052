//! The files of a lab as located trees, and what is said of those that cannot be read.

mod file;
mod recovery;

pub(super) use file::{Codes, Document, from_bytes, read, read_export};
pub(super) use recovery::recover;
