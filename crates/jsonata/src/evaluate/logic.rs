//! What is true, and what is equal.

use std::rc::Rc;

use crate::error::Failure;
use crate::number::Number;
use crate::stack;
use crate::value::{Function, Value};

/// Infinity may be made but not used.
pub(crate) fn number_in_use(number: Number) -> Result<(), Failure> {
    if number.as_f64().is_infinite() {
        return Err(Failure::new("D1001", "Number out of range: null"));
    }
    Ok(())
}

/// `$boolean`, with nothing being false.
pub(crate) fn is_true(value: &Value) -> Result<bool, Failure> {
    Ok(match value {
        Value::Bool(flag) => *flag,
        Value::Number(number) => {
            number_in_use(*number)?;
            number.as_f64() != 0.0 && !number.as_f64().is_nan()
        }
        Value::String(text) => !text.is_empty(),
        Value::Array(array) => match array.items() {
            [] => false,
            [only] => stack::deeper(|| is_true(only))?,
            items => {
                let mut any = false;
                for item in items {
                    any |= stack::deeper(|| is_true(item))?;
                }
                any
            }
        },
        Value::Object(object) => object.len() > 0,
        // As in the reference, where these are objects that are not empty; a regular expression is none.
        Value::Function(function) => !matches!(&**function, Function::Regex(_) | Function::Next(..)),
        Value::Undefined | Value::Null | Value::Tuples(_) => false,
    })
}

/// Whether two functions are one.
fn is_same(left: &Rc<Function>, right: &Rc<Function>) -> bool {
    match (&**left, &**right) {
        (Function::Native(left, _), Function::Native(right, _)) => std::ptr::eq(*left, *right),
        _ => Rc::ptr_eq(left, right),
    }
}

/// `=`: by value, however deep. Comparing costs.
pub(crate) fn equal(left: &Value, right: &Value, budget: &mut u64) -> Result<bool, Failure> {
    *budget = budget.checked_sub(1).ok_or_else(Failure::too_long)?;
    Ok(match (left, right) {
        (Value::Null, Value::Null) | (Value::Undefined, Value::Undefined) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => left == right,
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Array(left), Value::Array(right)) => {
            if left.is_same(right) {
                return Ok(true);
            }
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.items().iter().zip(right.items()) {
                if !stack::deeper(|| equal(left, right, budget))? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Object(left), Value::Object(right)) => {
            if left.is_same(right) {
                return Ok(true);
            }
            let (left, right) = (left.members(), right.members());
            if left.len() != right.len() {
                return Ok(false);
            }
            for (name, left) in left.iter() {
                let Some(right) = right.get(name) else { return Ok(false) };
                if !stack::deeper(|| equal(left, right, budget))? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Function(left), Value::Function(right)) => is_same(left, right),
        _ => false,
    })
}

/// `in` compares as JavaScript's `===`: arrays and objects are themselves only.
pub(super) fn identical(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => left == right,
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Array(left), Value::Array(right)) => left.is_same(right),
        (Value::Object(left), Value::Object(right)) => left.is_same(right),
        (Value::Function(left), Value::Function(right)) => is_same(left, right),
        _ => false,
    }
}
