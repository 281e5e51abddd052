//! `[?(…)]`: the condition on each element.

use std::cmp::Ordering;

use serde_json::Value;

use super::pattern::Pattern;
use super::selection::{Ground, gather};
use super::syntax::Step;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    /// The operand is there, whatever it is.
    Exists(Operand),
    Compare(Operand, Comparison, Operand),
    /// The whole text of the operand matches.
    Matches(Operand, Pattern),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// `@…`
    Element(Vec<Step>),
    /// `$…`
    Root(Vec<Step>),
    Literal(Value),
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    /// Every element is in the other list.
    SubsetOf,
    /// Some element is.
    AnyOf,
    /// No element is.
    NoneOf,
    /// It holds all of the other list.
    All,
    /// It holds the other value, or the other text.
    Contains,
    /// So many elements or characters.
    Size,
    /// Whether there are none.
    Empty,
}

impl Filter {
    pub(super) fn accepts<'v>(&'v self, element: &'v Value, root: &Ground<'v>) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.accepts(element, root)),
            Self::And(parts) => parts.iter().all(|part| part.accepts(element, root)),
            Self::Not(part) => !part.accepts(element, root),
            Self::Exists(operand) => operand.value(element, root).is_some(),
            Self::Matches(operand, pattern) => operand.value(element, root).is_some_and(|value| pattern.matches(value)),
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
            Self::In => holds(right, left),
            Self::NotIn => !holds(right, left),
            Self::SubsetOf => left.as_array().is_some_and(|all| all.iter().all(|one| holds(right, one))),
            Self::AnyOf => left.as_array().is_some_and(|all| all.iter().any(|one| holds(right, one))),
            Self::NoneOf => left.as_array().is_some_and(|all| !all.iter().any(|one| holds(right, one))),
            Self::All => right.as_array().is_some_and(|all| all.iter().all(|one| holds(left, one))),
            Self::Contains => match (left, right) {
                (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
                _ => holds(left, right),
            },
            Self::Size => length(left).is_some_and(|length| right.as_u64() == Some(length)),
            Self::Empty => length(left).is_some_and(|length| right.as_bool() == Some(length == 0)),
        }
    }
}

/// Whether a list has an element.
fn holds(list: &Value, element: &Value) -> bool {
    list.as_array().is_some_and(|all| all.iter().any(|one| equal(element, one)))
}

fn length(value: &Value) -> Option<u64> {
    let length = match value {
        Value::Array(elements) => elements.len(),
        Value::String(text) => text.encode_utf16().count(),
        _ => return None,
    };
    u64::try_from(length).ok()
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
