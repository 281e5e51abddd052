//! Loops without a way out, and waits that are too long.

use std::collections::{BTreeMap, BTreeSet};

use labctl_source::{Content, Node};

use crate::check::report::Report;
use crate::check::rules;
use crate::check::written::Written;
use crate::definition::{ScopeId, StateId};
use crate::outline::OutlineScope;

/// How long an EXPRESS execution may take, in seconds.
const LONGEST_EXPRESS: u64 = 300;

pub(super) fn check(written: &Written<'_>, express: bool, report: &mut Report) {
    for (place, scope) in written.outline.scopes.iter().enumerate() {
        if !written.open.contains(&place) {
            endless(written, scope, report);
        }
    }
    let own = written.root.get("TimeoutSeconds").and_then(seconds);
    let limit = own.into_iter().chain(express.then_some(LONGEST_EXPRESS)).min();
    let Some(limit) = limit else { return };
    let together = |id: &StateId| written.scope_of(*id).is_some_and(|scope| !is_beyond(written, *id, scope));
    let waits = written.states.iter().filter(|(id, state)| state.kind == "Wait" && together(id));
    for (_, state) in waits {
        let Some((node, wait)) = state.fields.get("Seconds").and_then(|node| Some((node, seconds(node)?))) else {
            continue;
        };
        if wait > limit {
            let message = format!("`{}` waits {wait} seconds, and the execution may take {limit}", state.name);
            report.tell(&rules::WAIT_BEYOND_TIMEOUT, message, &state.fields.pointer("Seconds"), node.at);
            report.help(if own == Some(limit) {
                "raise the machine's `TimeoutSeconds`, or wait less"
            } else {
                "an EXPRESS execution ends after five minutes: use a STANDARD machine, or wait less"
            });
        }
    }
}

/// Whether a state is part of another execution: somewhere in a distributed Map.
fn is_beyond(written: &Written<'_>, state: StateId, scope: ScopeId) -> bool {
    let outermost = written.around(state).last().map_or(Some(scope), |state| written.scope_of(*state));
    outermost != Some(0)
}

fn seconds(node: &Node) -> Option<u64> {
    match &node.content {
        Content::Number(number) => number.as_u64(),
        _ => None,
    }
}

/// Tells the first state, on the way through a scope, from which no end can be reached.
fn endless(written: &Written<'_>, scope: &OutlineScope, report: &mut Report) {
    let states = || scope.states.iter().filter_map(|id| Some((*id, written.outline.states.get(*id)?)));
    let mut into: BTreeMap<StateId, Vec<StateId>> = BTreeMap::new();
    for (id, state) in states() {
        for way in &state.transitions {
            into.entry(way.to).or_default().push(id);
        }
    }
    let mut can_end: BTreeSet<StateId> = states().filter(|(_, state)| state.ends()).map(|(id, _)| id).collect();
    // Where nothing ends, AWS says so.
    if can_end.is_empty() {
        return;
    }
    let mut ahead: Vec<StateId> = can_end.iter().copied().collect();
    while let Some(id) = ahead.pop() {
        ahead.extend(into.get(&id).into_iter().flatten().copied().filter(|source| can_end.insert(*source)));
    }
    let reached = written.after([scope.start]);
    let is_trap = |id: &StateId| !can_end.contains(id) && (scope.start == *id || reached.contains(id));
    // Those that are entered from where an end is still in reach.
    let is_entered = |id: &StateId| {
        scope.start == *id || into.get(id).is_some_and(|sources| sources.iter().any(|source| !is_trap(source)))
    };
    let traps = scope.states.iter().filter(|id| is_trap(id) && is_entered(id));
    for state in traps.filter_map(|id| written.states.get(id)) {
        let message = format!("from `{}` on, no end of the workflow can be reached", state.name);
        report.tell(&rules::ENDLESS_LOOP, message, &state.fields.pointer, state.key_at);
        report.help("let one of the states in the loop lead out of it, for instance by a Choice that counts");
    }
}
