//! Evaluating an expression in a state.

use std::cell::RefCell;

use labctl_jsonata::{Host, NoJson, Value as Ata};
use labctl_source::Node;
use serde_json::{Number, Value};

use super::expression::Expression;
use super::referenced_names::ReferencedNames;
use crate::random::Random;
use crate::scope::Scope;

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
            Found::Value(value) => return Ok(tidied(value)),
            Found::Nothing => return Err(NoValue::Nothing),
            Found::Unclear => {}
        }
        let random = RefCell::new(scope.random.clone());
        let world = World { scope, referenced: &self.referenced, random: &random, known: RefCell::new(Vec::new()) };
        let result = labctl_jsonata::evaluate(&self.tree, &world);
        drop(world);
        *scope.random = random.into_inner();
        match result {
            Err(error) => Err(NoValue::Failed(error.to_string())),
            Ok(Ata::Undefined) => Err(NoValue::Nothing),
            Ok(value) => value.to_json(Node::DEEPEST).map_err(|reason| match reason {
                NoJson::Function => NoValue::Unsupported,
                NoJson::TooDeep => NoValue::Failed("the result is nested too deeply".to_owned()),
                NoJson::TooLarge => NoValue::Failed(
                    "Expression evaluation memory limit exceeded: Check for excessive memory usage".to_owned(),
                ),
            }),
        }
    }
}

/// What an expression sees: the variables, the parts of `$states` that it mentions, and the run's chance and time.
struct World<'w, 'run> {
    scope: &'w Scope<'run>,
    referenced: &'w ReferencedNames,
    random: &'w RefCell<Random>,
    /// Variables that it has looked at.
    known: RefCell<Vec<(String, Ata)>>,
}

impl World<'_, '_> {
    fn states(&self) -> Ata {
        let (scope, seen) = (self.scope, &self.scope.seen);
        let mut members = Vec::new();
        for (name, value, seen) in [
            ("input", Some(scope.input), &seen.input),
            ("result", scope.result, &seen.result),
            ("errorOutput", scope.error_output, &seen.error_output),
        ] {
            if let Some(value) = value.filter(|_| self.referenced.refers_to(name)) {
                members.push((name, seen.get_or_init(|| Ata::from_json(value)).clone()));
            }
        }
        if self.referenced.refers_to("context") {
            members.push(("context", seen.context.get_or_init(|| Ata::from_json(&scope.context.value())).clone()));
        }
        Ata::from_members(members)
    }
}

impl Host for World<'_, '_> {
    fn variable(&self, name: &str) -> Option<Ata> {
        if let Some((_, value)) = self.known.borrow().iter().find(|(other, _)| other == name) {
            return Some(value.clone());
        }
        let value = match self.scope.context.variables.get(name) {
            Some(variable) => Ata::from_json(variable.value()),
            None if name == "states" => self.states(),
            None => return None,
        };
        self.known.borrow_mut().push((name.to_owned(), value.clone()));
        Some(value)
    }

    fn now_ms(&self) -> i64 {
        self.scope.context.now_ms
    }

    fn random(&self) -> u64 {
        self.random.borrow_mut().next()
    }

    fn uuid(&self) -> String {
        self.random.borrow_mut().uuid()
    }
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

/// A copy in which each number is written as the engine writes it: 1.0 is 1, and what is beyond 64 bits is a double.
fn tidied(value: &Value) -> Value {
    match value {
        Value::Number(number) if !number.is_i64() => tidied_number(number),
        Value::Array(elements) => elements.iter().map(tidied).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), tidied(member))).collect())
        }
        other => other.clone(),
    }
}

fn tidied_number(number: &Number) -> Value {
    Ata::from_json(&Value::Number(number.clone())).to_json(1).unwrap_or(Value::Null)
}
