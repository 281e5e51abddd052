//! Regular expressions as JavaScript has them without the flag `u`: over 16-bit units, with ASCII classes, look-around and back
//! references. Matching takes steps from a budget, so that no pattern takes long.

mod class;
mod matcher;
mod program;
mod reader;

#[cfg(test)]
mod tests;

pub(crate) use matcher::Found;
pub use program::Pattern;
