//! Variables that are read where nothing can have assigned them.

use std::collections::{BTreeMap, BTreeSet};

use labctl_source::nearest;

use super::expressions::{Notation, Text, paths, texts};
use crate::check::report::Report;
use crate::check::rules;
use crate::check::written::{Written, WrittenState};
use crate::definition::StateId;
use crate::jsonata::{Expression, between_marks};
use crate::path::{self, Root};

/// Machines with more states times names are not looked at, so that no text takes long.
const MOST_WORK: usize = 4_000_000;

/// For each scope and name: the states after one that assigns it.
type Known = Vec<BTreeMap<String, BTreeSet<StateId>>>;

pub(super) fn check(written: &Written<'_>, report: &mut Report) {
    let Some(known) = assigned(written) else { return };
    let everywhere: BTreeSet<&str> = known.iter().flat_map(|names| names.keys().map(String::as_str)).collect();
    for (id, state) in &written.states {
        let mut around = vec![*id];
        around.extend(written.around(*id));
        for (name, text, character) in read(state) {
            if around.iter().any(|state| is_known(written, &known, *state, &name)) {
                continue;
            }
            let message = format!("no state before `{}` assigns `${name}`", state.name);
            report.tell(&rules::UNASSIGNED_VARIABLE, message, &text.pointer, text.at);
            report.help(match nearest(&name, everywhere.iter().copied().filter(|other| *other != name)) {
                Some(near) => format!("did you mean `${near}`?"),
                None if everywhere.contains(name.as_str()) => {
                    "the state that assigns it comes later, stands beside this one, or is this one".to_owned()
                }
                None => format!("assign it in a state before: `\"Assign\": {{ \"{name}\": … }}`"),
            });
            report.inside(character);
        }
    }
}

fn is_known(written: &Written<'_>, known: &Known, state: StateId, name: &str) -> bool {
    let Some(scope) = written.scope_of(state) else { return false };
    let Some(after) = known.get(scope).and_then(|names| names.get(name)) else { return false };
    // Where transitions are not known, any state may come after any other.
    written.open.contains(&scope) || after.contains(&state)
}

fn assigned(written: &Written<'_>) -> Option<Known> {
    let mut work = 0_usize;
    let mut known = Vec::with_capacity(written.outline.scopes.len());
    for scope in &written.outline.scopes {
        let mut by_name: BTreeMap<String, Vec<StateId>> = BTreeMap::new();
        for (id, state) in scope.states.iter().filter_map(|id| Some((*id, written.states.get(id)?))) {
            for name in assigns(state) {
                by_name.entry(name).or_default().push(id);
            }
        }
        work = work.saturating_add(by_name.len().saturating_mul(scope.states.len()));
        if work > MOST_WORK {
            return None;
        }
        known.push(by_name.into_iter().map(|(name, states)| (name, written.after(states))).collect());
    }
    Some(known)
}

/// What a state assigns, on whatever way it is left.
fn assigns(state: &WrittenState<'_>) -> Vec<String> {
    let bare = |key: &str| if state.jsonata { key.to_owned() } else { key.trim_end_matches(".$").to_owned() };
    let own = state.fields.get("Assign");
    let rules = state.elements("Choices");
    let catchers = state.elements("Catch");
    let nodes = own.into_iter().chain(rules.iter().chain(&catchers).filter_map(|element| element.get("Assign")));
    let names = nodes.flat_map(|node| node.members().unwrap_or_default().iter().map(|member| bare(&member.key)));
    names.collect()
}

/// The variables that a state cannot do without, each with where it is read.
fn read<'n>(state: &WrittenState<'n>) -> Vec<(String, Text<'n>, usize)> {
    let mut found = Vec::new();
    for text in texts(state) {
        let names: Vec<(String, usize)> = match text.notation {
            Notation::Path | Notation::Dollar => in_paths(text.written),
            Notation::Query => in_query(text.written),
            Notation::Plain => Vec::new(),
        };
        for (name, character) in names {
            let text = Text { pointer: text.pointer.clone(), ..text };
            found.push((name, text, character));
        }
    }
    found
}

fn in_paths(text: &str) -> Vec<(String, usize)> {
    let parsed = paths(text).into_iter().filter_map(|(at, path)| Some((at, path::parse(&path).ok()?.root)));
    let named = parsed.filter_map(|(at, root)| match root {
        Root::Variable(name) => Some((name, at)),
        _ => None,
    });
    named.collect()
}

fn in_query(text: &str) -> Vec<(String, usize)> {
    let Some(Ok(expression)) = between_marks(text).map(Expression::parse) else { return Vec::new() };
    let names: BTreeSet<String> =
        expression.mentions().needed.into_iter().filter_map(|path| path.into_iter().next()).collect();
    let place = |name: &str| {
        let before = text.split_once(&format!("${name}")).map_or("", |(before, _)| before);
        before.chars().count()
    };
    names.into_iter().filter(|name| name != "states").map(|name| (name.clone(), place(&name))).collect()
}
