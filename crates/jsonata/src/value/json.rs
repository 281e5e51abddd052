//! Values and JSON.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number as JsonNumber};

use super::data::{Text, Value};
use crate::error::Failure;
use crate::number::{Number, to_i64};
use crate::quote::quoted_into;
use crate::stack;
use crate::text::outward;

/// Characters of a value in a message.
const LONGEST_SHOWN: usize = 8_192;

/// Whole doubles below are written as whole numbers of 64 bits.
const LARGEST_WHOLE: f64 = 9_223_372_036_854_775_807.0;
/// Values inside values.
const DEEPEST: usize = 1_000;
/// Elements and members of a result: what takes more could not be handed on.
const MOST_PARTS: usize = 2_000_000;
/// Bytes of a result's text.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Why a value is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoJson {
    /// It is a function or a regular expression, or holds one.
    Function,
    /// It nests too deeply.
    TooDeep,
    /// It is too large.
    TooLarge,
}

impl Value {
    /// The value of JSON.
    pub fn from_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(flag) => Self::Bool(*flag),
            serde_json::Value::Number(number) => Self::Number(from_number(number)),
            serde_json::Value::String(text) => Self::text(text.as_str()),
            serde_json::Value::Array(items) => Self::array(items.iter().map(Self::from_json).collect()),
            serde_json::Value::Object(members) => Self::object(
                members.iter().map(|(name, member)| (Text::from(name.as_str()), Self::from_json(member))).collect(),
            ),
        }
    }

    /// As JSON of at most so many values inside values. What is no finite number becomes text, as AWS writes it.
    pub fn to_json(&self, deepest: usize) -> Result<serde_json::Value, NoJson> {
        let mut left = (MOST_PARTS, MOST_BYTES);
        self.json(deepest, &mut left)
    }

    fn json(&self, depth: usize, left: &mut (usize, usize)) -> Result<serde_json::Value, NoJson> {
        let depth = depth.checked_sub(1).ok_or(NoJson::TooDeep)?;
        left.0 = left.0.checked_sub(1).ok_or(NoJson::TooLarge)?;
        Ok(match self {
            Self::Undefined | Self::Null => serde_json::Value::Null,
            Self::Bool(flag) => serde_json::Value::Bool(*flag),
            Self::Number(number) => to_number(*number),
            Self::String(text) => {
                left.1 = left.1.checked_sub(text.len()).ok_or(NoJson::TooLarge)?;
                serde_json::Value::String(outward(text))
            }
            Self::Array(array) => {
                let items: Result<Vec<_>, NoJson> =
                    stack::deeper(|| array.items().iter().map(|item| item.json(depth, left)).collect());
                serde_json::Value::Array(items?)
            }
            Self::Object(object) => stack::deeper(|| {
                let mut members = Map::new();
                for (name, member) in object.members().iter() {
                    left.1 = left.1.checked_sub(name.len()).ok_or(NoJson::TooLarge)?;
                    if !member.is_undefined() {
                        members.insert(outward(name), member.json(depth, left)?);
                    }
                }
                Ok(serde_json::Value::Object(members))
            })?,
            Self::Function(_) | Self::Tuples(_) => return Err(NoJson::Function),
        })
    }
}

fn from_number(number: &JsonNumber) -> Number {
    match number.as_i64() {
        Some(whole) => Number::Int(whole),
        None => Number::from_f64(number.as_f64().unwrap_or(f64::MAX)),
    }
}

fn to_number(number: Number) -> serde_json::Value {
    match number {
        Number::Int(whole) => whole.into(),
        Number::Float(float) if float.fract() == 0.0 && float.abs() < LARGEST_WHOLE => to_i64(float).into(),
        Number::Float(float) => {
            JsonNumber::from_f64(float).map_or_else(|| number.text().into(), serde_json::Value::Number)
        }
    }
}

/// Strict JSON: names are there once, numbers fit a double.
pub(crate) fn read_json(text: &str) -> Option<Value> {
    serde_json::from_str::<Strict>(text).ok().map(|strict| strict.0)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Strict)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(Number::Int(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        let read = || Number::read(&number.to_string());
        Ok(Value::Number(i64::try_from(number).map_or_else(|_| read().unwrap_or(Number::Int(i64::MAX)), Number::Int)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = IndexMap::new();
        while let Some((name, Strict(member))) = access.next_entry::<String, Strict>()? {
            if members.insert(Text::from(name), member).is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Value::object(members))
    }
}

/// How a value is written as text.
#[derive(Clone, Copy, Default)]
pub(crate) struct Style {
    /// Two spaces for each level.
    pub pretty: bool,
    /// Fractions with 15 digits.
    pub rounded: bool,
}

/// JSON text as JavaScript's `JSON.stringify` writes it; functions are empty text.
pub(crate) fn write_json(value: &Value, pretty: bool, rounded: bool, most: usize) -> Result<String, Failure> {
    let mut text = String::new();
    write(value, Style { pretty, rounded }, 0, most, &mut text)?;
    Ok(text)
}

fn write(value: &Value, style: Style, depth: usize, most: usize, text: &mut String) -> Result<(), Failure> {
    if text.len() > most {
        return Err(Failure::memory());
    }
    if depth > DEEPEST {
        return Err(Failure::too_deep());
    }
    match value {
        Value::Undefined | Value::Null | Value::Tuples(_) => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) if style.rounded && number.as_f64().is_infinite() => {
            return Err(Failure::new("D1001", "Number out of range: null"));
        }
        Value::Number(number) if !number.as_f64().is_finite() => text.push_str("null"),
        Value::Number(number) => {
            text.push_str(&if style.rounded { number.rounded_text() } else { number.text() });
        }
        Value::String(inner) => quoted_into(inner, text),
        Value::Function(_) => text.push_str("\"\""),
        Value::Array(array) => {
            text.push('[');
            for (index, item) in array.items().iter().enumerate() {
                separate(index, style, depth + 1, text);
                stack::deeper(|| write(item, style, depth + 1, most, text))?;
            }
            end(array.len(), style, depth, text);
            text.push(']');
        }
        Value::Object(object) => {
            text.push('{');
            let members = object.members();
            let shown = members.iter().filter(|(_, member)| !member.is_undefined());
            let mut count = 0;
            for (index, (name, member)) in shown.enumerate() {
                separate(index, style, depth + 1, text);
                quoted_into(name, text);
                text.push_str(if style.pretty { ": " } else { ":" });
                stack::deeper(|| write(member, style, depth + 1, most, text))?;
                count += 1;
            }
            end(count, style, depth, text);
            text.push('}');
        }
    }
    Ok(())
}

fn separate(index: usize, style: Style, depth: usize, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
    if style.pretty {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    }
}

fn end(count: usize, style: Style, depth: usize, text: &mut String) {
    if style.pretty && count > 0 {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    }
}

/// A value as messages show it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Undefined | Value::Function(_) => return "undefined".to_owned(),
        _ => {}
    }
    write_json(value, false, false, LONGEST_SHOWN).unwrap_or_else(|_| "…".to_owned())
}
