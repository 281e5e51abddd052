//! Evaluating a tree.

mod apply;
mod expression;
mod group;
mod logic;
mod operators;
mod path;
mod run;
mod sort;
mod transform;
mod tuple;

pub use expression::evaluate;
pub(crate) use logic::{equal, is_true, number_in_use};
pub use run::Host;
pub(crate) use run::{MOST_TEXT, Run, list_fits};
pub(crate) use sort::merge_sort;
