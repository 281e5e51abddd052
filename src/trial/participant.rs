//! Who takes part in a trial.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::chart::{Chart, Parent};
use crate::asl::{Edge, EdgeKind, Graph, Node};
use crate::cloud::Cloud;
use crate::model::{MachineType, UserName};

/// A state machine of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name in the account (`user3-express-workflow`).
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// STANDARD or EXPRESS.
    pub machine_type: MachineType,
    /// The log group its events go to, if any.
    pub log_group: Option<String>,
    /// The definition as JSON text.
    pub definition: String,
}

impl Machine {
    /// The states and edges; `None` when the definition cannot be read, of which `validate` tells.
    pub(super) fn chart(&self) -> Option<Chart> {
        let graph = temporary_graph(&self.definition)?;
        let mut chart = Chart::default();
        for node in graph.nodes {
            let parent = node.parent.map(|(state, branch)| Parent { state, branch });
            chart.add_state(&node.name, &node.state_type, parent);
        }
        for edge in graph.edges {
            chart.add_transition(&edge.from, &edge.to, matches!(edge.kind, EdgeKind::Catch(_)));
        }
        Some(chart)
    }
}

/// A user, the cloud the user's lab is in, and the machines there.
#[derive(Clone)]
pub struct Participant {
    /// Who.
    pub user: UserName,
    /// Where.
    pub cloud: Arc<dyn Cloud>,
    /// By their names in the pack (`express-workflow`).
    pub machines: BTreeMap<String, Machine>,
    /// The user's settings, which switch scenarios on and off.
    pub settings: BTreeMap<String, Value>,
}

impl Participant {
    /// Whether a `when` is satisfied; absent always is.
    pub(super) fn has(&self, when: Option<&str>) -> bool {
        when.is_none_or(|setting| self.settings.get(setting).and_then(Value::as_bool).unwrap_or(false))
    }
}

fn temporary_graph(definition: &str) -> Option<Graph> {
    fn scope(machine: &Value, parent: Option<(String, usize)>, graph: &mut Graph) {
        for (name, state) in machine.get("States").and_then(Value::as_object).into_iter().flatten() {
            let text = |key: &str| state.get(key).and_then(Value::as_str).map(str::to_owned);
            graph.nodes.push(Node {
                name: name.clone(),
                state_type: text("Type").unwrap_or_default(),
                parent: parent.clone(),
            });
            let mut edge = |to: Option<String>, kind| {
                if let Some(to) = to {
                    graph.edges.push(Edge { from: name.clone(), to, kind })
                }
            };
            edge(text("Next"), EdgeKind::Next);
            edge(text("Default"), EdgeKind::Default);
            let list = |key: &str| state.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            let next = |value: &Value| value.get("Next").and_then(Value::as_str).map(str::to_owned);
            for (index, choice) in list("Choices").iter().enumerate() {
                edge(next(choice), EdgeKind::Choice(index));
            }
            for (index, catch) in list("Catch").iter().enumerate() {
                edge(next(catch), EdgeKind::Catch(index));
            }
            for (index, branch) in list("Branches").iter().enumerate() {
                scope(branch, Some((name.clone(), index)), graph);
            }
            for key in ["ItemProcessor", "Iterator"] {
                if let Some(inner) = state.get(key) {
                    scope(inner, Some((name.clone(), 0)), graph);
                }
            }
        }
    }
    let machine: Value = serde_json::from_str(definition).ok()?;
    let mut graph = Graph { start: String::new(), nodes: vec![], edges: vec![] };
    scope(&machine, None, &mut graph);
    Some(graph)
}
