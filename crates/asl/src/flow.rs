//! How data gets into a state and out of it: the one place where payloads are evaluated, whatever the query language.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html>,
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>

use serde_json::{Map, Value, json};

use super::context::Context;
use super::failure::{Failure, FailureKind};
use super::path::{Path, ReferencePath, Root};
use super::payload::Payload;
use super::random::Random;
use super::scope::Scope;
use super::template::Template;
use super::variables::Assigned;

/// The fields of a state that move data, in its query language.
#[derive(Clone, Debug)]
pub(super) struct DataFlow {
    pub fields: FlowFields,
    pub assign: Option<Template>,
}

/// What there is beside Assign.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "made once for each state of a definition, never moved in a run")]
pub(super) enum FlowFields {
    Path(Box<PathFields>),
    Query { arguments: Option<Template>, output: Option<Template> },
}

/// The fields of JSONPath.
#[derive(Clone, Debug)]
pub(super) struct PathFields {
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

/// What a Choice rule or a catcher has instead of its state's own fields.
#[derive(Clone, Debug)]
pub(super) struct Detour {
    pub assign: Option<Template>,
    /// Of JSONata.
    pub output: Option<Template>,
    /// Of a catcher in JSONPath.
    pub placement: Placement,
}

/// What a state leaves with.
#[derive(Clone, Debug)]
pub(super) struct Leaving {
    pub output: Payload,
    pub assigned: Assigned,
}

impl DataFlow {
    /// Nothing is changed on the way.
    pub(super) fn plain() -> Self {
        Self { fields: FlowFields::Query { arguments: None, output: None }, assign: None }
    }

    /// What the state works on: InputPath.
    pub(super) fn input(&self, raw: &Payload, context: &Context<'_>) -> Result<Payload, Failure> {
        match &self.fields {
            FlowFields::Path(fields) => fields.input_path.apply(raw, context),
            FlowFields::Query { .. } => Ok(raw.clone()),
        }
    }

    /// What the state hands on to its work: Parameters or Arguments, applied to what [`DataFlow::input`] gave.
    pub(super) fn arguments(
        &self,
        input: Payload,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Payload, Failure> {
        let template = match &self.fields {
            FlowFields::Path(fields) => fields.parameters.as_ref(),
            FlowFields::Query { arguments, .. } => arguments.as_ref(),
        };
        fill(template, input, context, random)
    }

    /// What the state leaves with after work that gave `result`; `raw` is what it was given.
    pub(super) fn finished(
        &self,
        raw: &Payload,
        result: Payload,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Leaving, Failure> {
        match &self.fields {
            FlowFields::Path(fields) => {
                // Assign and ResultSelector stand side by side: both see the result as it came.
                let assigned = assign(self.assign.as_ref(), &mut Scope::new(result.value(), context, random))?;
                let result = fill(fields.result_selector.as_ref(), result, context, random)?;
                let placed = fields.placement.apply(raw, result)?;
                Ok(Leaving { output: fields.output_path.apply(&placed, context)?, assigned })
            }
            FlowFields::Query { output, .. } => {
                let mut scope = Scope { result: Some(result.value()), ..Scope::new(raw.value(), context, random) };
                leave_with(output.as_ref(), self.assign.as_ref(), &result, &mut scope)
            }
        }
    }

    /// What a state leaves with that has no result but what it was given: Pass without Result, Wait, Succeed, Choice.
    ///
    /// `input` is what [`DataFlow::input`] or [`DataFlow::arguments`] gave; a rule of a Choice brings a detour.
    pub(super) fn passed(
        &self,
        raw: &Payload,
        input: Payload,
        detour: Option<&Detour>,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Leaving, Failure> {
        let assigning = detour.map_or(self.assign.as_ref(), |detour| detour.assign.as_ref());
        match &self.fields {
            FlowFields::Path(fields) => {
                let assigned = assign(assigning, &mut Scope::new(input.value(), context, random))?;
                let placed = fields.placement.apply(raw, input)?;
                Ok(Leaving { output: fields.output_path.apply(&placed, context)?, assigned })
            }
            FlowFields::Query { output, .. } => {
                let output = detour.map_or(output.as_ref(), |detour| detour.output.as_ref());
                leave_with(output, assigning, &input, &mut Scope::new(raw.value(), context, random))
            }
        }
    }

    /// What a state leaves with through one of its catchers.
    pub(super) fn caught(
        &self,
        raw: &Payload,
        failure: &Failure,
        detour: &Detour,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Leaving, Failure> {
        let error = error_output(failure);
        match &self.fields {
            FlowFields::Path(_) => {
                let assigned = assign(detour.assign.as_ref(), &mut Scope::new(error.value(), context, random))?;
                Ok(Leaving { output: detour.placement.apply(raw, error)?, assigned })
            }
            FlowFields::Query { .. } => {
                let mut scope = Scope { error_output: Some(error.value()), ..Scope::new(raw.value(), context, random) };
                leave_with(detour.output.as_ref(), detour.assign.as_ref(), &error, &mut scope)
            }
        }
    }
}

/// Output and Assign of JSONata; without Output, `otherwise` goes on.
fn leave_with(
    output: Option<&Template>,
    assigning: Option<&Template>,
    otherwise: &Payload,
    scope: &mut Scope<'_>,
) -> Result<Leaving, Failure> {
    let assigned = assign(assigning, scope)?;
    let output = match output {
        Some(template) => Payload::new(template.evaluate(scope)?),
        None => otherwise.clone(),
    };
    Ok(Leaving { output, assigned })
}

fn assign(template: Option<&Template>, scope: &mut Scope<'_>) -> Result<Assigned, Failure> {
    template.map_or(Ok(Assigned::default()), |template| template.evaluate(scope).map(Assigned::new))
}

fn fill(
    template: Option<&Template>,
    input: Payload,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<Payload, Failure> {
    let Some(template) = template else { return Ok(input) };
    template.evaluate(&mut Scope::new(input.value(), context, random)).map(Payload::new)
}

impl Selection {
    fn apply(&self, whole: &Payload, context: &Context<'_>) -> Result<Payload, Failure> {
        match self {
            Self::Whole => Ok(whole.clone()),
            Self::Nothing => Ok(Payload::new(Value::Object(Map::new()))),
            Self::Path(path) => {
                let found = match &path.root {
                    Root::Input => path.select(whole.value()),
                    Root::Context | Root::Variable(_) => context.select(path),
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
    fn apply(&self, raw: &Payload, result: Payload) -> Result<Payload, Failure> {
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
fn error_output(failure: &Failure) -> Payload {
    let cause = match (&failure.cause, failure.kind) {
        // AWS gives no cause for a time limit, and an empty one to the state that catches it.
        (None, FailureKind::Timeout | FailureKind::Heartbeat) => Some(""),
        (cause, _) => cause.as_deref(),
    };
    Payload::new(json!({ "Error": failure.error, "Cause": cause }))
}
