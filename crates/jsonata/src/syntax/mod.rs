//! From text to a tree.

mod ancestry;
mod lexer;
mod raw;
mod shape;
mod tree;

#[cfg(test)]
mod tests;

pub use shape::parse;
pub use tree::{Binding, Call, Group, Kind, Lambda, Literal, Node, Operator, Path, Slot, Stage, Term, Transform};
