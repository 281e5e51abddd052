//! The context object, `$$`. <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>

use std::borrow::Cow;

use serde_json::{Value, json};

use super::effect::Seed;
use super::path::{Missing, Path, Root, Step};
use super::payload::Payload;
use super::timestamp;
use super::variables::Variables;

/// Where the elements of a Map come from, if it reads no file: there is no other way here.
const STATE_DATA: &str = "STATE_DATA";

/// What a state can see of its execution.
///
/// It is not built before a path asks for it, and the execution's input is not copied into it for a path that looks past it.
pub(super) struct Context<'run> {
    pub seed: &'run Seed,
    pub input: &'run Payload,
    pub state: &'run str,
    pub entered_ms: i64,
    /// The time of what is happening now, in milliseconds since 1970.
    pub now_ms: i64,
    pub variables: &'run Variables,
    /// For states that retry: how often they did.
    pub retries: Option<u32>,
    /// For tasks that wait for their token.
    pub token: Option<&'run str>,
    /// Inside a Map: which element.
    pub item: Option<&'run Item>,
    /// Inside a distributed Map: the execution that this state belongs to.
    pub child: Option<&'run Child>,
}

/// The element of a Map that an iteration works on.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub index: usize,
    /// Its name, if the Map goes through an object.
    pub key: Option<String>,
    pub value: Payload,
}

/// A child execution of a distributed Map, as its states see it.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub arn: String,
    pub name: String,
    pub machine_arn: String,
    pub machine_name: String,
    pub express: bool,
    /// Milliseconds since 1970.
    pub started_ms: i64,
    pub input: Payload,
}

impl Context<'_> {
    /// What a path finds that begins with `$$` or with a variable.
    pub(super) fn select(&self, path: &Path) -> Result<Cow<'_, Value>, Missing> {
        if let Root::Variable(name) = &path.root {
            let variable = self.variables.get(name);
            let variable = variable.ok_or_else(|| Missing(format!("Variable '{name}' is not defined")))?;
            return path.select(variable.value());
        }
        let name = |at: usize| path.steps.get(at).and_then(Step::name).unwrap_or_default();
        match (name(0), name(1), name(2), self.item) {
            ("Execution", "Input", ..) => path.select_from(self.execution_input(), 2, self.execution_input()),
            ("Map", "Item", "Value", Some(item)) => path.select_from(item.value.value(), 3, item.value.value()),
            (first, second, ..) => {
                let whole =
                    if path.is_definite() && holds_no_data(first, second) { self.outline() } else { self.value() };
                path.select(&whole).map(|found| Cow::Owned(found.into_owned()))
            }
        }
    }

    fn execution_input(&self) -> &Value {
        self.child.map_or(self.input, |child| &child.input).value()
    }

    /// The whole object.
    pub(super) fn value(&self) -> Value {
        let mut whole = self.outline();
        if let Some(place) = whole.pointer_mut("/Execution/Input") {
            *place = self.execution_input().clone();
        }
        if let (Some(item), Some(place)) = (self.item, whole.pointer_mut("/Map/Item/Value")) {
            *place = item.value.value().clone();
        }
        whole
    }

    /// The object with null for the execution's input and the Map's element, which may be large.
    fn outline(&self) -> Value {
        let seed = self.seed;
        let (execution_arn, execution_name, machine_arn, machine_name, started_ms, express) =
            if let Some(Child { arn, name, machine_arn, machine_name, started_ms, express, .. }) = self.child {
                (arn, name, machine_arn, machine_name, *started_ms, *express)
            } else {
                let Seed { execution_arn, execution_name, machine_arn, machine_name, started_ms, express, .. } = seed;
                (execution_arn, execution_name, machine_arn, machine_name, *started_ms, *express)
            };
        let mut whole = json!({
            "Execution": {
                "Id": execution_arn,
                "Input": null,
                "StartTime": timestamp::format(started_ms),
                "Name": execution_name,
                "RoleArn": seed.role_arn,
            },
            "StateMachine": { "Id": machine_arn, "Name": machine_name },
            "State": { "Name": self.state, "EnteredTime": timestamp::format(self.entered_ms) },
        });
        let mut add = |place: &str, name: &str, value: Value| {
            if let Some(Value::Object(members)) = whole.pointer_mut(place) {
                members.insert(name.to_owned(), value);
            }
        };
        if !express {
            add("/Execution", "RedriveCount", json!(0));
        }
        if let Some(retries) = self.retries {
            add("/State", "RetryCount", json!(retries));
        }
        if let Some(token) = self.token {
            add("", "Task", json!({ "Token": token }));
        }
        if let Some(item) = self.item {
            let mut members = json!({ "Index": item.index, "Value": null, "Source": STATE_DATA });
            if let (Some(key), Some(members)) = (&item.key, members.as_object_mut()) {
                members.insert("Key".to_owned(), Value::from(key.as_str()));
            }
            add("", "Map", json!({ "Item": members }));
        }
        whole
    }
}

/// Whether a definite path that begins so cannot lead to the execution's input or to an element of a Map.
fn holds_no_data(first: &str, second: &str) -> bool {
    match first {
        "Execution" => !matches!(second, "" | "Input"),
        "State" | "StateMachine" | "Task" => true,
        _ => false,
    }
}
