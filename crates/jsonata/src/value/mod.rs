//! The values of an expression.

mod data;
mod function;
mod json;
mod memory;

pub use data::Value;
pub(crate) use data::{Array, Text, Tuple, Tuples};
pub(crate) use function::{Closure, Frame, Function, Native};
pub use json::NoJson;
pub(crate) use json::{read_json, shown, write_json};
pub(crate) use memory::live;
