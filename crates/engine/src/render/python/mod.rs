//! Handlers in Python, parsed and never run: what a module defines, what it imports, and what is missing of it.
//!
//! `module` reads one file, `sources` finds modules among the files of a package, `examine` says what is wrong.

mod examine;
mod module;
mod sources;

pub(super) use examine::{Examined, examine};
pub(super) use module::syntax;
