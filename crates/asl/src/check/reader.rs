//! The machine and its scopes.

use std::collections::{BTreeMap, BTreeSet};

use labctl_source::{Content, Node, Span, pointer_step};

use super::fields::Fields;
use super::language::Language;
use super::report::Report;
use super::rules;
use super::transitions;
use super::variables::Assigned;
use crate::definition::{Definition, Kind, Scope, ScopeId, State, StateId};
use crate::finding::Finding;
use crate::flow::DataFlow;
use crate::placeholder::has_placeholder;

/// The longest name of a state, in characters.
const LONGEST_NAME: usize = 80;

/// Reads a definition: what it has so far.
pub(super) struct Reader {
    pub report: Report,
    pub express: bool,
    pub states: Vec<State>,
    pub scopes: Vec<Scope>,
    /// The query language of the machine, and that of the state at hand.
    pub machine_language: Language,
    /// Whether another tool fills in the machine's.
    pub machine_open: bool,
    pub language: Language,
    /// Where the state at hand stands.
    pub state_pointer: String,
    /// Its type.
    pub state_type: &'static str,
    /// The variables of the scope at hand, after those of the scopes around it.
    pub variables: Vec<Assigned>,
    /// Whether the machine has a TimeoutSeconds.
    pub has_timeout: bool,
    names: BTreeMap<String, String>,
    pub labels: BTreeSet<String>,
}

/// The states that a transition may lead to, by name.
pub(super) type Siblings<'n> = BTreeMap<&'n str, StateId>;

impl Reader {
    /// The machine, unless there are errors, and all findings.
    pub(super) fn read(root: &Node, express: bool) -> (Option<Definition>, Vec<Finding>) {
        let (machine, findings) = Self::read_all(root, express);
        let failed = findings.iter().any(Self::stops);
        ((!failed).then_some(machine), findings)
    }

    /// Whether AWS would refuse the definition in words that are known.
    pub(super) fn stops(finding: &Finding) -> bool {
        finding.is_error() && finding.rule.aws.is_some()
    }

    /// The machine as far as it can be read, and all findings. With errors it must not be run.
    pub(super) fn read_all(root: &Node, express: bool) -> (Definition, Vec<Finding>) {
        let mut reader = Self {
            report: Report::default(),
            express,
            states: Vec::new(),
            scopes: Vec::new(),
            machine_language: Language::JsonPath,
            machine_open: false,
            language: Language::JsonPath,
            state_pointer: String::new(),
            state_type: "",
            variables: Vec::new(),
            has_timeout: false,
            names: BTreeMap::new(),
            labels: BTreeSet::new(),
        };
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
        let told = self.report.findings.len();
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
        let broken = transitions::is_broken(&states, self.report.findings.get(told..).unwrap_or_default())
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

    /// The state that a field names.
    pub(super) fn target(&mut self, fields: &Fields<'_>, field: &str, siblings: &Siblings<'_>) -> Option<StateId> {
        let name = fields.text(field, &mut self.report)?;
        let found = siblings.get(name).copied();
        // Where other tools put states in, it may be one of those.
        if found.is_none() && !siblings.keys().any(|name| has_placeholder(name)) {
            let at = fields.get(field).map_or(fields.at, |node| node.at);
            // AWS says Next whatever the field.
            let message = format!("Missing 'Next' target: {name}");
            self.report.tell(&rules::MISSING_TARGET, message, &fields.pointer(field), at);
            if self.names.contains_key(name) && !siblings.contains_key(name) {
                self.report.help(format!("`{name}` is in another branch: transitions stay inside their own States"));
            } else {
                self.report.suggest(name, siblings.keys().copied());
            }
        }
        found
    }
}
