//! Payload templates: Parameters, ResultSelector, ItemSelector; Arguments, Output, Assign.
//! <https://states-language.net/spec.html#payload-template>

use super::scope::Scope;
use std::borrow::Cow;

use serde_json::{Map, Value};

use super::failure::Failure;
use super::intrinsic::Call;
use super::path::{self, Path};
use super::query::Query;

/// The value of a field whose name ends in `.$`.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    Path(Path),
    Call(Call),
}

impl Expression {
    /// A path or a call of an intrinsic function; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('$') {
            path::parse(text).map(Self::Path)
        } else {
            Call::parse(text).map(Self::Call)
        }
    }

    /// Where reading it stops, in characters from 0; None if nothing is wrong with it.
    pub(super) fn flaw(text: &str) -> Option<usize> {
        if text.trim_start().starts_with('$') { path::flaw(text) } else { Call::flaw(text) }
    }

    /// Whether it is read as it looks.
    pub(super) fn is_sound(&self) -> bool {
        match self {
            Self::Path(path) => path.is_sound(),
            Self::Call(_) => true,
        }
    }

    /// The value for `field`.
    pub(super) fn evaluate(&self, field: &str, scope: &mut Scope<'_>) -> Result<Value, Failure> {
        match self {
            Self::Call(call) => call.evaluate(scope),
            Self::Path(path) => scope.select(path).map(Cow::into_owned).map_err(|_| {
                let (path, input) = (&path.text, scope.input);
                Failure::runtime(format!(
                    "The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{input}'"
                ))
            }),
        }
    }
}

/// A value with expressions in it.
#[derive(Clone, Debug)]
pub(super) enum Template {
    Literal(Value),
    Object(Vec<(String, Self)>),
    Array(Vec<Self>),
    Expression {
        field: String,
        expression: Expression,
    },
    /// A JSONata string.
    Query(Query),
}

impl Template {
    /// The value with every expression replaced.
    pub(super) fn evaluate(&self, scope: &mut Scope<'_>) -> Result<Value, Failure> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Array(elements) => {
                elements.iter().map(|element| element.evaluate(scope)).collect::<Result<_, _>>().map(Value::Array)
            }
            Self::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                for (name, member) in members {
                    object.insert(name.clone(), member.evaluate(scope)?);
                }
                Ok(Value::Object(object))
            }
            Self::Expression { field, expression } => expression.evaluate(field, scope),
            Self::Query(query) => query.evaluate(scope),
        }
    }
}
