//! The rows of an export, one by one: a student, or a row that is passed over and why.

use super::super::login;
use super::platform::{Platform, ROSTER, Titles};
use crate::model::{Student, visible};
use crate::source::Node;

/// One row's student.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) login: String,
    pub(super) student: Student,
}

/// The columns of an export, by what they hold.
pub(super) struct Layout<'header> {
    header: &'header [Node],
    titles: &'static Titles,
    platform: Option<Platform>,
}

/// A row that is no student's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PassedOver {
    pub(super) reason: String,
    /// Whether somebody is meant all the same.
    pub(super) is_somebody: bool,
}

impl PassedOver {
    fn nobody(reason: &str) -> Self {
        Self { reason: reason.to_owned(), is_somebody: false }
    }
}

impl<'header> Layout<'header> {
    pub(super) fn of(header: &'header [Node], platform: Platform) -> Self {
        Self { header, titles: platform.titles(), platform: Some(platform) }
    }

    /// Of a file with a roster's own titles.
    pub(super) fn of_roster(header: &'header [Node]) -> Self {
        Self { header, titles: &ROSTER, platform: None }
    }

    /// The title of the column that holds logins.
    pub(super) fn login(&self) -> Option<&'static str> {
        self.titles.login.iter().copied().find(|title| self.column(title).is_some())
    }

    /// The titles that logins may have.
    pub(super) fn logins(&self) -> &'static [&'static str] {
        self.titles.login
    }

    fn column(&self, title: &str) -> Option<usize> {
        self.header.iter().position(|cell| cell.text() == Some(title))
    }

    /// The first cell that is not empty under one of some titles.
    fn cell<'row>(&self, row: &'row [Node], titles: &[&str]) -> Option<&'row str> {
        let cell = |title: &&str| row.get(self.column(title)?)?.text();
        titles.iter().filter_map(cell).find(|text| !text.is_empty())
    }

    /// A row's student.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn student(&self, row: &[Node]) -> Result<Found, PassedOver> {
        let titles = self.titles;
        let first_cell = row.first().and_then(Node::text).unwrap_or_default();
        if self.platform == Some(Platform::Canvas) && first_cell.starts_with("Points Possible") {
            return Err(PassedOver::nobody("it holds the assignments' points, not a student"));
        }
        let parts = || {
            login::label_of_parts(
                self.cell(row, titles.first).unwrap_or_default(),
                self.cell(row, titles.last).unwrap_or_default(),
            )
        };
        let label = self.cell(row, titles.whole).map_or_else(parts, login::label_of);
        // Canvas calls its own "Student, Test", Blackboard's preview user logs in as the teacher with a tail.
        if self.platform == Some(Platform::Canvas) && matches!(label.as_str(), "Test Student" | "Student Test") {
            return Err(PassedOver::nobody("it is the platform's test student"));
        }
        // Once it is known which column holds logins, an empty cell of it is not filled from another.
        let login = self.login().and_then(|title| self.cell(row, &[title]));
        let Some(login) = login else {
            let column = self.login().unwrap_or("login");
            let who = if label.is_empty() { "nobody is named".to_owned() } else { format!("`{}`", visible(&label)) };
            let reason = format!("its cell under `{column}` is empty ({who})");
            return Err(PassedOver { reason, is_somebody: !label.is_empty() });
        };
        if self.platform == Some(Platform::Blackboard) && login.ends_with("_previewuser") {
            return Err(PassedOver::nobody("it is the teacher's preview user"));
        }
        let known = |titles: &[&str]| self.cell(row, titles).map(str::to_owned);
        let email = known(titles.email).or_else(|| login.contains('@').then(|| login.to_owned()));
        let student = Student {
            label: Some(label).filter(|label| !label.is_empty()),
            email,
            student_id: known(titles.student_id),
            group: known(titles.group),
            other: Vec::new(),
        };
        Ok(Found { login: login.to_owned(), student })
    }
}
