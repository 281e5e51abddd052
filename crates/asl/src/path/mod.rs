//! JSONPath as Step Functions takes it: Jayway's dialect. `docs/decisions` says why no crate does it.

mod filter;
mod parser;
mod pattern;
mod reference;
mod selection;
mod syntax;

pub(super) use parser::{flaw, parse};
pub(super) use reference::ReferencePath;
pub(super) use selection::Missing;
pub(super) use syntax::{Path, Root, Step};
