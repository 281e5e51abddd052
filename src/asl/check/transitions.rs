//! Whether every state can be reached and an end can be.

use std::collections::BTreeSet;

use super::fields::Fields;
use super::reader::Reader;
use crate::asl::definition::{Kind, State, StateId};
use crate::asl::document::Node;

/// Looks at one scope. As AWS does it, a missing end is told instead of unreachable states, and a missing target beside them.
pub(super) fn check(reader: &mut Reader, start: Option<StateId>, ids: &[StateId], states: &Fields<'_>) {
    let ends = |id: &StateId| reader.states.get(*id).is_some_and(|state| is_terminal(state, states));
    if !ids.iter().any(ends) {
        reader.report.error("MISSING_END_STATE", "Workflow has no terminal state", "", states.at);
        reader.report.help("let a state end with `\"End\": true`, or add a Succeed or Fail state");
        return;
    }
    // Without a start everything would be unreachable, which helps nobody.
    let Some(start) = start else { return };
    let mut reached = BTreeSet::from([start]);
    let mut ahead = vec![start];
    while let Some(state) = ahead.pop().and_then(|id| reader.states.get(id)) {
        ahead.extend(state.transitions().into_iter().map(|(to, _)| to).filter(|to| reached.insert(*to)));
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
}

/// Whether the scope can end here: a state without Next, unless its Next is there and leads nowhere.
fn is_terminal(state: &State, states: &Fields<'_>) -> bool {
    let written = states.get(&state.name).and_then(Node::members);
    let leads_on = written.is_some_and(|members| members.iter().any(|member| member.key == "Next"));
    !matches!(state.kind, Kind::Choice { .. }) && state.next.is_none() && !leads_on
}
