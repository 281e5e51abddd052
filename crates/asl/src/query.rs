//! A JSONata string in a field: `{% … %}`, its place, and what AWS says when it gives something else than is wanted.

use serde_json::Value;

use super::failure::Failure;
use super::jsonata::{Expression, NoValue};
use super::scope::Scope;

/// A JSONata string in a field of a state.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// Where it stands in its state: `Arguments/FunctionName`.
    pub location: String,
    pub expression: Box<Expression>,
}

impl Query {
    /// Its value; fails with States.QueryEvaluationError.
    pub(super) fn evaluate(&self, scope: &mut Scope<'_>) -> Result<Value, Failure> {
        self.expression.evaluate(scope).map_err(|reason| {
            self.failed(&match reason {
                NoValue::Nothing => "returned nothing (undefined).".to_owned(),
                NoValue::Unsupported => "returned an unsupported result type.".to_owned(),
                NoValue::Failed(reason) => format!("threw an error during evaluation. {reason}"),
            })
        })
    }

    /// Its value, which must be an array, or an object where `objects` go too.
    pub(super) fn array(&self, objects: bool, scope: &mut Scope<'_>) -> Result<Value, Failure> {
        let value = self.evaluate(scope)?;
        let fits = value.is_array() || objects && value.is_object();
        if fits { Ok(value) } else { Err(self.mistyped("array", &value)) }
    }

    /// Its value, which must be a boolean.
    pub(super) fn boolean(&self, scope: &mut Scope<'_>) -> Result<bool, Failure> {
        let value = self.evaluate(scope)?;
        value.as_bool().ok_or_else(|| self.mistyped("boolean", &value))
    }

    /// Its value, which must be a string.
    pub(super) fn string(&self, scope: &mut Scope<'_>) -> Result<String, Failure> {
        match self.evaluate(scope)? {
            Value::String(text) => Ok(text),
            other => Err(self.mistyped("string", &other)),
        }
    }

    /// Its value, which must be a number within these bounds.
    pub(super) fn number(&self, least: f64, most: f64, scope: &mut Scope<'_>) -> Result<f64, Failure> {
        let value = self.evaluate(scope)?;
        let number = value.as_f64().ok_or_else(|| self.mistyped("number", &value))?;
        if (least..=most).contains(&number) {
            return Ok(number);
        }
        Err(self.failed(&format!("returned a number that is out of range: {value}. Expected {least} to {most}.")))
    }

    /// Its value, which must be a whole number within these bounds.
    pub(super) fn integer(&self, least: u64, most: u64, scope: &mut Scope<'_>) -> Result<u64, Failure> {
        let value = self.evaluate(scope)?;
        if !value.is_number() {
            return Err(self.mistyped("number", &value));
        }
        value
            .as_u64()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.failed(&format!("returned {value}, which is not an integer from {least} to {most}.")))
    }

    /// A value of a kind that the field cannot take.
    fn mistyped(&self, wanted: &str, value: &Value) -> Failure {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        self.failed(&format!(
            "returned an unexpected result type. Expected '{wanted}', but was '{kind}' for value: {value}"
        ))
    }

    /// States.QueryEvaluationError at this place.
    pub(super) fn failed(&self, reason: &str) -> Failure {
        let (text, location) = (&self.expression.text, &self.location);
        let cause = format!("The JSONata expression '{text}' specified for the field '{location}' {reason}");
        Failure { location: Some(location.clone()), ..Failure::named("States.QueryEvaluationError", cause) }
    }
}
