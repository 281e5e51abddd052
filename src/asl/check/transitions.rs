//! Whether every state can be reached and an end can be.

use std::collections::BTreeSet;

use super::fields::Fields;
use super::reader::Reader;
use super::rules;
use crate::asl::definition::{Kind, State, StateId};
use crate::asl::document::Node;
use crate::asl::finding::Finding;

/// Looks at one scope. As AWS does it, a missing end is told instead of unreachable states, and a missing target beside them.
///
/// In a scope that is broken already, what is found here only follows.
pub(super) fn check(reader: &mut Reader, start: Option<StateId>, ids: &[StateId], states: &Fields<'_>, broken: bool) {
    let ends = |id: &StateId| reader.states.get(*id).is_some_and(|state| is_terminal(state, states));
    if !ids.iter().any(ends) {
        reader.report.tell(&rules::NO_TERMINAL_STATE, "Workflow has no terminal state", "", states.at);
        reader.report.help("let a state end with `\"End\": true`, or add a Succeed or Fail state");
        reader.report.follows(broken);
        return;
    }
    let mut reached: BTreeSet<StateId> = start.into_iter().collect();
    let mut ahead: Vec<StateId> = start.into_iter().collect();
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
        reader.report.tell(&rules::UNREACHABLE_STATE, message, &states.pointer(&name), states.place(&name));
        reader.report.help("let a `Next`, `Default` or `Catch` lead to it, or remove it");
        let is_twice = states.members.iter().filter(|member| member.key == name).count() > 1;
        reader.report.follows(broken || is_twice);
    }
}

/// Whether one of the findings hides where a state of this scope leads.
pub(super) fn is_broken(states: &Fields<'_>, findings: &[Finding]) -> bool {
    let hiding = [
        &rules::MISSING_TARGET,
        &rules::MISSING_FIELD,
        &rules::UNKNOWN_STATE_TYPE,
        &rules::MISSING_NEXT,
        &rules::WRONG_TYPE,
        &rules::UNKNOWN_FIELD,
        &rules::MISPLACED_FIELD,
        &rules::EMPTY_VALUE,
    ];
    let start_at = states.pointer.strip_suffix("States").unwrap_or_default().to_owned() + "StartAt";
    findings.iter().filter(|finding| hiding.contains(&finding.rule)).any(|finding| {
        let inside = finding.pointer.strip_prefix(&states.pointer);
        finding.pointer == start_at || inside.is_some_and(|rest| !rest.contains("/States/"))
    })
}

/// Whether the scope can end here: a state without Next, unless its Next is there and leads nowhere.
fn is_terminal(state: &State, states: &Fields<'_>) -> bool {
    let written = states.get(&state.name).and_then(Node::members);
    let leads_on = written.is_some_and(|members| members.iter().any(|member| member.key == "Next"));
    !matches!(state.kind, Kind::Choice { .. }) && state.next.is_none() && !leads_on
}
