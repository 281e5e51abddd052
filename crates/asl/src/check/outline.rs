//! A definition as its scopes and states, with all that is written, good or not: what the doubts look at.

use std::collections::BTreeMap;

use labctl_source::{Member, Node, Span, pointer_step};

use super::fields::Fields;
use super::language::{is_language_open, looks_like_jsonata};
use crate::placeholder::has_placeholder;

/// All scopes; the first is the machine's own, and a scope stands after the one around it.
pub(super) struct Outline<'n> {
    pub root: Fields<'n>,
    pub scopes: Vec<ScopeView<'n>>,
}

/// The machine, a branch, or what a Map does for each item.
pub(super) struct ScopeView<'n> {
    /// Scope and state around it.
    pub parent: Option<(usize, usize)>,
    /// Whether it runs as an execution of its own, in a distributed Map.
    pub alone: bool,
    pub start: Option<usize>,
    pub states: Vec<StateView<'n>>,
    /// Whether some transition is not known, because it is missing, wrong, or left to another tool.
    pub open: bool,
}

/// A state.
pub(super) struct StateView<'n> {
    pub name: &'n str,
    pub key_at: Span,
    pub fields: Fields<'n>,
    pub kind: &'n str,
    pub jsonata: bool,
    /// The states of the same scope that it leads to, catchers included.
    pub leads_to: Vec<usize>,
    /// Whether the scope can end here.
    pub ends: bool,
}

impl<'n> Outline<'n> {
    /// Of a text that is an object.
    pub(super) fn of(root: &'n Node) -> Option<Self> {
        let fields = |members| Fields { members, at: root.at, pointer: String::new() };
        let members = root.members()?;
        let machine = fields(members);
        // None: another tool says.
        let jsonata = if is_language_open(&machine, false) { None } else { Some(language(&machine).unwrap_or(false)) };
        let mut outline = Self { root: fields(members), scopes: Vec::new() };
        outline.scope(&machine, None, false, jsonata);
        Some(outline)
    }

    /// Recursion is as deep as the text is nested, which its reader limits.
    fn scope(&mut self, fields: &Fields<'n>, parent: Option<(usize, usize)>, alone: bool, jsonata: Option<bool>) {
        let own = self.scopes.len();
        let members = fields.get("States").and_then(Node::members).unwrap_or_default();
        let names: BTreeMap<&str, usize> =
            members.iter().enumerate().map(|(index, member)| (member.key.as_str(), index)).collect();
        let start = fields.get("StartAt").and_then(Node::text).and_then(|name| names.get(name).copied());
        let pointer = fields.pointer("States");
        let mut scope = ScopeView { parent, alone, start, states: Vec::new(), open: start.is_none() };
        for member in members {
            let (state, complete) = state(member, &pointer, &names, jsonata);
            scope.open |= !complete;
            scope.states.push(state);
        }
        let inner: Vec<(usize, Fields<'n>)> = scope
            .states
            .iter()
            .enumerate()
            .flat_map(|(index, state)| inner_scopes(state).into_iter().map(move |inner| (index, inner)))
            .collect();
        self.scopes.push(scope);
        for (state, inner) in inner {
            let mode = inner.get("ProcessorConfig").and_then(Node::members).unwrap_or_default();
            let is_mode = |member: &Member| member.key == "Mode" && member.value.text() == Some("DISTRIBUTED");
            self.scope(&inner, Some((own, state)), mode.iter().any(is_mode), jsonata);
        }
    }

    /// Every state of every scope.
    pub(super) fn states(&self) -> impl Iterator<Item = (&ScopeView<'n>, &StateView<'n>)> {
        self.scopes.iter().flat_map(|scope| scope.states.iter().map(move |state| (scope, state)))
    }

    /// The states around a scope, innermost first; not those beyond an execution of its own.
    pub(super) fn around(&self, scope: &ScopeView<'n>) -> Vec<(usize, usize)> {
        let mut around = Vec::new();
        let mut next = if scope.alone { None } else { scope.parent };
        while let Some((outer, state)) = next {
            around.push((outer, state));
            next = self.scopes.get(outer).and_then(|scope| if scope.alone { None } else { scope.parent });
        }
        around
    }
}

impl ScopeView<'_> {
    /// The states that can be entered after one of `from`.
    pub(super) fn after(&self, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut reached = vec![false; self.states.len()];
        let mut ahead: Vec<usize> = from.into_iter().collect();
        while let Some(state) = ahead.pop().and_then(|index| self.states.get(index)) {
            for to in &state.leads_to {
                if let Some(seen) = reached.get_mut(*to)
                    && !*seen
                {
                    *seen = true;
                    ahead.push(*to);
                }
            }
        }
        reached
    }
}

impl<'n> StateView<'n> {
    /// The elements of Choices, Retry or Catch, with their places.
    pub(super) fn elements(&self, name: &str) -> Vec<Fields<'n>> {
        let pointer = self.fields.pointer(name);
        let elements = self.fields.get(name).and_then(Node::elements).unwrap_or_default();
        let fields = elements.iter().enumerate().filter_map(|(index, element)| {
            let pointer = pointer_step(&pointer, &index.to_string());
            element.members().map(|members| Fields { members, at: element.at, pointer })
        });
        fields.collect()
    }

    /// A field's text.
    pub(super) fn text(&self, name: &str) -> Option<&'n str> {
        self.fields.get(name).and_then(Node::text)
    }
}

fn language(fields: &Fields<'_>) -> Option<bool> {
    fields.get("QueryLanguage").and_then(Node::text).map(|language| language == "JSONata")
}

fn state<'n>(
    member: &'n Member,
    pointer: &str,
    names: &BTreeMap<&str, usize>,
    jsonata: Option<bool>,
) -> (StateView<'n>, bool) {
    let members = member.value.members().unwrap_or_default();
    let fields = Fields { members, at: member.value.at, pointer: pointer_step(pointer, &member.key) };
    let kind = fields.get("Type").and_then(Node::text).unwrap_or_default();
    let open = is_language_open(&fields, jsonata.is_none());
    let guessed = || open && looks_like_jsonata(&fields);
    let mut view = StateView {
        name: &member.key,
        key_at: member.key_at,
        kind,
        jsonata: guessed() || !open && language(&fields).or(jsonata).unwrap_or(false),
        leads_to: Vec::new(),
        ends: matches!(kind, "Succeed" | "Fail"),
        fields,
    };
    let rules = view.elements("Choices");
    let mut targets: Vec<Option<&Node>> = rules.iter().map(|rule| rule.get("Next")).collect();
    if kind == "Choice" {
        targets.extend(view.fields.get("Default").map(Some));
    } else if !view.ends {
        let ends = view.fields.get("End").is_some_and(|node| node.to_value() == true);
        view.ends = ends;
        targets.extend((!ends).then(|| view.fields.get("Next")));
    }
    targets.extend(view.elements("Catch").iter().map(|catcher| catcher.get("Next")));
    let found: Vec<Option<usize>> =
        targets.iter().map(|target| target.and_then(Node::text).and_then(|name| names.get(name).copied())).collect();
    let complete = found.iter().all(Option::is_some) && !kind.is_empty() && !has_placeholder(kind);
    view.leads_to = found.into_iter().flatten().collect();
    (view, complete)
}

fn inner_scopes<'n>(state: &StateView<'n>) -> Vec<Fields<'n>> {
    match state.kind {
        "Parallel" => state.elements("Branches"),
        "Map" => ["ItemProcessor", "Iterator"]
            .into_iter()
            .filter_map(|name| {
                let node = state.fields.get(name)?;
                Some(Fields { members: node.members()?, at: node.at, pointer: state.fields.pointer(name) })
            })
            .collect(),
        _ => Vec::new(),
    }
}
