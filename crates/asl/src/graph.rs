//! The shape of a machine, for drawing and for coverage.

/// States and transitions of all scopes of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// The machine's first state.
    pub start: String,
    /// Every state, in the order of the definition, an outer state before its inner ones.
    pub nodes: Vec<Node>,
    /// Every transition, grouped by the state it leaves, in the order of [`Graph::nodes`].
    pub edges: Vec<Edge>,
}

/// One state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Unique in the machine.
    pub name: String,
    /// `Task`, `Choice`, …
    pub state_type: String,
    /// The Parallel or Map around it, and the branch (0 in a Map).
    pub parent: Option<(String, usize)>,
}

/// One transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Leaves this state.
    pub from: String,
    /// Enters this state.
    pub to: String,
    /// For what reason.
    pub kind: EdgeKind,
}

/// Why a transition is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// The state is done.
    Next,
    /// This rule of a Choice holds, counted from 0.
    Choice(usize),
    /// No rule of a Choice holds.
    Default,
    /// This catcher takes the error, counted from 0.
    Catch(usize),
}
