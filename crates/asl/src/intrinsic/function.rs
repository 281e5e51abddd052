//! The functions there are.

use serde_json::Value;

use super::arguments::argument;
use super::{array, math, text};
use crate::random::Random;

/// An intrinsic function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Format,
    StringToJson,
    JsonToString,
    Array,
    ArrayPartition,
    ArrayContains,
    ArrayRange,
    ArrayGetItem,
    ArrayLength,
    ArrayUnique,
    Base64Encode,
    Base64Decode,
    Hash,
    JsonMerge,
    MathRandom,
    MathAdd,
    StringSplit,
    Uuid,
}

/// Name, function, fewest and most arguments.
const ALL: [(&str, Function, usize, usize); 18] = [
    ("States.Format", Function::Format, 1, usize::MAX),
    ("States.StringToJson", Function::StringToJson, 1, 1),
    ("States.JsonToString", Function::JsonToString, 1, 1),
    ("States.Array", Function::Array, 0, usize::MAX),
    ("States.ArrayPartition", Function::ArrayPartition, 2, 2),
    ("States.ArrayContains", Function::ArrayContains, 2, 2),
    ("States.ArrayRange", Function::ArrayRange, 3, 3),
    ("States.ArrayGetItem", Function::ArrayGetItem, 2, 2),
    ("States.ArrayLength", Function::ArrayLength, 1, 1),
    ("States.ArrayUnique", Function::ArrayUnique, 1, 1),
    ("States.Base64Encode", Function::Base64Encode, 1, 1),
    ("States.Base64Decode", Function::Base64Decode, 1, 1),
    ("States.Hash", Function::Hash, 2, 2),
    ("States.JsonMerge", Function::JsonMerge, 3, 3),
    ("States.MathRandom", Function::MathRandom, 2, 3),
    ("States.MathAdd", Function::MathAdd, 2, 2),
    ("States.StringSplit", Function::StringSplit, 2, 2),
    ("States.UUID", Function::Uuid, 0, 0),
];
/// So many letters may differ in a name that is taken for another.
const FARTHEST: usize = 4;

impl Function {
    pub(super) fn named(name: &str) -> Result<Self, String> {
        if let Some((_, function, ..)) = ALL.iter().find(|(known, ..)| *known == name) {
            return Ok(*function);
        }
        let near = labctl_source::nearest_within(name, ALL.iter().map(|(known, ..)| *known), |_| FARTHEST);
        Err(match near {
            Some(known) => format!("`{name}` is no intrinsic function: did you mean `{known}`?"),
            None => format!("`{name}` is no intrinsic function"),
        })
    }

    /// Says so, if it does not take that many arguments.
    pub(super) fn check(self, arguments: usize) -> Result<(), String> {
        let Some((name, _, fewest, most)) = ALL.iter().find(|(_, function, ..)| *function == self) else {
            return Ok(());
        };
        if (*fewest..=*most).contains(&arguments) {
            return Ok(());
        }
        Err(if fewest == most {
            format!("`{name}` takes {fewest} arguments, not {arguments}")
        } else if *most == usize::MAX {
            format!("`{name}` takes at least {fewest} arguments, not {arguments}")
        } else {
            format!("`{name}` takes {fewest} to {most} arguments, not {arguments}")
        })
    }

    /// The result, or what AWS would call the error.
    pub(super) fn apply(self, arguments: Vec<Value>, random: &mut Random) -> Result<Value, String> {
        match self {
            Self::Format => text::format(&arguments),
            Self::StringToJson => text::string_to_json(&arguments),
            Self::JsonToString => Ok(Value::String(argument(&arguments, 0).to_string())),
            Self::Array => Ok(Value::Array(arguments)),
            Self::ArrayPartition => array::partition(&arguments),
            Self::ArrayContains => array::contains(&arguments),
            Self::ArrayRange => array::range(&arguments),
            Self::ArrayGetItem => array::get_item(&arguments),
            Self::ArrayLength => array::length(&arguments),
            Self::ArrayUnique => array::unique(&arguments),
            Self::Base64Encode => text::base64_encode(&arguments),
            Self::Base64Decode => text::base64_decode(&arguments),
            Self::Hash => text::hash(&arguments),
            Self::JsonMerge => text::json_merge(arguments),
            Self::MathRandom => math::random(&arguments, random),
            Self::MathAdd => math::add(&arguments),
            Self::StringSplit => text::split(&arguments),
            Self::Uuid => Ok(Value::String(random.uuid())),
        }
    }
}

/// What an argument must be, where it must be anything, and what a call gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Number,
    Flag,
    List,
    Object,
}

impl Shape {
    /// With its article: `a number`.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::List => "an array",
            Self::Object => "an object",
        }
    }

    /// That of a value.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(_) => Some(Self::Flag),
            Value::Number(_) => Some(Self::Number),
            Value::String(_) => Some(Self::Text),
            Value::Array(_) => Some(Self::List),
            Value::Object(_) => Some(Self::Object),
        }
    }
}

impl Function {
    /// How it is written.
    pub(super) fn name(self) -> &'static str {
        ALL.iter().find(|(_, function, ..)| *function == self).map_or("", |(name, ..)| name)
    }

    /// What the argument at a place, counted from 0, must be; None where anything is taken.
    pub(super) fn takes(self, at: usize) -> Option<Shape> {
        match (self, at) {
            (Self::StringToJson | Self::Base64Encode | Self::Base64Decode | Self::Hash | Self::StringSplit, _)
            | (Self::Format, 0) => Some(Shape::Text),
            (Self::ArrayRange | Self::MathRandom | Self::MathAdd, _)
            | (Self::ArrayPartition | Self::ArrayGetItem, 1) => Some(Shape::Number),
            (
                Self::ArrayPartition | Self::ArrayContains | Self::ArrayGetItem | Self::ArrayLength | Self::ArrayUnique,
                0,
            ) => Some(Shape::List),
            (Self::JsonMerge, 0 | 1) => Some(Shape::Object),
            (Self::JsonMerge, _) => Some(Shape::Flag),
            _ => None,
        }
    }

    /// What it gives; None where that depends on its arguments.
    pub(super) fn gives(self) -> Option<Shape> {
        match self {
            Self::Format | Self::JsonToString | Self::Base64Encode | Self::Base64Decode | Self::Hash | Self::Uuid => {
                Some(Shape::Text)
            }
            Self::Array | Self::ArrayPartition | Self::ArrayRange | Self::ArrayUnique | Self::StringSplit => {
                Some(Shape::List)
            }
            Self::ArrayLength | Self::MathRandom | Self::MathAdd => Some(Shape::Number),
            Self::ArrayContains => Some(Shape::Flag),
            Self::JsonMerge => Some(Shape::Object),
            Self::StringToJson | Self::ArrayGetItem => None,
        }
    }
}
