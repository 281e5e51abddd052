//! Functions of objects, and of values of any kind.
#![expect(clippy::unnecessary_wraps, reason = "all functions of the language have one shape")]

use indexmap::{IndexMap, IndexSet};

use super::lists::append;
use crate::error::Failure;
use crate::evaluate::list_fits;
use crate::evaluate::{Run, is_true};
use crate::stack;
use crate::value::{Text, Value};

type Gives = Result<Value, Failure>;

fn first(arguments: &[Value]) -> Value {
    arguments.first().cloned().unwrap_or_default()
}

pub(super) fn boolean(_: &Run<'_>, arguments: &[Value]) -> Gives {
    match first(arguments) {
        Value::Undefined => Ok(Value::Undefined),
        // An argument that is a function reaches the reference's function as something else, which is false.
        Value::Function(_) => Ok(Value::Bool(false)),
        value => Ok(Value::Bool(is_true(&value)?)),
    }
}

pub(super) fn not(_: &Run<'_>, arguments: &[Value]) -> Gives {
    match first(arguments) {
        Value::Undefined => Ok(Value::Undefined),
        Value::Function(_) => Ok(Value::Bool(true)),
        value => Ok(Value::Bool(!is_true(&value)?)),
    }
}

pub(super) fn exists(_: &Run<'_>, arguments: &[Value]) -> Gives {
    Ok(Value::Bool(!first(arguments).is_undefined()))
}

pub(super) fn kind(_: &Run<'_>, arguments: &[Value]) -> Gives {
    let name = match first(arguments) {
        Value::Undefined | Value::Tuples(_) => return Ok(Value::Undefined),
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) => {
            crate::evaluate::number_in_use(number)?;
            "number"
        }
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Function(_) => "function",
    };
    Ok(Value::text(name))
}

pub(super) fn keys(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let mut names = IndexSet::new();
    gather(run, &first(arguments), &mut names)?;
    Ok(Value::sequence(names.into_iter().map(Value::String).collect()))
}

fn gather(run: &Run<'_>, value: &Value, names: &mut IndexSet<Text>) -> Result<(), Failure> {
    run.work(1)?;
    match value {
        Value::Array(array) => {
            for item in array.items() {
                stack::deeper(|| gather(run, item, names))?;
            }
        }
        Value::Object(object) => {
            run.work(object.len() / 8)?;
            names.extend(object.members().keys().cloned());
        }
        _ => {}
    }
    Ok(())
}

pub(super) fn lookup(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let name = arguments.get(1).and_then(Value::as_str).unwrap_or("undefined");
    run.look_up(&first(arguments), name)
}

pub(super) fn spread(run: &Run<'_>, arguments: &[Value]) -> Gives {
    spread_out(run, &first(arguments))
}

fn spread_out(run: &Run<'_>, value: &Value) -> Gives {
    run.work(1)?;
    match value {
        Value::Array(array) => {
            let mut found = Value::sequence(Vec::new());
            let mut all: Vec<Value> = Vec::new();
            let mut any = false;
            for item in array.items() {
                match stack::deeper(|| spread_out(run, item))? {
                    Value::Undefined => continue,
                    Value::Array(inner) => all.extend_from_slice(inner.items()),
                    other => all.push(other),
                }
                any = true;
                list_fits(all.len())?;
            }
            if any {
                found = append(Value::array(all), Value::Undefined);
            }
            Ok(found)
        }
        Value::Object(object) => {
            let single = |(name, member)| Value::object(IndexMap::from([(name, member)]));
            run.work(object.len())?;
            Ok(Value::sequence(object.entries().into_iter().map(single).collect()))
        }
        other => Ok(other.clone()),
    }
}

pub(super) fn merge(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(Value::Array(array)) = arguments.first() else { return Ok(Value::Undefined) };
    let mut merged = IndexMap::new();
    for item in array.items() {
        if let Value::Object(object) = item {
            run.work(1 + object.len() / 4)?;
            merged.extend(object.entries());
        }
    }
    Ok(Value::object(merged))
}

pub(super) fn clone(run: &Run<'_>, arguments: &[Value]) -> Gives {
    run.copy(&first(arguments), true, 0)
}

pub(super) fn error(_: &Run<'_>, arguments: &[Value]) -> Gives {
    let message = arguments.first().and_then(Value::as_str).filter(|text| !text.is_empty());
    Err(Failure::new("D3137", message.unwrap_or("$error() function evaluated")))
}

pub(super) fn assert(_: &Run<'_>, arguments: &[Value]) -> Gives {
    if matches!(arguments.first(), Some(Value::Bool(true))) {
        return Ok(Value::Undefined);
    }
    let message = arguments.get(1).and_then(Value::as_str).filter(|text| !text.is_empty());
    Err(Failure::new("D3141", message.unwrap_or("$assert() statement failed")))
}
