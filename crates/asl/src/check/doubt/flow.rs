//! Loops without a way out, and waits that are too long.

use labctl_source::{Content, Node};

use crate::check::outline::{Outline, ScopeView};
use crate::check::report::Report;
use crate::check::rules;

/// How long an EXPRESS execution may take, in seconds.
const LONGEST_EXPRESS: u64 = 300;

pub(super) fn check(outline: &Outline<'_>, express: bool, report: &mut Report) {
    for scope in outline.scopes.iter().filter(|scope| !scope.open) {
        endless(scope, report);
    }
    let own = outline.root.get("TimeoutSeconds").and_then(seconds);
    let limit = own.into_iter().chain(express.then_some(LONGEST_EXPRESS)).min();
    let Some(limit) = limit else { return };
    let together = outline.scopes.iter().filter(|scope| !scope.alone && !is_beyond(outline, scope));
    for state in together.flat_map(|scope| &scope.states).filter(|state| state.kind == "Wait") {
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

/// Whether the scope is part of another execution: somewhere in a distributed Map.
fn is_beyond(outline: &Outline<'_>, scope: &ScopeView<'_>) -> bool {
    outline.around(scope).last().is_some_and(|(outer, _)| *outer != 0)
}

fn seconds(node: &Node) -> Option<u64> {
    match &node.content {
        Content::Number(number) => number.as_u64(),
        _ => None,
    }
}

/// Tells the first state, on the way through a scope, from which no end can be reached.
fn endless(scope: &ScopeView<'_>, report: &mut Report) {
    let mut into: Vec<Vec<usize>> = vec![Vec::new(); scope.states.len()];
    for (index, state) in scope.states.iter().enumerate() {
        for to in &state.leads_to {
            if let Some(sources) = into.get_mut(*to) {
                sources.push(index);
            }
        }
    }
    let mut can_end: Vec<bool> = scope.states.iter().map(|state| state.ends).collect();
    // Where nothing ends, AWS says so.
    if !can_end.contains(&true) {
        return;
    }
    let mut ahead: Vec<usize> = (0..can_end.len()).filter(|index| can_end.get(*index) == Some(&true)).collect();
    while let Some(sources) = ahead.pop().and_then(|index| into.get(index)) {
        for source in sources {
            if let Some(seen) = can_end.get_mut(*source)
                && !*seen
            {
                *seen = true;
                ahead.push(*source);
            }
        }
    }
    let reached = scope.after(scope.start);
    let is_trap = |index: &usize| {
        can_end.get(*index) == Some(&false) && (scope.start == Some(*index) || reached.get(*index) == Some(&true))
    };
    let traps: Vec<usize> = (0..scope.states.len()).filter(is_trap).collect();
    // Those that are entered from where an end is still in reach.
    let entered = |index: &&usize| {
        scope.start == Some(**index)
            || into.get(**index).is_some_and(|sources| sources.iter().any(|source| !is_trap(source)))
    };
    for state in traps.iter().filter(entered).filter_map(|index| scope.states.get(*index)) {
        let message = format!("from `{}` on, no end of the workflow can be reached", state.name);
        report.tell(&rules::ENDLESS_LOOP, message, &state.fields.pointer, state.key_at);
        report.help("let one of the states in the loop lead out of it, for instance by a Choice that counts");
    }
}
