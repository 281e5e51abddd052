//! A definition as it is written, beside its outline: what the warnings look at, also where not all of it is good.

use std::collections::{BTreeMap, BTreeSet};

use labctl_source::{Member, Node, Span, pointer_step};

use super::fields::Fields;
use crate::definition::{Definition, Kind, ScopeId, StateId};
use crate::flow::FlowFields;
use crate::outline::{Outline, OutlineState};
use crate::placeholder::has_placeholder;

/// The text of each state, by its place in the outline.
pub(super) struct Written<'n> {
    pub root: Fields<'n>,
    pub outline: Outline,
    pub states: BTreeMap<StateId, WrittenState<'n>>,
    /// Scopes of which some transition is not known, because it is missing, wrong, or left to another tool.
    pub open: BTreeSet<ScopeId>,
    /// Scopes that run as executions of their own, in a distributed Map.
    pub alone: BTreeSet<ScopeId>,
}

/// A state.
pub(super) struct WrittenState<'n> {
    pub name: &'n str,
    pub key_at: Span,
    pub fields: Fields<'n>,
    pub kind: &'n str,
    pub jsonata: bool,
}

impl<'n> Written<'n> {
    /// Of a text that is an object, and of what could be read of it.
    pub(super) fn of(root: &'n Node, definition: &Definition) -> Option<Self> {
        let fields = || Some(Fields { members: root.members()?, at: root.at, pointer: String::new() });
        let mut written = Self {
            root: fields()?,
            outline: definition.outline(),
            states: BTreeMap::new(),
            open: BTreeSet::new(),
            alone: BTreeSet::new(),
        };
        written.scope(definition, 0, &fields()?);
        Some(written)
    }

    /// Recursion is as deep as the text is nested, which its reader limits.
    fn scope(&mut self, definition: &Definition, place: ScopeId, fields: &Fields<'n>) {
        let Some(scope) = definition.scopes.get(place) else { return };
        let members = fields.get("States").and_then(Node::members).unwrap_or_default();
        let pointer = fields.pointer("States");
        let start = self.outline.states.get(scope.start).map(|state| state.name.as_str());
        let mut open = start.is_none() || fields.text_of("StartAt") != start;
        let mode = fields.get("ProcessorConfig").and_then(Node::members).unwrap_or_default();
        if mode.iter().any(|member| member.key == "Mode" && member.value.text() == Some("DISTRIBUTED")) {
            self.alone.insert(place);
        }
        for (id, member) in scope.states.iter().zip(members) {
            let Some((state, outline)) = definition.states.get(*id).zip(self.outline.states.get(*id)) else { continue };
            let jsonata = !state.type_name.is_empty() && matches!(state.flow.fields, FlowFields::Query { .. });
            let text = WrittenState::of(member, &pointer, jsonata);
            open |= !text.is_complete(outline);
            for (scope, inner) in text.inner_scopes(&state.kind) {
                self.scope(definition, scope, &inner);
            }
            self.states.insert(*id, text);
        }
        if open {
            self.open.insert(place);
        }
    }

    /// The states around a state, innermost first; not those beyond an execution of its own.
    pub(super) fn around(&self, state: StateId) -> Vec<StateId> {
        let mut around = Vec::new();
        let mut next = self.scope_of(state);
        while let Some(scope) = next.filter(|scope| !self.alone.contains(scope)) {
            let Some(parent) = self.outline.scopes.get(scope).and_then(|scope| scope.parent) else { break };
            around.push(parent.state);
            next = self.scope_of(parent.state);
        }
        around
    }

    pub(super) fn scope_of(&self, state: StateId) -> Option<ScopeId> {
        self.outline.states.get(state).map(|state| state.scope)
    }

    /// The states that can be entered after one of `from`.
    pub(super) fn after(&self, from: impl IntoIterator<Item = StateId>) -> BTreeSet<StateId> {
        let mut reached = BTreeSet::new();
        let mut ahead: Vec<StateId> = from.into_iter().collect();
        while let Some(state) = ahead.pop().and_then(|state| self.outline.states.get(state)) {
            ahead.extend(state.transitions.iter().map(|way| way.to).filter(|to| reached.insert(*to)));
        }
        reached
    }
}

impl<'n> WrittenState<'n> {
    fn of(member: &'n Member, pointer: &str, jsonata: bool) -> Self {
        let members = member.value.members().unwrap_or_default();
        let fields = Fields { members, at: member.value.at, pointer: pointer_step(pointer, &member.key) };
        let kind = fields.text_of("Type").unwrap_or_default();
        Self { name: &member.key, key_at: member.key_at, kind, jsonata, fields }
    }

    /// Whether every way out that is written leads somewhere, and none is missing.
    fn is_complete(&self, outline: &OutlineState) -> bool {
        let ends = self.fields.get("End").is_some_and(|node| node.to_value() == true);
        let onwards = match self.kind {
            "Succeed" | "Fail" => 0,
            "Choice" => self.elements("Choices").len() + usize::from(self.fields.has("Default")),
            _ => usize::from(!ends),
        };
        let ways = onwards + self.elements("Catch").len();
        ways == outline.transitions.len() && !self.kind.is_empty() && !has_placeholder(self.kind)
    }

    /// What is inside of a Parallel or Map, as far as it could be read.
    fn inner_scopes(&self, kind: &Kind) -> Vec<(ScopeId, Fields<'n>)> {
        match kind {
            Kind::Parallel { branches } => branches.iter().copied().zip(self.elements("Branches")).collect(),
            Kind::Map(map) => {
                let name = if self.fields.has("Iterator") { "Iterator" } else { "ItemProcessor" };
                let node = self.fields.get(name);
                let fields = node.and_then(|node| {
                    Some(Fields { members: node.members()?, at: node.at, pointer: self.fields.pointer(name) })
                });
                fields.map(|fields| (map.processor, fields)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

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
}
