//! The machine and its scopes.

use std::collections::BTreeSet;

use labctl_source::{Content, Node, Span, pointer_step};

use super::fields::Fields;
use super::language::Language;
use super::reader::{Reader, Siblings};
use super::rules;
use super::transitions;
use crate::definition::{Definition, Kind, Scope, ScopeId, State, StateId};
use crate::finding::Finding;
use crate::flow::DataFlow;

/// The longest name of a state, in characters.
const LONGEST_NAME: usize = 80;

impl Reader {
    /// The machine, unless there are errors, and all findings.
    pub(super) fn read(root: &Node, express: bool) -> (Option<Definition>, Vec<Finding>) {
        let (machine, findings) = Self::read_all(root, express);
        let failed = findings.iter().any(Self::stops);
        ((!failed).then_some(machine), findings)
    }

    /// The machine as far as it can be read, and all findings. With errors it must not be run.
    pub(super) fn read_all(root: &Node, express: bool) -> (Definition, Vec<Finding>) {
        let mut reader = Self::new(express);
        let mut definition =
            Definition { comment: None, timeout_seconds: None, states: Vec::new(), scopes: Vec::new() };
        match root.members() {
            None => reader.report.tell(&rules::NO_DEFINITION, "Definition must be a valid JSON object", "", root.at),
            Some(members) => {
                reader.duplicates(root, "");
                let fields = Fields { members, at: root.at, pointer: String::new() };
                let known = ["Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"];
                fields.allow(&known, &mut reader.report);
                reader.machine_language = reader.query_language(&fields).unwrap_or(Language::JsonPath);
                reader.machine_open = fields.is_open("QueryLanguage");
                definition.comment = fields.text("Comment", &mut reader.report).map(str::to_owned);
                definition.timeout_seconds = fields.integer("TimeoutSeconds", 1, &mut reader.report);
                reader.has_timeout = fields.has("TimeoutSeconds");
                if fields.text("Version", &mut reader.report).is_some_and(|version| version != "1.0") {
                    let message = "The field 'Version' should have one of these values: [1.0]";
                    reader.report.tell(&rules::BAD_VALUE, message, "/Version", fields.value_place("Version"));
                }
                reader.scope(&fields);
            }
        }
        reader.states.shrink_to_fit();
        definition.states = reader.states;
        definition.scopes = reader.scopes;
        (definition, reader.report.findings)
    }

    /// Members with the same name: AWS's parser refuses them.
    fn duplicates(&mut self, node: &Node, pointer: &str) {
        match &node.content {
            Content::Object(members) => {
                let mut seen = BTreeSet::new();
                for member in members {
                    let pointer = pointer_step(pointer, &member.key);
                    if !seen.insert(member.key.as_str()) {
                        let message = format!("Duplicate field '{}'", member.key);
                        self.report.tell(&rules::DUPLICATE_KEY, message, &pointer, member.key_at);
                    }
                    self.duplicates(&member.value, &pointer);
                }
            }
            Content::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.duplicates(element, &pointer_step(pointer, &index.to_string()));
                }
            }
            _ => {}
        }
    }

    /// Reads StartAt and States; all states of a scope get their numbers first, so that transitions can look ahead.
    pub(super) fn scope(&mut self, fields: &Fields<'_>) -> ScopeId {
        fields.require(&["States", "StartAt"], &mut self.report);
        let scope = self.scopes.len();
        self.scopes.push(Scope { start: 0, states: Vec::new() });
        let pointer = fields.pointer("States");
        let Some(node) = fields.get("States") else { return scope };
        let Some(states) = Fields::of(node, &pointer, &mut self.report) else { return scope };
        if states.members.is_empty() {
            self.report.tell(&rules::EMPTY_VALUE, "Value cannot be empty", &pointer, node.at);
            return scope;
        }
        let mut siblings = Siblings::new();
        let reported = self.report.findings.len();
        let first = self.states.len();
        for member in states.members {
            let id = self.states.len();
            self.name(&member.key, &states.pointer(&member.key), member.key_at);
            siblings.insert(&member.key, id);
            self.states.push(State {
                name: member.key.clone(),
                type_name: "",
                kind: Kind::Succeed,
                flow: DataFlow::plain(),
                next: None,
                retry: Vec::new(),
                catch: Vec::new(),
            });
        }
        let start = self.target(fields, "StartAt", &siblings);
        self.enter_variables(&states);
        for (id, member) in (first..).zip(states.members) {
            let pointer = states.pointer(&member.key);
            if let Some(fields) = Fields::of(&member.value, &pointer, &mut self.report) {
                let state = self.state(&fields, &siblings);
                if let Some(place) = self.states.get_mut(id) {
                    let name = std::mem::take(&mut place.name);
                    *place = State { name, ..state };
                }
            }
        }
        self.leave_variables();
        let ids: Vec<StateId> = (first..first + states.members.len()).collect();
        let broken = transitions::is_broken(&states, self.report.findings.get(reported..).unwrap_or_default())
            || !fields.has("StartAt");
        transitions::check(self, start, &ids, &states, broken);
        if let Some(place) = self.scopes.get_mut(scope) {
            place.start = start.unwrap_or(first);
            place.states = ids;
        }
        scope
    }

    fn name(&mut self, name: &str, pointer: &str, at: Span) {
        let length = name.chars().count();
        if length == 0 || length > LONGEST_NAME {
            let message = format!("State name must be 1 to {LONGEST_NAME} characters long, this one has {length}");
            self.report.tell(&rules::STATE_NAME_LENGTH, message, pointer, at);
        }
        if let Some(first) = self.names.insert(name.to_owned(), pointer.to_owned())
            && first != pointer
        {
            self.report.tell(&rules::DUPLICATE_STATE_NAME, format!("Duplicate State name: {name}"), pointer, at);
            self.report.help(format!("names are unique in the whole machine, and `{first}` has this one already"));
        }
    }
}
