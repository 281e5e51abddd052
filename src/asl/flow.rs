//! How data gets into a state and out of it: the one place where payloads are evaluated, whatever the query language.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html>

use serde_json::{Map, Value, json};

use super::context::Context;
use super::failure::{Failure, FailureKind};
use super::path::{Path, ReferencePath, Root};
use super::payload::Payload;
use super::random::Random;
use super::template::{Scope, Template};

/// The JSONPath fields of a state.
#[derive(Clone, Debug)]
pub(super) struct DataFlow {
    pub input_path: Selection,
    pub parameters: Option<Template>,
    pub result_selector: Option<Template>,
    pub placement: Placement,
    pub output_path: Selection,
}

/// InputPath and OutputPath.
#[derive(Clone, Debug)]
pub(super) enum Selection {
    Whole,
    /// `null`: an empty object.
    Nothing,
    Path(Path),
}

/// ResultPath.
#[derive(Clone, Debug)]
pub(super) enum Placement {
    /// `$`: the result is the output.
    Replace,
    /// `null`: the input is the output.
    Discard,
    At(ReferencePath),
}

impl DataFlow {
    /// Nothing is changed on the way.
    pub(super) fn plain() -> Self {
        Self {
            input_path: Selection::Whole,
            parameters: None,
            result_selector: None,
            placement: Placement::Replace,
            output_path: Selection::Whole,
        }
    }

    /// What the state works on: InputPath.
    pub(super) fn input(&self, raw: &Payload, context: &Context<'_>) -> Result<Payload, Failure> {
        self.input_path.apply(raw, context)
    }

    /// What the state hands on to its work: Parameters, applied to what [`DataFlow::input`] gave.
    pub(super) fn arguments(
        &self,
        input: Payload,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Payload, Failure> {
        fill(self.parameters.as_ref(), input, context, random)
    }

    /// What the state gives: ResultSelector, ResultPath and OutputPath. `raw` is what it was given.
    pub(super) fn output(
        &self,
        raw: &Payload,
        result: Payload,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Payload, Failure> {
        let result = fill(self.result_selector.as_ref(), result, context, random)?;
        let placed = self.placement.apply(raw, result)?;
        self.output_path.apply(&placed, context)
    }
}

fn fill(
    template: Option<&Template>,
    input: Payload,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<Payload, Failure> {
    let Some(template) = template else { return Ok(input) };
    template.evaluate(&mut Scope { input: input.value(), context, random }).map(Payload::new)
}

impl Selection {
    fn apply(&self, whole: &Payload, context: &Context<'_>) -> Result<Payload, Failure> {
        match self {
            Self::Whole => Ok(whole.clone()),
            Self::Nothing => Ok(Payload::new(Value::Object(Map::new()))),
            Self::Path(path) => {
                let found = match path.root {
                    Root::Input => path.select(whole.value()),
                    Root::Context => context.select(path),
                };
                let found = found
                    .map_err(|missing| Failure::runtime(format!("Invalid path '{}' : {}", path.text, missing.0)))?;
                Ok(Payload::new(found.into_owned()))
            }
        }
    }
}

impl Placement {
    /// The result, put where it belongs in the input.
    pub(super) fn apply(&self, raw: &Payload, result: Payload) -> Result<Payload, Failure> {
        match self {
            Self::Replace => Ok(result),
            Self::Discard => Ok(raw.clone()),
            Self::At(path) => {
                let placed = path.put(raw.value().clone(), result.into_value());
                placed.map(Payload::new).ok_or_else(|| {
                    let cause = format!("Unable to apply ReferencePath {} to input {}", path.text, raw.text());
                    Failure::named("States.ResultPathMatchFailure", cause)
                })
            }
        }
    }
}

/// What a Catch hands on: `{"Error": …, "Cause": …}`.
pub(super) fn error_output(failure: &Failure) -> Payload {
    let cause = match (&failure.cause, failure.kind) {
        // AWS gives no cause for a time limit, and an empty one to the state that catches it.
        (None, FailureKind::Timeout | FailureKind::Heartbeat) => Some(""),
        (cause, _) => cause.as_deref(),
    };
    Payload::new(json!({ "Error": failure.error, "Cause": cause }))
}
