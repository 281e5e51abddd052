//! Intrinsic functions. <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>

mod arguments;
mod array;
mod call;
mod function;
mod math;
mod parser;
mod text;

pub(super) use call::Call;
