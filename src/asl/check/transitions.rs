//! Whether every state can be reached and an end can be.

use std::collections::BTreeSet;

use super::fields::Fields;
use super::reader::Reader;
use crate::asl::definition::{Kind, State, StateId};

/// Looks at one scope, all of whose transitions are known.
pub(super) fn check(reader: &mut Reader, start: StateId, ids: &[StateId], states: &Fields<'_>) {
    let mut reached = BTreeSet::from([start]);
    let mut ahead = vec![start];
    while let Some(state) = ahead.pop().and_then(|id| reader.states.get(id)) {
        ahead.extend(targets(state).into_iter().filter(|to| reached.insert(*to)));
    }
    let lost: Vec<String> = ids
        .iter()
        .filter(|id| !reached.contains(id))
        .filter_map(|id| reader.states.get(*id).map(|state| state.name.clone()))
        .collect();
    for name in lost {
        let message = format!("State \"{name}\" is not reachable.");
        reader.report.error("MISSING_TRANSITION_TARGET", message, &states.pointer(&name), states.place(&name));
        reader.report.help("let a `Next`, `Default` or `Catch` lead to it, or remove it");
    }
    let ends = |id: &StateId| reader.states.get(*id).is_some_and(is_terminal);
    if !ids.iter().any(ends) {
        reader.report.error("MISSING_END_STATE", "No terminal state found", &states.pointer, states.at);
        reader.report.help("let a state end with `\"End\": true`, or add a Succeed or Fail state");
    }
}

fn targets(state: &State) -> Vec<StateId> {
    let mut targets: Vec<StateId> =
        state.next.into_iter().chain(state.catch.iter().map(|catcher| catcher.next)).collect();
    if let Kind::Choice { rules, default } = &state.kind {
        targets.extend(rules.iter().map(|(_, to)| *to).chain(*default));
    }
    targets
}

fn is_terminal(state: &State) -> bool {
    !matches!(state.kind, Kind::Choice { .. }) && state.next.is_none()
}
