//! Names of variables, and the scopes they belong to.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>

use labctl_source::Member;

use super::assigned::{Assigned, bare};
use super::fields::Fields;
use super::language::Language;
use super::reader::Reader;
use super::rules;

/// The longest name, in characters.
const LONGEST: usize = 80;

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
