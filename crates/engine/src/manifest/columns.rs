//! What the columns of a roster's file are: a user's own fields, facts about the student, or none of labctl's matter.

use super::document::Codes;
use super::reporter::Reporter;
use crate::model::Student;
use crate::source::{Diagnostic, Node, Span, nearest};

/// What a roster knows of a student beside the settings of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    /// The user's name.
    Name,
    /// How the student is called.
    Label,
    /// An e-mail address.
    Email,
    /// The school's number for the student.
    StudentId,
    /// A section or team.
    Group,
}

impl Fact {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [Self::Name, Self::Label, Self::Email, Self::StudentId, Self::Group];

    /// Its key in manifests and rosters.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Label => "label",
            Self::Email => "email",
            Self::StudentId => "student_id",
            Self::Group => "group",
        }
    }

    /// The fact of this key.
    pub(super) fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.key() == key)
    }

    /// Sets it, unless it is the name, which is no part of a student.
    pub(super) fn set(self, student: &mut Student, text: String) {
        let place = match self {
            Self::Name => return,
            Self::Label => &mut student.label,
            Self::Email => &mut student.email,
            Self::StudentId => &mut student.student_id,
            Self::Group => &mut student.group,
        };
        *place = Some(text);
    }

    /// Whether it is known.
    pub(super) fn is_set(self, student: &Student) -> bool {
        match self {
            Self::Name => false,
            Self::Label => student.label.is_some(),
            Self::Email => student.email.is_some(),
            Self::StudentId => student.student_id.is_some(),
            Self::Group => student.group.is_some(),
        }
    }
}

/// A column whose title the manifest gives.
#[derive(Clone, Debug)]
struct Titled {
    fact: Fact,
    title: String,
    at: Span,
}

/// What `[roster]` says of its file's columns and rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    titled: Vec<Titled>,
    skip: Vec<String>,
    keeps_others: bool,
}

impl Columns {
    /// Reads the keys of `[roster]` beside `file` and `range`; their shapes have been checked.
    pub(super) fn read(roster: &Node) -> Self {
        let titled = Fact::ALL.into_iter().filter_map(|fact| {
            let node = roster.get(fact.key())?;
            Some(Titled { fact, title: node.text()?.trim().to_owned(), at: node.at })
        });
        let skip = roster.get("skip").and_then(Node::elements).unwrap_or_default();
        Self {
            titled: titled.collect(),
            skip: skip.iter().filter_map(Node::text).map(|text| text.trim().to_owned()).collect(),
            keeps_others: roster.get("other_columns").and_then(Node::text) == Some("keep"),
        }
    }

    /// Whether columns that are nobody's field are kept.
    pub(super) fn keeps_others(&self) -> bool {
        self.keeps_others
    }

    /// The fact that a title stands for, and whether the manifest says so. What the manifest calls otherwise has no title of its own.
    pub(super) fn fact(&self, title: &str) -> Option<(Fact, bool)> {
        if let Some(titled) = self.titled.iter().find(|titled| titled.title == title) {
            return Some((titled.fact, true));
        }
        let fact = Fact::of(title)?;
        let elsewhere = self.titled.iter().any(|titled| titled.fact == fact);
        (!elsewhere).then_some((fact, false))
    }

    /// Whether a row is none of a student's.
    pub(super) fn skips(&self, row: &[Node]) -> bool {
        let first = row.first().and_then(Node::text).unwrap_or_default().trim_start();
        self.skip.iter().any(|start| !start.is_empty() && first.starts_with(start.as_str()))
    }

    /// Whether a title that the manifest gives is not in the file.
    pub(super) fn lacks_any(&self, titles: &[String]) -> bool {
        self.titled.iter().any(|titled| !titles.contains(&titled.title))
    }

    /// Tells titles that the manifest gives and the file does not have, where the manifest gives them.
    pub(super) fn check(&self, titles: &[String], reporter: &mut Reporter<'_>) {
        for Titled { title, at, fact } in &self.titled {
            if titles.contains(title) {
                continue;
            }
            let help = match nearest(title, titles.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if titles.is_empty() => "the file has no header".to_owned(),
                None => {
                    let listed: Vec<String> = titles.iter().take(12).map(|title| format!("`{title}`")).collect();
                    format!("its columns are {}", listed.join(", "))
                }
            };
            let message = format!("the roster's file has no column `{title}` for `{}`", fact.key());
            reporter.tell(Diagnostic::error("roster::no-column", message).help(help), *at);
        }
    }

    /// Tells keys that say nothing about a file of this format.
    pub(super) fn check_unused(&self, what: &str, reporter: &mut Reporter<'_>) {
        for Titled { at, fact, .. } in &self.titled {
            let message = format!("`roster.{}` names a column, and {what} has none", fact.key());
            let finding = Diagnostic::error(Codes::MANIFEST.bad_value, message);
            reporter.tell(finding.help(format!("remove it; a user's `{}` stands with the user", fact.key())), *at);
        }
    }
}
