//! A definition as it is being read.

use std::collections::{BTreeMap, BTreeSet};

use super::assigned::Assigned;
use super::fields::Fields;
use super::language::Language;
use super::report::Report;
use super::rules;
use crate::definition::{Scope, State, StateId};
use crate::finding::Finding;
use crate::placeholder::has_placeholder;

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
    /// Names of all states, and where each stands.
    pub names: BTreeMap<String, String>,
    pub labels: BTreeSet<String>,
}

/// The states that a transition may lead to, by name.
pub(super) type Siblings<'n> = BTreeMap<&'n str, StateId>;

impl Reader {
    /// Nothing read yet.
    pub(super) fn new(express: bool) -> Self {
        Self {
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
        }
    }

    /// Whether AWS would refuse the definition in words that are known.
    pub(super) fn stops(finding: &Finding) -> bool {
        finding.is_error() && finding.rule.aws.is_some()
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
