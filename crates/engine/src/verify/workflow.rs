//! A definition, as far as checks ask of it: what each state calls, how it retries, what it catches.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::asl::trace::function_name;

/// States of all scopes by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Workflow {
    pub(super) states: BTreeMap<String, StateFacts>,
}

/// A definition that is read once, when a check first asks; none where it is no JSON object.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadOnce(OnceLock<Option<Workflow>>);

impl ReadOnce {
    pub(super) fn of(&self, definition: &str) -> Option<&Workflow> {
        self.0.get_or_init(|| Workflow::read(definition)).as_ref()
    }
}

/// It follows from the definition, and says nothing of its own.
impl PartialEq for ReadOnce {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ReadOnce {}

/// One state.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct StateFacts {
    pub(super) state_type: String,
    /// The function's name without account and version, where the definition names one.
    pub(super) function: Option<String>,
    /// Whether it waits until a token is answered.
    pub(super) waits: bool,
    pub(super) retries: Vec<Retrier>,
    /// The errors of each catcher.
    pub(super) catches: Vec<Vec<String>>,
    /// Whether its wait has an end.
    pub(super) has_timeout: bool,
    /// The Parallel or Map around it.
    pub(super) inside: Option<String>,
}

/// One element of Retry.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Retrier {
    pub(super) errors: Vec<String>,
    pub(super) tries_again: bool,
    pub(super) backoff: f64,
}

impl Retrier {
    /// Whether it tries again, later each time.
    pub(super) fn backs_off(&self) -> bool {
        self.tries_again && self.backoff > 1.0
    }

    /// Whether it takes an error of this name.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    pub(super) fn takes(&self, error: &str) -> bool {
        takes(&self.errors, error)
    }
}

/// Whether a list of `ErrorEquals` takes an error of this name.
pub(super) fn takes(errors: &[String], error: &str) -> bool {
    errors.iter().any(|name| match name.as_str() {
        "States.ALL" => true,
        "States.TaskFailed" => error != "States.Timeout",
        name => name == error,
    })
}

impl Workflow {
    /// Without any state.
    pub(super) const EMPTY: &'static Self = &Self { states: BTreeMap::new() };

    /// Reads a definition; none where it is no JSON object.
    fn read(definition: &str) -> Option<Self> {
        let machine: Value = serde_json::from_str(definition).ok()?;
        let mut workflow = Self::default();
        workflow.scope(machine.as_object()?, None);
        Some(workflow)
    }

    /// Definitions nest as deeply as AWS allows, so this recursion ends.
    fn scope(&mut self, machine: &Map<String, Value>, inside: Option<&str>) {
        for (name, state) in machine.get("States").and_then(Value::as_object).into_iter().flatten() {
            let Some(fields) = state.as_object() else { continue };
            self.states.insert(name.clone(), StateFacts::read(fields, inside));
            let branches = fields.get("Branches").and_then(Value::as_array).into_iter().flatten();
            let inner = branches.chain(fields.get("ItemProcessor")).chain(fields.get("Iterator"));
            for scope in inner.filter_map(Value::as_object) {
                self.scope(scope, Some(name));
            }
        }
    }

    /// The states that call a function, by name.
    pub(super) fn calling<'w>(
        &'w self,
        is_it: &'w dyn Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&'w str, &'w StateFacts)> {
        let calls = move |facts: &&StateFacts| facts.function.as_deref().is_some_and(is_it);
        self.states.iter().map(|(name, facts)| (name.as_str(), facts)).filter(move |(_, facts)| calls(facts))
    }

    /// A state and those around it, from the inside out.
    pub(super) fn around<'w>(&'w self, state: &str) -> Vec<&'w StateFacts> {
        let mut found = Vec::new();
        let mut next = self.states.get(state);
        while let Some(facts) = next.filter(|_| found.len() < self.states.len()) {
            found.push(facts);
            next = facts.inside.as_ref().and_then(|around| self.states.get(around));
        }
        found
    }
}

impl StateFacts {
    fn read(fields: &Map<String, Value>, inside: Option<&str>) -> Self {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let list = |name: &str| fields.get(name).and_then(Value::as_array).into_iter().flatten();
        let resource = text("Resource");
        let timeouts = ["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"];
        Self {
            state_type: text("Type").to_owned(),
            function: function(resource, fields),
            waits: resource.ends_with(".waitForTaskToken"),
            retries: list("Retry").map(retrier).collect(),
            catches: list("Catch").map(errors).collect(),
            has_timeout: timeouts.iter().any(|name| fields.contains_key(*name)),
            inside: inside.map(str::to_owned),
        }
    }
}

fn function(resource: &str, fields: &Map<String, Value>) -> Option<String> {
    if resource.contains(":function:") {
        return Some(function_name(resource).to_owned());
    }
    if !resource.contains("lambda:invoke") {
        return None;
    }
    let arguments = fields.get("Parameters").or_else(|| fields.get("Arguments"))?;
    let named = arguments.get("FunctionName").and_then(Value::as_str)?;
    // A literal in JSONata: {% 'name' %}.
    let named = named
        .strip_prefix("{%")
        .and_then(|text| text.strip_suffix("%}"))
        .map_or(named, |text| text.trim().trim_matches(['\'', '"']));
    Some(function_name(named).to_owned())
}

fn errors(element: &Value) -> Vec<String> {
    let names = element.get("ErrorEquals").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// MaxAttempts is 3 and BackoffRate 2 where nothing is said.
fn retrier(element: &Value) -> Retrier {
    let number = |name: &str| element.get(name).and_then(Value::as_f64);
    Retrier {
        errors: errors(element),
        tries_again: number("MaxAttempts").is_none_or(|most| most >= 1.0),
        backoff: number("BackoffRate").unwrap_or(2.0),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_are_read_in_both_languages_and_in_every_scope() {
        let definition = json!({"StartAt": "A", "States": {
            "A": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:ann-a:3", "Retry": [{"ErrorEquals": ["X"]}]},
            "B": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 300,
                "Parameters": {"FunctionName": "ann-b:$LATEST"}, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]},
            "P": {"Type": "Parallel", "Branches": [{"StartAt": "C", "States": {
                "C": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "{% 'ann-c' %}"},
                    "Retry": [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 0}]}}}]}
        }});
        let workflow = Workflow::read(&definition.to_string()).unwrap();
        let of = |name: &str| workflow.states[name].clone();
        assert_eq!(
            [of("A").function, of("B").function, of("C").function].map(Option::unwrap),
            ["ann-a", "ann-b", "ann-c"]
        );
        assert!(of("B").waits && of("B").has_timeout && !of("A").waits && takes(&of("B").catches[0], "States.Timeout"));
        assert!(of("A").retries[0].backs_off() && of("A").retries[0].takes("X") && !of("A").retries[0].takes("Y"));
        assert!(
            !of("C").retries[0].backs_off()
                && of("C").retries[0].takes("Y")
                && !of("C").retries[0].takes("States.Timeout")
        );
        assert_eq!(
            workflow.around("C").iter().map(|facts| facts.state_type.as_str()).collect::<Vec<_>>(),
            ["Task", "Parallel"]
        );
        assert_eq!(workflow.calling(&|name| name == "ann-b").map(|(name, _)| name).collect::<Vec<_>>(), ["B"]);
        assert_eq!((Workflow::read("no"), Workflow::read("[]")), (None, None));
    }
}
