//! Payload templates: Parameters, ResultSelector, ItemSelector; Arguments, Output, Assign.
//! <https://states-language.net/spec.html#payload-template>

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::context::Context;
use super::failure::Failure;
use super::intrinsic::Call;
use super::jsonata::Seen;
use super::path::{self, Missing, Path, Root};
use super::query::Query;
use super::random::Random;

/// What an expression can see.
pub(super) struct Scope<'run> {
    /// `$` in JSONPath, `$states.input` in JSONata.
    pub input: &'run Value,
    /// `$states.result`
    pub result: Option<&'run Value>,
    /// `$states.errorOutput`
    pub error_output: Option<&'run Value>,
    pub context: &'run Context<'run>,
    pub random: &'run mut Random,
    /// What the state's JSONata expressions have looked at so far.
    pub seen: Seen,
}

impl<'run> Scope<'run> {
    /// A state that has nothing but its input yet.
    pub(super) fn new(input: &'run Value, context: &'run Context<'run>, random: &'run mut Random) -> Self {
        Self { input, result: None, error_output: None, context, random, seen: Seen::default() }
    }

    /// What a path finds, in the input or in the context object.
    pub(super) fn select(&self, path: &Path) -> Result<Cow<'_, Value>, Missing> {
        match &path.root {
            Root::Input => path.select(self.input),
            Root::Context | Root::Variable(_) => self.context.select(path),
        }
    }
}

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
