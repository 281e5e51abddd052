//! Nodes and edges, for programs.

use serde::Serialize;

use super::marks::StateMark;
use super::picture::Picture;
use labctl_asl::EdgeKind;

/// A machine's states and transitions.
#[derive(Clone, Debug, Serialize)]
pub struct Listing {
    /// The machine's name.
    pub machine: String,
    /// The definition's Comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The first state.
    pub start: String,
    /// Every state, in the order of the definition.
    pub nodes: Vec<ListedState>,
    /// Every transition.
    pub edges: Vec<ListedTransition>,
}

/// A state.
#[derive(Clone, Debug, Serialize)]
pub struct ListedState {
    /// Unique in the machine.
    pub name: String,
    /// `Task`, `Choice`, …
    #[serde(rename = "type")]
    pub state_type: String,
    /// What it calls, waits for or ends with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The Parallel or Map around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The branch of the parent, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<usize>,
    /// Whether its branch, or the machine, begins with it.
    pub start: bool,
    /// Whether its branch, or the machine, can end with it.
    pub end: bool,
    /// Elements of Retry, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<String>,
    /// What an execution did there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<StateMark>,
}

/// A transition.
#[derive(Clone, Debug, Serialize)]
pub struct ListedTransition {
    /// Leaves this state.
    pub from: String,
    /// Enters this state.
    pub to: String,
    /// `next`, `choice`, `default`, `catch`.
    pub kind: &'static str,
    /// The rule or catcher, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The condition or the errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether an execution went there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<bool>,
}

impl Listing {
    pub(super) fn of(picture: &Picture<'_>) -> Self {
        let outline = picture.outline;
        let name = |id: usize| outline.states.get(id).map(|state| state.name.clone()).unwrap_or_default();
        let mut listing = Self {
            machine: picture.title.to_owned(),
            comment: outline.comment.clone(),
            start: outline.scopes.first().map(|scope| name(scope.start)).unwrap_or_default(),
            nodes: Vec::with_capacity(outline.states.len()),
            edges: Vec::new(),
        };
        for (id, state) in outline.states.iter().enumerate() {
            let scope = outline.scopes.get(state.scope);
            let parent = outline.parent(id);
            listing.nodes.push(ListedState {
                name: state.name.clone(),
                state_type: state.state_type.to_owned(),
                detail: state.detail.clone(),
                parent: parent.map(|parent| name(parent.state)),
                branch: parent.map(|parent| parent.branch),
                start: scope.is_some_and(|scope| scope.start == id),
                end: state.ends(),
                retry: state.retries.clone(),
                mark: picture.marks.and_then(|marks| marks.states.get(&state.name).copied()),
            });
            for way in &state.transitions {
                let (kind, index) = match way.kind {
                    EdgeKind::Next => ("next", None),
                    EdgeKind::Choice(index) => ("choice", Some(index)),
                    EdgeKind::Default => ("default", None),
                    EdgeKind::Catch(index) => ("catch", Some(index)),
                };
                let to = name(way.to);
                let taken = picture.marks.map(|marks| marks.is_taken(&state.name, &to, kind == "catch"));
                let label = way.label.clone().filter(|_| index.is_some());
                listing.edges.push(ListedTransition { from: state.name.clone(), to, kind, index, label, taken });
            }
        }
        listing
    }
}
