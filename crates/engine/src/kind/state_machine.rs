//! Step Functions state machines. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::content::{document, pretty, tidied, when};
use super::states::state_changes;
use super::{Content, Dependency, Difference, Entry, Facts, Id, Limit, LogGroup, Measure, Part, Role};
use crate::model::{Logging, MachineType, Pack, alike_in_definition};

/// A state machine's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StateMachine {
    /// Fixed at creation.
    pub machine_type: MachineType,
    /// The execution role's ARN.
    pub role: String,
    /// The definition as text, as it is sent. Clones share it.
    pub definition: Arc<str>,
    /// Where its events are logged.
    pub logging: Option<Logging>,
}

impl Content for StateMachine {
    const FACTS: Facts = Facts {
        plural: "state machines",
        list: "machines",
        is_prefixed: true,
        name_suffix: None,
        has_template: true,
        folder: "asl",
        service: "states",
        arn_prefix: "stateMachine:",
        has_path: false,
        is_global: false,
        rank: 2,
        teardown: 0,
        parts: &[Part::Definition],
        way_out: super::content::RENAME,
        is_work: true,
        is_logged: true,
        is_known_late: false,
        scarce: Some("states:CreateStateMachine"),
        finds_roles_out: false,
        is_indexed: true,
        is_few: true,
        limits: &[Limit { name: "state-machines", order: 4, measure: Measure::Resources, published: Some(100_000) }],
        price: None,
        operations: &[
            ("states:CreateStateMachine", &["stateMachineArn"]),
            ("states:DeleteStateMachine", &[]),
            ("states:DescribeStateMachine", &["stateMachineArn", "definition"]),
            ("states:ListExecutions", &["executions"]),
            ("states:ListStateMachines", &["stateMachines"]),
            ("states:ListTagsForResource", &["tags"]),
            ("states:StopExecution", &["stopDate"]),
            ("states:TagResource", &[]),
            ("states:UpdateStateMachine", &["updateDate"]),
        ],
        delete_calls: &[
            "states:ListTagsForResource",
            "states:ListExecutions",
            "states:DeleteStateMachine",
            "states:DescribeStateMachine",
        ],
        constraints: CONSTRAINTS,
    };

    fn as_written(&self) -> Value {
        let Self { machine_type, role, definition, logging } = self;
        json!({ "type": machine_type, "role": role, "definition": document(definition), "logging": logging })
    }

    fn canonical(&self) -> Value {
        let mut written = self.as_written();
        written.get_mut("definition").into_iter().for_each(alike_in_definition);
        written
    }

    fn compare(&self, wanted: &Self, found: &mut Difference) {
        let Self { machine_type, role, definition, logging } = wanted;
        found.field(Part::Type, "type", &json!(self.machine_type), &json!(machine_type));
        found.field(Part::Definition, "role", &json!(self.role), &json!(role));
        let (mut from, mut to) = (document(&self.definition), document(definition));
        alike_in_definition(&mut from);
        alike_in_definition(&mut to);
        found.field(Part::Definition, "definition", &from, &to);
        found.states = state_changes(&from, &to);
        found.field(Part::Definition, "logging", &json!(self.logging), &json!(logging));
    }

    fn dependencies(&self, _: &str) -> Vec<Dependency<'_>> {
        let role = Dependency { what: "its role", kind: Role::KIND, id: Id::Arn(&self.role), is_own: true };
        let group = self.logging.as_ref().map(|logging| Dependency {
            what: "its log group",
            kind: LogGroup::KIND,
            id: Id::Name(logging.log_group.as_str().into()),
            is_own: true,
        });
        [role].into_iter().chain(group).collect()
    }

    fn role(&self) -> Option<&str> {
        Some(&self.role)
    }

    fn replace_texts(&mut self, replace: &dyn Fn(&str) -> String) {
        self.role = replace(&self.role);
        self.definition = replace(&self.definition).into();
    }

    /// The definition by itself, as a pack has it, and the whole.
    fn files(&self) -> Vec<(&'static str, String)> {
        vec![(".asl.json", tidied(&self.definition)), (".json", pretty(&self.canonical()))]
    }

    fn create_calls(&self) -> Vec<&'static str> {
        vec!["states:CreateStateMachine"]
    }

    /// One call updates definition, role and logging.
    fn update_calls(parts: &BTreeSet<Part>) -> Vec<&'static str> {
        [when(parts.contains(&Part::Definition), &["states:UpdateStateMachine"]), vec!["states:TagResource"]].concat()
    }

    fn entries(pack: &Pack) -> Vec<Entry<'_>> {
        let entry = |name, when, template| Entry { name, when, brought_by: None, template: Some(template) };
        pack.machines.iter().map(|it| entry(it.name.as_str(), it.when.as_deref(), it.definition.as_str())).collect()
    }
}

const CONSTRAINTS: &str = r#"{
  "machines.name": {"operation": "states:CreateStateMachine", "member": "name", "shortest": 1, "longest": 80,
    "pattern": "[A-Za-z0-9_-]+", "page":
    "https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"},
  "machines.logging.level": {"operation": "states:CreateStateMachine", "member": "loggingConfiguration.level",
    "values": ["ALL", "ERROR", "FATAL", "OFF"]}
}"#;
