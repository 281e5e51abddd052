//! A machine's states, scopes and edges, in the shape paths and coverage are worked out from.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// One way from a state to the next. Several rules of a Choice that lead to the same state are one transition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Transition {
    /// The state left.
    pub from: String,
    /// The state entered.
    pub to: String,
    /// Whether a Catch led there.
    pub caught: bool,
}

/// The state that contains another one, and in which of its branches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parent {
    /// The Parallel or Map.
    pub(super) state: String,
    /// The branch, counted from 0; 0 for a Map.
    pub(super) branch: usize,
}

/// States by name. Names are unique in the whole machine, nested scopes included:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-states.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chart {
    parents: BTreeMap<String, Option<Parent>>,
    maps: BTreeSet<String>,
    transitions: BTreeSet<Transition>,
}

impl Chart {
    /// Adds a state.
    pub(super) fn add_state(&mut self, name: &str, state_type: &str, parent: Option<Parent>) {
        self.parents.insert(name.to_owned(), parent);
        if state_type == "Map" {
            self.maps.insert(name.to_owned());
        }
    }

    /// Adds an edge.
    pub(super) fn add_transition(&mut self, from: &str, to: &str, caught: bool) {
        self.transitions.insert(Transition { from: from.to_owned(), to: to.to_owned(), caught });
    }

    /// Every state, nested ones included.
    pub(super) fn states(&self) -> impl Iterator<Item = &str> {
        self.parents.keys().map(String::as_str)
    }

    /// Every transition.
    pub(super) fn transitions(&self) -> &BTreeSet<Transition> {
        &self.transitions
    }

    /// What contains a state; `None` at the top and for a state the definition does not know.
    pub(super) fn parent(&self, state: &str) -> Option<&Parent> {
        self.parents.get(state).and_then(Option::as_ref)
    }

    /// Whether a state is a Map.
    pub(super) fn is_map(&self, state: &str) -> bool {
        self.maps.contains(state)
    }

    /// The transition taken between two states entered one after the other. A pair that only one edge joins needs no
    /// evidence; where a Next and a Catch lead to the same state, `failed` decides.
    pub(super) fn transition(&self, from: &str, to: &str, failed: bool) -> Transition {
        let edge = |caught| Transition { from: from.to_owned(), to: to.to_owned(), caught };
        match (self.transitions.contains(&edge(false)), self.transitions.contains(&edge(true))) {
            (true, false) => edge(false),
            (false, true) => edge(true),
            _ => edge(failed),
        }
    }
}
