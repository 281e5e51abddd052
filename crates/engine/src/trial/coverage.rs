//! Which states and transitions of the pack's machines were reached.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::asl::trace::{Trace, Transition};
use crate::asl::{EdgeKind, Outline};

/// How much of a kind of thing was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// Reached.
    pub covered: usize,
    /// All there are.
    pub total: usize,
    /// Those not reached: `order-processing-workflow: MergeResults`, `…: A -> B`, `…: A -> B (catch)`, `…: A -> B (rule 2)`.
    pub missing: Vec<String>,
    /// Those of which some may have been reached: ways out of a Choice state to one state, which nothing told apart.
    pub undecided: Vec<String>,
}

/// States and transitions reached, over all machines and users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// States.
    pub states: Covered,
    /// Ways between states: Next, each Choice rule, Default, Catch.
    pub transitions: Covered,
    /// States that child executions run, as in a Distributed Map. No history of the machine's own has them, so that they are in neither of
    /// the other figures.
    pub in_children: usize,
}

/// What is known of a state or a way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    #[default]
    Never,
    /// It or another way to the same state was gone.
    Perhaps,
    Surely,
}

/// One way between two states; of a Choice state the one of several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    transition: Transition,
    choice: Option<EdgeKind>,
}

/// What was there and what was seen, gathered execution by execution. Keyed by the machine's name in the pack.
#[derive(Debug, Default)]
pub(super) struct Reach {
    states: BTreeMap<(String, String), Seen>,
    ways: BTreeMap<(String, Way), Seen>,
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
            self.states.entry((machine.to_owned(), from.name.clone())).or_default();
            for way in &from.transitions {
                let Some(to) = outline.states.get(way.to).map(|to| to.name.clone()) else { continue };
                let transition = Transition { from: from.name.clone(), to, caught: way.kind.is_catch() };
                let choice = Some(way.kind).filter(|kind| kind.is_choice());
                self.ways.entry((machine.to_owned(), Way { transition, choice })).or_default();
            }
        }
    }

    /// Counts what one execution went through. What no definition has is passed over.
    pub(super) fn see(&mut self, machine: &str, trace: &Trace) {
        for state in trace.path() {
            if let Some(seen) = self.states.get_mut(&(machine.to_owned(), state.to_owned())) {
                *seen = Seen::Surely;
            }
        }
        for transition in &trace.transitions {
            // One way alone, unless it leads out of a Choice state.
            self.go(machine, transition, None, Seen::Surely);
        }
        for chosen in &trace.chosen {
            let Some(from) = trace.visits.get(chosen.visit) else { continue };
            let seen = if chosen.ways.len() == 1 { Seen::Surely } else { Seen::Perhaps };
            let to = trace.visits.iter().skip(chosen.visit + 1).find(|next| next.inside == from.inside);
            let Some(to) = to.map(|to| to.state.clone()) else { continue };
            let transition = Transition { from: from.state.clone(), to, caught: false };
            for way in &chosen.ways {
                self.go(machine, &transition, Some(*way), seen);
            }
        }
    }

    fn go(&mut self, machine: &str, transition: &Transition, choice: Option<EdgeKind>, how: Seen) {
        let way = Way { transition: transition.clone(), choice };
        if let Some(seen) = self.ways.get_mut(&(machine.to_owned(), way)) {
            *seen = how.max(*seen);
        }
    }

    /// The figures.
    pub(super) fn coverage(&self) -> Coverage {
        let state = |(machine, state): &(String, String)| format!("{machine}: {state}");
        let way = |(machine, Way { transition, choice }): &(String, Way)| {
            let by = match choice {
                Some(choice) => format!(" ({choice})"),
                None if transition.caught => " (catch)".to_owned(),
                None => String::new(),
            };
            format!("{machine}: {} -> {}{by}", transition.from, transition.to)
        };
        Coverage {
            states: covered(&self.states, state),
            transitions: covered(&self.ways, way),
            in_children: self.in_children.len(),
        }
    }
}

fn covered<K>(all: &BTreeMap<K, Seen>, tell: impl Fn(&K) -> String) -> Covered {
    let told = |how: Seen| {
        let keys: BTreeSet<String> = all.iter().filter(|(_, seen)| **seen == how).map(|(key, _)| tell(key)).collect();
        keys.into_iter().collect::<Vec<_>>()
    };
    let (missing, undecided) = (told(Seen::Never), told(Seen::Perhaps));
    Covered { covered: all.len() - missing.len() - undecided.len(), total: all.len(), missing, undecided }
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
    fn ways_out_of_a_choice_to_one_state_are_told_apart() {
        use crate::asl::trace::{EventData, HistoryEvent};
        let definition = crate::asl::parse(
            r#"{"StartAt": "C", "States": {"A": {"Type": "Succeed"}, "C": {"Type": "Choice", "Default": "A", "Choices": [
                {"Variable": "$.n", "NumericLessThan": 1, "Next": "A"}, {"Variable": "$.n", "NumericLessThan": 2, "Next": "A"}]}}}"#,
        )
        .unwrap();
        let outline = definition.outline();
        let mut reach = Reach::default();
        reach.expect("m", &outline);
        let mut see = |input: Option<&str>| {
            let event = |id: i64, state_type: &str, name: &str| HistoryEvent {
                id,
                previous_id: id - 1,
                event_type: format!("{state_type}StateEntered"),
                name: Some(name.to_owned()),
                ..HistoryEvent::default()
            };
            let choice = HistoryEvent { input: input.map(EventData::from), ..event(1, "Choice", "C") };
            reach.see("m", &Trace::of(&outline, &[choice, event(2, "Succeed", "A")]).with_choices(&definition));
            reach.coverage().transitions
        };
        let [first, second, default] = ["rule 1", "rule 2", "default"].map(|way| format!("m: C -> A ({way})"));
        let undecided = vec![default.clone(), first.clone(), second.clone()];
        assert_eq!(see(None), Covered { covered: 0, total: 3, missing: vec![], undecided });
        let undecided = vec![first.clone(), second];
        assert_eq!(see(Some(r#"{"n": 5}"#)), Covered { covered: 1, total: 3, missing: vec![], undecided });
        let undecided = vec![first];
        assert_eq!(see(Some(r#"{"n": 1}"#)), Covered { covered: 2, total: 3, missing: vec![], undecided });
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
        assert_eq!(
            coverage.states,
            Covered { covered: 2, total: 3, missing: vec!["m: C".to_owned()], undecided: vec![] }
        );
        assert_eq!(
            coverage.transitions,
            Covered { covered: 1, total: 2, missing: vec!["m: A -> B (catch)".to_owned()], undecided: vec![] }
        );
    }
}
