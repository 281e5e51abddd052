//! What is driven with arbitrary bytes, by `cargo fuzz` and by the property tests beside it. It is compiled for these two only.
//!
//! Each function takes an input in a form that a person can write, so that a seed, a minimised finding and a case of a property
//! test are one thing: see `docs/fuzzing.md`.

#[cfg(test)]
mod cases;
mod definition;
mod expression;
mod machine;

pub use definition::definition;
pub use expression::{comparison, intrinsic, jsonata, path};
pub use machine::execute;
#[cfg(test)]
pub(crate) use machine::seed;
