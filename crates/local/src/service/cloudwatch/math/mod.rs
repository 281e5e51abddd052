//! Metric math: expressions over the series of a request. Pure.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>

mod clock_functions;
mod evaluate;
mod functions;
mod line;
mod parse;
#[cfg(test)]
mod tests;
mod tokens;
mod value;

pub(super) use evaluate::{Span, evaluate, points_of_a_request};
pub(super) use line::Line;
pub(super) use parse::{Node, parse};
pub(super) use value::Value;

/// Why an expression has no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is wrong, in the service's words.
    Wrong(String),
    /// The function, by its name, is one that this endpoint does not offer.
    NotOffered(String),
}

impl Refusal {
    fn wrong(message: impl Into<String>) -> Self {
        Self::Wrong(message.into())
    }
}
