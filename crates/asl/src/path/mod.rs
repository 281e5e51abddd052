//! JSONPath as Step Functions takes it: that of Jayway JsonPath 2.0. `docs/decisions` says how that is known.

mod bracket;
mod compare;
mod filter;
mod parser;
mod pattern;
mod reference;
mod selection;
mod syntax;
mod warnings;

pub use selection::find_path;

pub(super) use parser::{flaw, parse};
pub(super) use reference::{ReferencePath, flaw as reference_flaw};
pub(super) use selection::Missing;
pub(super) use syntax::{Path, Root, Step};
