//! Values of the engine and JSON.

use std::rc::Rc;

use jsonata_core::value::{JMap, JValue};
use serde_json::{Map, Number, Value};

use crate::document::DEEPEST;

/// Whole numbers up to here are written without a fraction: they fit into 64 bits.
const LARGEST_WHOLE: f64 = 9_223_372_036_854_775_000.0;

/// The engine's value.
pub(super) fn from_json(value: &Value) -> JValue {
    match value {
        Value::Null => JValue::Null,
        Value::Bool(flag) => JValue::Bool(*flag),
        Value::Number(number) => JValue::Number(number.as_f64().unwrap_or(f64::MAX)),
        Value::String(text) => JValue::from(text.as_str()),
        Value::Array(elements) => JValue::array(elements.iter().map(from_json).collect()),
        Value::Object(members) => object(members.iter().map(|(name, member)| (name.clone(), from_json(member)))),
    }
}

/// An object of the engine.
pub(super) fn object(members: impl Iterator<Item = (String, JValue)>) -> JValue {
    JValue::Object(Rc::new(members.collect::<JMap>()))
}

/// Why a value is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoJson {
    /// A function or a regular expression.
    Unsupported,
    /// It nests deeper than readers of its text would take.
    TooDeep,
}

/// The value as JSON.
pub(super) fn to_json(value: &JValue) -> Result<Value, NoJson> {
    shallow(value, DEEPEST)
}

/// Recursion is at most `left` deep.
fn shallow(value: &JValue, left: usize) -> Result<Value, NoJson> {
    let left = left.checked_sub(1).ok_or(NoJson::TooDeep)?;
    Ok(match value {
        JValue::Null | JValue::Undefined => Value::Null,
        JValue::Bool(flag) => Value::Bool(*flag),
        JValue::Number(number) => Value::Number(to_number(*number).ok_or(NoJson::Unsupported)?),
        JValue::String(text) => Value::String(text.to_string()),
        JValue::Array(elements) => {
            Value::Array(elements.iter().map(|element| shallow(element, left)).collect::<Result<_, _>>()?)
        }
        JValue::Object(members) => {
            let mut object = Map::with_capacity(members.len());
            for (name, member) in members.iter().filter(|(_, member)| !member.is_undefined()) {
                object.insert(name.clone(), shallow(member, left)?);
            }
            Value::Object(object)
        }
        _ => return Err(NoJson::Unsupported),
    })
}

/// `None` for what JSON cannot write.
fn to_number(number: f64) -> Option<Number> {
    if number.fract() == 0.0 && number.abs() < LARGEST_WHOLE {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^63")]
        return Some(Number::from(number as i64));
    }
    Number::from_f64(number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_goes_in_and_out_unchanged() {
        let value = json!({"b": [null, true, 1, -2.5, "x", {}], "a": {"c": [[]]}});
        assert_eq!(to_json(&from_json(&value)), Ok(value.clone()));
        assert_eq!(to_json(&from_json(&value)).unwrap().to_string(), value.to_string());
        assert_eq!(to_json(&JValue::Number(7.0)).unwrap().to_string(), "7");
        assert_eq!(to_json(&JValue::Number(1.0e18)).unwrap().to_string(), "1000000000000000000");
    }

    #[test]
    fn what_json_cannot_say_is_told() {
        assert_eq!(to_json(&JValue::Number(f64::INFINITY)), Err(NoJson::Unsupported));
        assert_eq!(to_json(&JValue::array(vec![JValue::builtin("sum")])), Err(NoJson::Unsupported));
        let deep = (0..DEEPEST).fold(JValue::Null, |inner, _| JValue::array(vec![inner]));
        assert_eq!(to_json(&deep), Err(NoJson::TooDeep));
    }
}
