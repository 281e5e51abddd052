//! JSONata, the second query language. The package `labctl-jsonata` reads and evaluates it; what is here is what Step Functions forbids
//! and reports, and what an expression sees of a state.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>

mod evaluate;
mod expression;
mod mentions;
mod reference;
mod referenced_names;

#[cfg(test)]
mod cases;
mod seen;

pub(super) use evaluate::NoValue;
pub(super) use expression::{Expression, between_marks};
pub(super) use labctl_jsonata::function_names;
pub(super) use reference::Reference;
pub(super) use seen::Seen;
