//! Which states and transitions of the pack's machines were reached.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::asl::Outline;
use crate::asl::trace::{Trace, Transition};

/// How much of a kind of thing was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// Reached.
    pub covered: usize,
    /// All there are.
    pub total: usize,
    /// Those not reached: `order-processing-workflow: MergeResults`, `…: A -> B`, `…: A -> B (catch)`.
    pub missing: Vec<String>,
}

/// States and transitions reached, over all machines and users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// States.
    pub states: Covered,
    /// Edges between states: Next, Choice rules, Default, Catch.
    pub transitions: Covered,
    /// States that child executions run, as in a Distributed Map. No history of the machine's own has them, so that they are in neither of
    /// the other figures.
    pub in_children: usize,
}

/// What was there and what was seen, gathered execution by execution. Keyed by the machine's name in the pack.
#[derive(Debug, Default)]
pub(super) struct Reach {
    states: BTreeMap<(String, String), bool>,
    transitions: BTreeMap<(String, Transition), bool>,
    in_children: BTreeSet<(String, String)>,
}

impl Reach {
    /// Counts a machine's states and edges as there.
    pub(super) fn expect(&mut self, machine: &str, outline: &Outline) {
        for (place, from) in outline.states.iter().enumerate() {
            if outline.is_in_children(place) {
                self.in_children.insert((machine.to_owned(), from.name.clone()));
                continue;
            }
            self.states.entry((machine.to_owned(), from.name.clone())).or_insert(false);
            for way in &from.transitions {
                let Some(to) = outline.states.get(way.to).map(|to| to.name.clone()) else { continue };
                let transition = Transition { from: from.name.clone(), to, caught: way.kind.is_catch() };
                self.transitions.entry((machine.to_owned(), transition)).or_insert(false);
            }
        }
    }

    /// Counts what one execution went through. What no definition has is passed over.
    pub(super) fn see(&mut self, machine: &str, trace: &Trace) {
        for state in trace.path() {
            if let Some(seen) = self.states.get_mut(&(machine.to_owned(), state.to_owned())) {
                *seen = true;
            }
        }
        for transition in &trace.transitions {
            if let Some(seen) = self.transitions.get_mut(&(machine.to_owned(), transition.clone())) {
                *seen = true;
            }
        }
    }

    /// The figures.
    pub(super) fn coverage(&self) -> Coverage {
        let state = |(machine, state): &(String, String)| format!("{machine}: {state}");
        let transition = |(machine, edge): &(String, Transition)| {
            let caught = if edge.caught { " (catch)" } else { "" };
            format!("{machine}: {} -> {}{caught}", edge.from, edge.to)
        };
        Coverage {
            states: covered(&self.states, state),
            transitions: covered(&self.transitions, transition),
            in_children: self.in_children.len(),
        }
    }
}

fn covered<K>(all: &BTreeMap<K, bool>, tell: impl Fn(&K) -> String) -> Covered {
    let missing: BTreeSet<String> = all.iter().filter(|(_, seen)| !**seen).map(|(key, _)| tell(key)).collect();
    Covered { covered: all.len() - missing.len(), total: all.len(), missing: missing.into_iter().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_child_executions_run_is_not_missed() {
        let outline = |mode: &str| {
            let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": MODE,
                "StartAt": "B", "States": {"B": {"Type": "Parallel", "Next": "D", "Branches": [
                    {"StartAt": "C", "States": {"C": {"Type": "Pass", "End": true}}}]}, "D": {"Type": "Succeed"}}}}}}"#;
            crate::asl::outline(&text.replace("MODE", mode), crate::asl::Syntax::Json).unwrap()
        };
        let of = |mode: &str| {
            let mut reach = Reach::default();
            reach.expect("m", &outline(mode));
            let coverage = reach.coverage();
            (coverage.states.total, coverage.transitions.total, coverage.in_children)
        };
        assert_eq!(of(r#"{"Mode": "INLINE"}"#), (4, 1, 0));
        assert_eq!(of(r#"{"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}"#), (1, 0, 3));
    }

    #[test]
    fn what_was_not_reached_is_named() {
        let outline = |text: &str| crate::asl::outline(text, crate::asl::Syntax::Json).unwrap();
        let other = outline(
            r#"{"StartAt": "X", "States": {"X": {"Type": "Pass", "Next": "Y"}, "Y": {"Type": "Pass", "End": true}}}"#,
        );
        let machine = outline(
            r#"{"StartAt": "A", "States": {"A": {"Type": "Parallel", "Next": "B", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
                "Branches": [{"StartAt": "C", "States": {"C": {"Type": "Pass", "End": true}}}]}, "B": {"Type": "Pass", "End": true}}}"#,
        );
        let mut reach = Reach::default();
        reach.expect("m", &machine);
        let path = |states: [&str; 2]| states.map(str::to_owned).to_vec();
        reach.see("m", &Trace::along(&machine, &path(["A", "B"])).unwrap());
        reach.see("m", &Trace::along(&other, &path(["X", "Y"])).unwrap());
        let coverage = reach.coverage();
        assert_eq!(coverage.states, Covered { covered: 2, total: 3, missing: vec!["m: C".to_owned()] });
        assert_eq!(
            coverage.transitions,
            Covered { covered: 1, total: 2, missing: vec!["m: A -> B (catch)".to_owned()] }
        );
    }
}
