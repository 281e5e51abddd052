//! Functions of lists.
#![expect(clippy::unnecessary_wraps, reason = "all functions of the language have one shape")]

use crate::error::Failure;
use crate::evaluate::list_fits;
use crate::evaluate::{Run, equal};
use crate::value::{Array, Value};

type Gives = Result<Value, Failure>;

/// Two lists, or values, one after the other.
pub(crate) fn append(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Undefined, second) => second,
        (first, Value::Undefined) => first,
        (first, second) => {
            let mut items = match first {
                Value::Array(array) => array.items().to_vec(),
                other => vec![other],
            };
            match second {
                Value::Array(array) => items.extend_from_slice(array.items()),
                other => items.push(other),
            }
            Value::array(items)
        }
    }
}

pub(super) fn append_two(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let (first, second) =
        (arguments.first().cloned().unwrap_or_default(), arguments.get(1).cloned().unwrap_or_default());
    let count = |value: &Value| if let Value::Array(array) = value { array.len() } else { 1 };
    list_fits(count(&first) + count(&second))?;
    run.work((count(&first) + count(&second)) / 16)?;
    Ok(append(first, second))
}

pub(super) fn count(_: &Run<'_>, arguments: &[Value]) -> Gives {
    Ok(Value::from(if let Some(Value::Array(array)) = arguments.first() { array.len() } else { 0 }))
}

pub(super) fn reverse(run: &Run<'_>, arguments: &[Value]) -> Gives {
    Ok(match arguments.first() {
        Some(Value::Array(array)) if array.len() > 1 => {
            run.work(array.len() / 16)?;
            Value::array(array.items().iter().rev().cloned().collect())
        }
        other => other.cloned().unwrap_or_default(),
    })
}

pub(super) fn shuffle(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(Value::Array(array)) = arguments.first() else { return Ok(Value::Undefined) };
    if array.len() <= 1 {
        return Ok(Value::Array(array.clone()));
    }
    run.work(array.len() / 4)?;
    let mut items = array.items().to_vec();
    for at in (1..items.len()).rev() {
        let wide = u128::from(run.host.random()) * (at as u128 + 1);
        items.swap(at, usize::try_from(wide >> 64).unwrap_or(at));
    }
    Ok(Value::array(items))
}

pub(super) fn distinct(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let array = match arguments.first() {
        Some(Value::Array(array)) if array.len() > 1 => array,
        other => return Ok(other.cloned().unwrap_or_default()),
    };
    let mut kept: Vec<Value> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for item in array.items() {
        let known = match item {
            Value::String(text) => !seen.insert(format!("s{}", &**text)),
            Value::Number(number) if !number.as_f64().is_nan() => !seen.insert(number.text()),
            other => run.with_budget(|budget| {
                for old in kept.iter().filter(|old| !matches!(old, Value::String(_) | Value::Number(_))) {
                    if equal(old, other, budget)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            })?,
        };
        run.work(1)?;
        if !known {
            kept.push(item.clone());
        }
    }
    let made = if array.sequence { Array::sequence(kept) } else { Array::new(kept) };
    Ok(Value::Array(made))
}

pub(super) fn zip(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let length = arguments.iter().map(|list| if let Value::Array(array) = list { array.len() } else { 0 }).min();
    let length = length.unwrap_or_default();
    run.work(length.saturating_mul(arguments.len()))?;
    let row = |index: usize| {
        let cell = |list: &Value| {
            if let Value::Array(array) = list { array.items().get(index).cloned() } else { None }.unwrap_or_default()
        };
        Value::array(arguments.iter().map(cell).collect())
    };
    Ok(Value::array((0..length).map(row).collect()))
}
