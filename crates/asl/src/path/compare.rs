//! The two sides of a comparison, as Jayway's `Criteria` compares them.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::pattern::Pattern;

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// The whole text matches.
    Matches,
}

/// A side of a comparison.
pub(super) enum Side<'o> {
    Value(Cow<'o, Value>),
    Pattern(&'o Pattern),
}

impl Comparison {
    /// Whether it holds; the error says why the whole path fails.
    pub(super) fn holds(self, left: &Side<'_>, right: &Side<'_>) -> Result<bool, String> {
        let (left, right) = match (self, left, right) {
            (Self::Matches, Side::Pattern(pattern), other) | (Self::Matches, other, Side::Pattern(pattern)) => {
                return Ok(match other {
                    Side::Value(value) => pattern.matches(value),
                    Side::Pattern(text) => pattern.matches(&Value::from(text.text())),
                });
            }
            (Self::Matches, ..) => return Err("a regular expression stands between slashes: `=~ /a.*/i`".to_owned()),
            (_, Side::Value(left), Side::Value(right)) => (left, right),
            _ => return Ok(false),
        };
        if !matches!(self, Self::Equal | Self::NotEqual) && left.is_null() != right.is_null() {
            return Ok(false);
        }
        let order = order(right, left)?;
        // What cannot be compared is not even different.
        Ok(order.is_some_and(|order| match self {
            Self::NotEqual => order != Ordering::Equal,
            Self::Greater => order == Ordering::Less,
            Self::GreaterOrEqual => order != Ordering::Greater,
            Self::Less => order == Ordering::Greater,
            Self::LessOrEqual => order != Ordering::Less,
            Self::Equal | Self::Matches => order == Ordering::Equal,
        }))
    }
}

/// How what is expected stands to what is there; None if they cannot be compared.
#[expect(clippy::ptr_arg, reason = "asks whether both are borrowed from one place")]
fn order(expected: &Cow<'_, Value>, there: &Cow<'_, Value>) -> Result<Option<Ordering>, String> {
    let nullish = |value: &Value| value.is_null() || value.as_str() == Some("null");
    if let (Cow::Borrowed(expected), Cow::Borrowed(there)) = (expected, there)
        && std::ptr::eq(*expected, *there)
    {
        return Ok(Some(Ordering::Equal));
    }
    match (nullish(expected), nullish(there)) {
        (true, true) => return Ok(Some(Ordering::Equal)),
        (true, false) => return Ok(Some(Ordering::Less)),
        (false, true) => return Ok(Some(Ordering::Greater)),
        (false, false) => {}
    }
    Ok(match (&**expected, &**there) {
        (Value::String(expected), Value::String(there)) => {
            Some(expected.replace("\\'", "'").encode_utf16().cmp(there.encode_utf16()))
        }
        (Value::Number(expected), Value::Number(there)) => numbers(&expected.to_string(), &there.to_string())?,
        (Value::String(expected), Value::Number(there)) => numbers(expected, &there.to_string())?,
        (Value::String(expected), Value::Bool(there)) => Some(expected.eq_ignore_ascii_case("true").cmp(there)),
        (Value::Bool(expected), Value::Bool(there)) => Some(expected.cmp(there)),
        _ => None,
    })
}

fn numbers(expected: &str, there: &str) -> Result<Option<Ordering>, String> {
    let is_number = !expected.is_empty() && expected.chars().all(|letter| "+-.eE0123456789".contains(letter));
    if let (Ok(expected), Ok(there)) = (expected.parse::<i128>(), there.parse::<i128>()) {
        return Ok(Some(expected.cmp(&there)));
    }
    match (expected.parse::<f64>(), there.parse::<f64>()) {
        (Ok(expected), Ok(there)) if is_number => Ok(expected.partial_cmp(&there)),
        _ => Err(format!("`{expected}` is no number, and cannot be compared with one")),
    }
}
