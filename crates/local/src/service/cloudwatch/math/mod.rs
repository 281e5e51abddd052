//! Metric math: expressions over the series of a request. Pure.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>

mod clock_functions;
mod evaluate;
mod functions;
mod line;
mod parse;
mod refusal;
mod scope;
#[cfg(test)]
mod tests;
mod tokens;
mod value;

pub(super) use evaluate::evaluate;
pub(super) use line::Line;
pub(super) use parse::{Node, parse};
pub(super) use refusal::Refusal;
pub(super) use scope::{Scope, Span, points_of_a_request};
pub(super) use value::Value;
