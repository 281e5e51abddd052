//! Evaluating an expression in a state.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use jsonata_core::evaluator::{Context, Evaluator, EvaluatorOptions};
use jsonata_core::value::JValue;
use serde_json::Value;

use super::convert::{NoJson, from_json, object, to_json};
use super::expression::Expression;
use super::function::register;
use crate::template::Scope;

/// What ends an expression that would not end itself. The first two make it the same every time; the last is for what they miss.
const DEEPEST_CALL: usize = 1_000;
const LONGEST_SEQUENCE: usize = 250_000;
const LONGEST_MS: u64 = 1_000;

/// Parts of `$states` as the engine's values, made once for all expressions of a state; copies share everything.
#[derive(Default)]
pub(crate) struct Seen {
    input: OnceCell<JValue>,
    result: OnceCell<JValue>,
    error_output: OnceCell<JValue>,
    context: OnceCell<JValue>,
}
/// What is said of an expression that the engine cannot cope with.
const STUMBLED: &str = "The JSONata engine cannot evaluate this expression.";

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoValue {
    /// The result is undefined.
    Nothing,
    /// The result is a function, or holds one.
    Unsupported,
    /// JSONata's code and words.
    Failed(String),
}

impl Expression {
    /// Its value in a state.
    pub(crate) fn evaluate(&self, scope: &mut Scope<'_>) -> Result<Value, NoValue> {
        match self.path.as_deref().map_or(Found::Unclear, |path| look_up(path, scope)) {
            Found::Value(value) => return Ok(value.clone()),
            Found::Nothing => return Err(NoValue::Nothing),
            Found::Unclear => {}
        }
        let options = EvaluatorOptions {
            timeout_ms: Some(LONGEST_MS),
            max_stack_depth: Some(DEEPEST_CALL),
            max_sequence_length: Some(LONGEST_SEQUENCE),
            ..EvaluatorOptions::default()
        };
        let mut evaluator = Evaluator::with_options(self.surroundings(scope), options);
        let chance = Rc::new(RefCell::new(scope.random.clone()));
        for name in self.names().filter(|name| scope.context.variables.get(name).is_none()) {
            register(&mut evaluator, name, scope.context.now_ms, &chance)
                .map_err(|error| NoValue::Failed(bare_error(&error.to_string())))?;
        }
        let result = guarded(|| evaluator.evaluate(&self.syntax, &JValue::Undefined));
        if let Ok(chance) = chance.try_borrow() {
            *scope.random = chance.clone();
        }
        match result? {
            Err(error) => Err(NoValue::Failed(bare_error(&error.to_string()))),
            Ok(JValue::Undefined) => Err(NoValue::Nothing),
            Ok(value) => to_json(&value).map_err(|reason| match reason {
                NoJson::Unsupported => NoValue::Unsupported,
                NoJson::TooDeep => NoValue::Failed("the result is nested too deeply".to_owned()),
            }),
        }
    }

    /// The variables and the parts of `$states` that it mentions.
    fn surroundings(&self, scope: &Scope<'_>) -> Context {
        let mut context = Context::new();
        for name in self.names() {
            if let Some(variable) = scope.context.variables.get(name) {
                context.bind(name.to_owned(), from_json(variable.value()));
            }
        }
        if self.sight.names.contains("states") {
            let (mut members, seen) = (Vec::new(), &scope.seen);
            for (name, value, seen) in [
                ("input", Some(scope.input), &seen.input),
                ("result", scope.result, &seen.result),
                ("errorOutput", scope.error_output, &seen.error_output),
            ] {
                if let Some(value) = value.filter(|_| self.sight.sees(name)) {
                    members.push((name.to_owned(), seen.get_or_init(|| from_json(value)).clone()));
                }
            }
            if self.sight.sees("context") {
                let context = seen.context.get_or_init(|| from_json(&scope.context.value()));
                members.push(("context".to_owned(), context.clone()));
            }
            context.bind("states".to_owned(), object(members.into_iter()));
        }
        context
    }
}

/// The engine's answer. It panics on a few odd expressions, such as a picture of a date that is no ASCII: that is a failure of the
/// expression, not of the execution's thread.
fn guarded<T>(engine: impl FnOnce() -> T) -> Result<T, NoValue> {
    // Nothing that the engine may have left half done is used again.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(engine)).map_err(|_| NoValue::Failed(STUMBLED.to_owned()))
}

/// What a plain path leads to.
enum Found<'v> {
    Value(&'v Value),
    Nothing,
    /// That is a question for the engine.
    Unclear,
}

fn look_up<'v>(path: &[String], scope: &Scope<'v>) -> Found<'v> {
    let (start, rest) = match path {
        [states, member, rest @ ..] if states == "states" => match member.as_str() {
            "input" => (Some(scope.input), rest),
            "result" => (scope.result, rest),
            "errorOutput" => (scope.error_output, rest),
            _ => return Found::Unclear,
        },
        [name, rest @ ..] => match scope.context.variables.get(name) {
            Some(variable) => (Some(variable.value()), rest),
            None => return Found::Unclear,
        },
        [] => return Found::Unclear,
    };
    let mut found = start;
    for step in rest {
        found = match found {
            Some(Value::Object(members)) => members.get(step),
            // A path through an array gathers from all its elements.
            Some(Value::Array(_)) => return Found::Unclear,
            _ => None,
        };
    }
    found.map_or(Found::Nothing, Found::Value)
}

/// The engine's message without the words it puts before JSONata's code.
fn bare_error(message: &str) -> String {
    let kinds = ["Type error: ", "Reference error: ", "Evaluation error: "];
    let bare = kinds.iter().find_map(|kind| message.strip_prefix(kind)).unwrap_or(message);
    bare.to_owned()
}
