//! Names of variables, and the scopes they belong to.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>

use std::collections::BTreeSet;

use labctl_source::Member;

use super::fields::Fields;
use super::language::Language;
use super::reader::Reader;
use super::rules;

/// The longest name, in characters.
const LONGEST: usize = 80;

/// The names assigned in a scope: there they exist, and in the scopes inside.
#[derive(Debug, Default)]
pub(super) struct Assigned {
    /// By whatever is no catcher.
    anywhere: BTreeSet<String>,
    /// By a catcher: the name, and where its state stands.
    caught: BTreeSet<(String, String)>,
}

impl Assigned {
    fn in_states(states: &Fields<'_>) -> Self {
        let mut assigned = Self::default();
        for member in states.members {
            let Some(state) = member.value.members() else { continue };
            assigned.anywhere.extend(names(state));
            for field in state {
                let elements = field.value.elements().unwrap_or_default();
                let found = elements.iter().flat_map(|element| names(element.members().unwrap_or_default()));
                match field.key.as_str() {
                    "Choices" => assigned.anywhere.extend(found),
                    "Catch" => {
                        let place = states.pointer(&member.key);
                        assigned.caught.extend(found.map(|name| (name, place.clone())));
                    }
                    _ => {}
                }
            }
        }
        assigned
    }

    /// Whether a state at `pointer`, in a scope inside, must not assign a name. What is inside a state has ended when a catcher of
    /// that state assigns: AWS accepts the same name in both.
    fn forbids(&self, name: &str, pointer: &str) -> bool {
        let outside = |place: &str| !pointer.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
        self.anywhere.contains(name) || self.caught.iter().any(|(caught, place)| caught == name && outside(place))
    }
}

/// What `Assign` among these fields assigns.
fn names(members: &[Member]) -> impl Iterator<Item = String> {
    let assigned = members.iter().find(|member| member.key == "Assign").and_then(|member| member.value.members());
    assigned.unwrap_or_default().iter().map(|member| bare(&member.key).to_owned())
}

/// The name without the `.$` that a payload template ends it with.
fn bare(key: &str) -> &str {
    key.strip_suffix(".$").unwrap_or(key)
}

impl Reader {
    /// Looks at the names in an Assign field.
    pub(super) fn variable_names(&mut self, assigned: &Fields<'_>) {
        for Member { key, key_at, .. } in assigned.members {
            let name = if self.language == Language::JsonPath { bare(key) } else { key };
            let pointer = assigned.pointer(key);
            if name == "states" {
                self.report.tell(
                    &rules::RESERVED_VARIABLE,
                    "The variable name 'states' is reserved",
                    &pointer,
                    *key_at,
                );
            } else if !is_name(name) {
                let message = format!("Variable name '{name}' is not valid");
                self.report.tell(&rules::BAD_VARIABLE_NAME, message, &pointer, *key_at);
                self.report.help("a name is a letter, then letters, digits and `_`, at most 80 of them");
            } else if self.variables.iter().rev().skip(1).any(|outer| outer.forbids(name, &pointer)) {
                let message = format!("Variable '{name}' is already assigned in an outer scope");
                self.report.tell(&rules::OUTER_VARIABLE, message, &pointer, *key_at);
                self.report
                    .help("a Map or Parallel has variables of its own: it sees the outer ones and cannot set them");
            }
        }
    }

    /// Reads a scope inside a state; one that is an execution of its own sees no variables but its own.
    pub(super) fn inner_scope(&mut self, fields: &Fields<'_>, alone: bool) -> usize {
        let around = if alone { std::mem::take(&mut self.variables) } else { Vec::new() };
        let scope = self.scope(fields);
        if alone {
            self.variables = around;
        }
        scope
    }

    /// Notes which variables a scope has; to be undone at its end with [`Reader::leave_variables`].
    pub(super) fn enter_variables(&mut self, states: &Fields<'_>) {
        self.variables.push(Assigned::in_states(states));
    }

    pub(super) fn leave_variables(&mut self) {
        self.variables.pop();
    }
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|letter| letter.is_alphabetic() || letter == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
        && name.chars().count() <= LONGEST
}
