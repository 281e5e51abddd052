//! JSONata, the second query language. `jsonata-core` reads and evaluates it; what is here is what Step Functions adds, forbids and
//! reports. <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>

mod convert;
mod evaluate;
mod expression;
mod function;
mod mentions;
mod reference;
mod sight;

#[cfg(test)]
mod cases;

pub(super) use evaluate::{NoValue, Seen};
pub(super) use expression::{Expression, between_marks};
pub(super) use reference::Reference;
