//! Functions that call functions.

use indexmap::IndexMap;

use crate::error::Failure;
use crate::evaluate::{Run, is_true, merge_sort};
use crate::text;
use crate::value::{Array, Value};

type Gives = Result<Value, Failure>;

fn list(arguments: &[Value]) -> Option<&Array> {
    match arguments.first() {
        Some(Value::Array(array)) => Some(array),
        _ => None,
    }
}

fn arity(function: &Value) -> usize {
    if let Value::Function(function) = function { function.arity() } else { 0 }
}

/// Calls with as many of the arguments as the function takes, the first always.
fn call(run: &Run<'_>, function: &Value, first: &Value, second: impl FnOnce() -> Value, third: &Value) -> Gives {
    let count = arity(function);
    let mut arguments = vec![first.clone()];
    if count >= 2 {
        arguments.push(second());
    }
    if count >= 3 {
        arguments.push(third.clone());
    }
    run.work(1)?;
    run.apply(function, arguments, &Value::Null)
}

pub(super) fn map(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let (Some(array), Some(function)) = (list(arguments), arguments.get(1)) else { return Ok(Value::Undefined) };
    let whole = Value::Array(array.clone());
    let mut results = Vec::new();
    for (index, item) in array.items().iter().enumerate() {
        let value = call(run, function, item, || Value::from(index), &whole)?;
        if !value.is_undefined() {
            results.push(value);
        }
    }
    Ok(Value::sequence(results))
}

pub(super) fn filter(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let (Some(array), Some(function)) = (list(arguments), arguments.get(1)) else { return Ok(Value::Undefined) };
    let whole = Value::Array(array.clone());
    let mut results = Vec::new();
    for (index, item) in array.items().iter().enumerate() {
        if is_true(&call(run, function, item, || Value::from(index), &whole)?)? {
            results.push(item.clone());
        }
    }
    Ok(Value::sequence(results))
}

pub(super) fn single(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(array) = list(arguments) else { return Ok(Value::Undefined) };
    let function = arguments.get(1).filter(|function| !function.is_undefined());
    let whole = Value::Array(array.clone());
    let mut found = None;
    for (index, item) in array.items().iter().enumerate() {
        let fits = match function {
            Some(function) => is_true(&call(run, function, item, || Value::from(index), &whole)?)?,
            None => true,
        };
        if fits && found.replace(item.clone()).is_some() {
            let message = "The $single() function expected exactly 1 matching result.  Instead it matched more.";
            return Err(Failure::new("D3138", message));
        }
    }
    found.ok_or_else(|| {
        let message = "The $single() function expected exactly 1 matching result.  Instead it matched 0.";
        Failure::new("D3139", message)
    })
}

pub(super) fn reduce(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let (Some(array), Some(function)) = (list(arguments), arguments.get(1)) else { return Ok(Value::Undefined) };
    let count = arity(function);
    if count < 2 {
        let message = "The second argument of reduce function must be a function with at least two arguments";
        return Err(Failure::new("D3050", message));
    }
    let mut items = array.items().iter().enumerate();
    let mut result = match arguments.get(2) {
        None | Some(Value::Undefined) => items.next().map(|(_, first)| first.clone()).unwrap_or_default(),
        Some(start) => start.clone(),
    };
    for (index, item) in items {
        let mut given = vec![result, item.clone()];
        if count >= 3 {
            given.push(Value::from(index));
        }
        if count >= 4 {
            given.push(Value::Array(array.clone()));
        }
        run.work(1)?;
        result = run.apply(function, given, &Value::Null)?;
    }
    Ok(result)
}

pub(super) fn each(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let (Some(whole @ Value::Object(object)), Some(function)) = (arguments.first(), arguments.get(1)) else {
        return Ok(Value::sequence(Vec::new()));
    };
    let mut results = Vec::new();
    for (name, member) in object.entries() {
        let value = call(run, function, &member, || Value::String(name), whole)?;
        if !value.is_undefined() {
            results.push(value);
        }
    }
    Ok(Value::sequence(results))
}

pub(super) fn sift(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let (Some(whole @ Value::Object(object)), Some(function)) = (arguments.first(), arguments.get(1)) else {
        return Ok(Value::Undefined);
    };
    let mut kept = IndexMap::new();
    for (name, member) in object.entries() {
        let answer = call(run, function, &member, || Value::String(name.clone()), whole)?;
        if is_true(&answer)? {
            kept.insert(name, member);
        }
    }
    Ok(if kept.is_empty() { Value::Undefined } else { Value::object(kept) })
}

pub(super) fn sort(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(array) = list(arguments) else { return Ok(Value::Undefined) };
    if array.len() <= 1 {
        return Ok(Value::Array(array.clone()));
    }
    let items = array.items();
    if let Some(function @ Value::Function(_)) = arguments.get(1) {
        let sorted = merge_sort(items, &mut |first, second| {
            run.work(1)?;
            let answer = run.apply(function, vec![first.clone(), second.clone()], &Value::Null)?;
            is_true(&answer)
        })?;
        return Ok(Value::array(sorted));
    }
    let numbers = items.iter().all(|item| matches!(item, Value::Number(_)));
    if !numbers && !items.iter().all(|item| matches!(item, Value::String(_))) {
        let message = "The single argument form of the sort function can only be applied to an array of strings or an array of numbers.  Use the second argument to specify a comparison function";
        return Err(Failure::new("D3070", message));
    }
    run.work(items.len())?;
    let mut sorted = items.to_vec();
    sorted.sort_by(|first, second| match (first, second) {
        (Value::Number(first), Value::Number(second)) => first.compare(*second).unwrap_or(std::cmp::Ordering::Equal),
        (Value::String(first), Value::String(second)) => text::compare(first, second),
        _ => std::cmp::Ordering::Equal,
    });
    Ok(Value::array(sorted))
}
