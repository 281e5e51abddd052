//! `[?(…)]`: the condition on each element.

use std::cmp::Ordering;

use serde_json::Value;

use super::selection::{Ground, gather};
use super::syntax::Step;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::asl) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    /// The operand is there, whatever it is.
    Exists(Operand),
    Compare(Operand, Comparison, Operand),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::asl) enum Operand {
    /// `@…`
    Element(Vec<Step>),
    /// `$…`
    Root(Vec<Step>),
    Literal(Value),
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::asl) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

impl Filter {
    pub(super) fn accepts<'v>(&'v self, element: &'v Value, root: &Ground<'v>) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.accepts(element, root)),
            Self::And(parts) => parts.iter().all(|part| part.accepts(element, root)),
            Self::Not(part) => !part.accepts(element, root),
            Self::Exists(operand) => operand.value(element, root).is_some(),
            Self::Compare(left, comparison, right) => {
                match (left.value(element, root), right.value(element, root)) {
                    (Some(left), Some(right)) => comparison.holds(left, right),
                    // A missing side differs from everything.
                    _ => matches!(comparison, Comparison::NotEqual | Comparison::NotIn),
                }
            }
        }
    }
}

impl Operand {
    fn value<'v>(&'v self, element: &'v Value, root: &Ground<'v>) -> Option<&'v Value> {
        match self {
            Self::Element(steps) => gather(steps, element, root).first().copied(),
            Self::Root(steps) => gather(steps, root.value, root).first().copied(),
            Self::Literal(value) => Some(value),
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        match self {
            Self::Equal => equal(left, right),
            Self::NotEqual => !equal(left, right),
            Self::Less => order(left, right) == Some(Ordering::Less),
            Self::Greater => order(left, right) == Some(Ordering::Greater),
            Self::LessOrEqual => matches!(order(left, right), Some(Ordering::Less | Ordering::Equal)),
            Self::GreaterOrEqual => matches!(order(left, right), Some(Ordering::Greater | Ordering::Equal)),
            Self::In => right.as_array().is_some_and(|all| all.iter().any(|one| equal(left, one))),
            Self::NotIn => !right.as_array().is_some_and(|all| all.iter().any(|one| equal(left, one))),
        }
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => {
            left.total_cmp(&right) == Ordering::Equal || left.partial_cmp(&right) == Some(Ordering::Equal)
        }
        _ => left == right,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
