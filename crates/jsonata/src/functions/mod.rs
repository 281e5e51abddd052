//! The built-in functions.

mod higher;
mod lists;
mod matching;
mod numbers;
mod objects;
mod own;
mod picture;
mod strings;
mod table;
mod times;
mod urls;

pub(crate) use lists::append;
pub(crate) use matching::regex_match;
pub(crate) use strings::text_of;
pub(crate) use table::named;
pub use table::names;
