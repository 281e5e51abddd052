//! Pictures of times and of whole numbers, as XPath defines them.
//! <https://www.w3.org/TR/xpath-functions-31/#formatting-dates-and-times>

mod calendar;
mod integer;
mod iso;
mod picture;
mod read;
mod words;
mod write;

pub(crate) use integer::{IntegerFormat, regular_interval};
pub(crate) use iso::read_iso;
pub(crate) use read::read;
pub(crate) use write::write;
