//! A machine, ready to be run, drawn or asked.

use super::definition::{Definition, Kind, ScopeId};
use super::effect::Resource;
use super::graph::{Edge, Graph, Node};

/// A checked definition. Cheap to share between runs in an [`std::sync::Arc`].
#[derive(Clone, Debug)]
pub struct Machine {
    pub(super) definition: Definition,
}

impl Machine {
    /// The definition's Comment.
    pub fn comment(&self) -> Option<&str> {
        self.definition.comment.as_deref()
    }

    /// What the Task states call, each once, in the order of the definition.
    pub fn resources(&self) -> Vec<Resource> {
        let mut resources = Vec::new();
        for state in &self.definition.states {
            if let Kind::Task(task) = &state.kind
                && !resources.contains(&task.resource)
            {
                resources.push(task.resource.clone());
            }
        }
        resources
    }

    /// States and transitions, those inside Parallel and Map included.
    pub fn graph(&self) -> Graph {
        let mut graph = Graph { start: String::new(), nodes: Vec::new(), edges: Vec::new() };
        if let Some(start) = self.definition.scopes.first().and_then(|scope| self.definition.states.get(scope.start)) {
            graph.start.clone_from(&start.name);
        }
        self.draw(0, None, &mut graph);
        graph
    }

    fn name(&self, state: usize) -> String {
        self.definition.states.get(state).map(|state| state.name.clone()).unwrap_or_default()
    }

    /// Recursion is as deep as scopes are nested, which the reader limits.
    fn draw(&self, scope: ScopeId, parent: Option<&(String, usize)>, graph: &mut Graph) {
        let ids = self.definition.scopes.get(scope).map(|scope| scope.states.as_slice()).unwrap_or_default();
        for state in ids.iter().filter_map(|id| self.definition.states.get(*id)) {
            graph.nodes.push(Node {
                name: state.name.clone(),
                state_type: state.kind.name().to_owned(),
                parent: parent.cloned(),
            });
            for (to, kind) in state.transitions() {
                graph.edges.push(Edge { from: state.name.clone(), to: self.name(to), kind });
            }
            match &state.kind {
                Kind::Parallel { branches } => {
                    for (index, branch) in branches.iter().enumerate() {
                        self.draw(*branch, Some(&(state.name.clone(), index)), graph);
                    }
                }
                Kind::Map(map) => self.draw(map.processor, Some(&(state.name.clone(), 0)), graph),
                _ => {}
            }
        }
    }
}
