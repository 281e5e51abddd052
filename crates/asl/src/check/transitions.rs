//! Whether every state can be reached and an end can be.

use std::collections::BTreeSet;

use labctl_source::Member;

use super::fields::Fields;
use super::reader::Reader;
use super::rules;
use crate::definition::{Kind, State, StateId};
use crate::finding::Finding;

/// Looks at one scope. As AWS does it, a missing end is reported instead of unreachable states, and a missing target beside them.
///
/// In a scope that is broken already, what is found here only follows.
pub(super) fn check(reader: &mut Reader, start: Option<StateId>, ids: &[StateId], states: &Fields<'_>, broken: bool) {
    // The states of a scope are numbered as they are written.
    let written = || ids.iter().zip(states.members);
    let ends = |(id, member): (&StateId, &Member)| reader.states.get(*id).is_some_and(|it| is_terminal(it, member));
    if !written().any(ends) {
        reader.report.tell(&rules::NO_TERMINAL_STATE, "Workflow has no terminal state", "", states.at);
        reader.report.help("let a state end with `\"End\": true`, or add a Succeed or Fail state");
        reader.report.follows(broken);
        return;
    }
    // Without a start everything would be unreachable, which helps nobody.
    let Some(start) = start else { return };
    let mut reached = BTreeSet::from([start]);
    let mut ahead = vec![start];
    while let Some(state) = ahead.pop().and_then(|id| reader.states.get(id)) {
        ahead.extend(state.transitions().into_iter().map(|(to, _)| to).filter(|to| reached.insert(*to)));
    }
    let found: BTreeSet<&str> =
        written().filter(|(id, _)| reached.contains(id)).map(|(_, member)| member.key.as_str()).collect();
    for (_, member) in written().filter(|(id, _)| !reached.contains(id)) {
        let name = &member.key;
        let message = format!("State \"{name}\" is not reachable.");
        reader.report.tell(&rules::UNREACHABLE_STATE, message, &states.pointer(name), member.key_at);
        reader.report.help("let a `Next`, `Default` or `Catch` lead to it, or remove it");
        reader.report.follows(broken || found.contains(name.as_str()));
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
fn is_terminal(state: &State, written: &Member) -> bool {
    let leads_on = written.value.members().is_some_and(|members| members.iter().any(|member| member.key == "Next"));
    !matches!(state.kind, Kind::Choice { .. }) && state.next.is_none() && !leads_on
}
