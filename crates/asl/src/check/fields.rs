//! The fields of one object, with their places.

use labctl_source::{Content, Member, Node, Span, nearest, pointer_step};

use super::owners::owners;
use super::report::Report;
use super::rules;
use crate::placeholder::has_placeholder;

/// An object's fields.
pub(super) struct Fields<'n> {
    pub members: &'n [Member],
    pub at: Span,
    pub pointer: String,
}

impl<'n> Fields<'n> {
    /// The fields of `node`, if it is an object; a finding otherwise.
    pub(super) fn of(node: &'n Node, pointer: &str, report: &mut Report) -> Option<Self> {
        let Some(members) = node.members() else {
            report.tell(&rules::WRONG_TYPE, "Value must be a JSON object", pointer, node.at);
            return None;
        };
        Some(Self { members, at: node.at, pointer: pointer.to_owned() })
    }

    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.members.iter().find(|member| member.key == name).map(|member| &member.value)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn pointer(&self, name: &str) -> String {
        pointer_step(&self.pointer, name)
    }

    /// Where a field's name stands, or the object if there is no such field.
    pub(super) fn place(&self, name: &str) -> Span {
        self.members.iter().find(|member| member.key == name).map_or(self.at, |member| member.key_at)
    }

    /// Where a field's value stands, or the object if there is no such field.
    pub(super) fn value_place(&self, name: &str) -> Span {
        self.get(name).map_or(self.at, |node| node.at)
    }

    /// The field's text, if it is one.
    pub(super) fn text_of(&self, name: &str) -> Option<&'n str> {
        self.get(name).and_then(Node::text)
    }

    /// Whether another tool puts something for a part of the field's value before AWS sees it.
    pub(super) fn is_open(&self, name: &str) -> bool {
        self.text_of(name).is_some_and(has_placeholder)
    }

    /// Whether another tool puts members in: what is missing may be among them.
    pub(super) fn is_incomplete(&self) -> bool {
        self.members.iter().any(|member| has_placeholder(&member.key))
    }

    /// The field's text; a finding if it is anything else.
    pub(super) fn text(&self, name: &str, report: &mut Report) -> Option<&'n str> {
        let node = self.get(name)?;
        if node.text().is_none() {
            report.tell(&rules::WRONG_TYPE, "Value must be a string", &self.pointer(name), node.at);
        }
        node.text()
    }

    /// The field's number; a finding if it is no integer of at least `least`.
    pub(super) fn integer(&self, name: &str, least: u64, report: &mut Report) -> Option<u64> {
        let node = self.get(name)?;
        let number = match &node.content {
            // `2.0` is an integer too.
            Content::Number(number) => number.as_u64().or_else(|| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a whole number within the bounds"
                )]
                number
                    .as_f64()
                    .filter(|number| number.fract() == 0.0 && (0.0..9.0e15).contains(number))
                    .map(|number| number as u64)
            }),
            _ => None,
        };
        let number = number.filter(|number| *number >= least && *number <= 99_999_999);
        if number.is_none() {
            let message = format!("Value must be an integer from {least} to 99999999");
            report.tell(&rules::BAD_NUMBER, message, &self.pointer(name), node.at);
        }
        number
    }

    /// A finding for each of `names` that is missing, in AWS's words.
    pub(super) fn require(&self, names: &[&str], report: &mut Report) {
        let missing: Vec<&str> = names.iter().copied().filter(|name| !self.has(name)).collect();
        if !missing.is_empty() && !self.is_incomplete() {
            report.tell(
                &rules::MISSING_FIELD,
                format!("These fields are required: [{}]", missing.join(", ")),
                self.own_pointer(),
                self.at,
            );
            let quoted: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
            report.help(format!("add {}", quoted.join(" and ")));
            report.follows(missing.iter().all(|name| self.has_misspelt(name)));
        }
    }

    /// Whether an unknown field stands there that is probably this one.
    pub(super) fn has_misspelt(&self, name: &str) -> bool {
        let unknown = |key: &str| key != name && owners(key).is_empty();
        self.members.iter().any(|member| unknown(&member.key) && nearest(&member.key, [name]).is_some())
    }

    /// A finding if two of `names` are there.
    pub(super) fn exclusive(&self, names: &[&str], report: &mut Report) {
        let there: Vec<&str> = names.iter().copied().filter(|name| self.has(name)).collect();
        if let Some(second) = there.get(1) {
            let message = format!("Only one of these fields is allowed: [{}]", names.join(", "));
            report.tell(&rules::EXCLUSIVE_FIELDS, message, &self.pointer, self.place(second));
        }
    }

    /// A finding for each field that is none of `known`.
    pub(super) fn allow(&self, known: &[&str], report: &mut Report) {
        for member in self.members {
            if !known.contains(&member.key.as_str()) {
                self.refuse(&member.key, known.iter().copied().filter(|name| !self.has(name)), report);
            }
        }
    }

    /// A finding for a field that does not belong here. AWS tells the place of the object around it; ours is the field's own.
    ///
    /// `known` are the fields that may have been meant.
    pub(super) fn refuse<'k>(&self, name: &str, known: impl IntoIterator<Item = &'k str>, report: &mut Report) {
        let owners = owners(name);
        let rule = if owners.is_empty() { &rules::UNKNOWN_FIELD } else { &rules::MISPLACED_FIELD };
        report.tell(rule, format!("Field '{name}' is not supported"), self.own_pointer(), self.place(name));
        if owners.is_empty() {
            report.help("remove it, or put notes into `Comment`");
            report.suggest(name, known);
        } else {
            report.help(format!("`{name}` belongs to {}", owners.join(", ")));
        }
    }

    /// The object's own place; AWS writes `/` for the whole.
    pub(super) fn own_pointer(&self) -> &str {
        if self.pointer.is_empty() { "/" } else { &self.pointer }
    }
}
