//! `labctl status` as text.

use std::fmt::Write as _;

use super::super::style::{Ink, Style, Verbosity, counted_len};
use super::super::view::{CodeView, Document, ResourceState, StatusUser, StatusView};
use super::differences::differences;
use super::others;
use super::table::table;
use crate::plan::FieldChange;

/// States in the order of the table's columns.
const STATES: [ResourceState; 5] = [
    ResourceState::Present,
    ResourceState::Absent,
    ResourceState::Drifted,
    ResourceState::Edited,
    ResourceState::Foreign,
];

/// The text of the document, the summary line last.
pub(in crate::ui) fn status(document: &Document<StatusView>, style: Style, verbosity: Verbosity) -> String {
    let users = &document.body.users;
    let used: Vec<ResourceState> = STATES
        .into_iter()
        .filter(|state| *state == ResourceState::Present || users.iter().any(|user| count(user, *state) > 0))
        .collect();
    let totals: Vec<String> = used
        .iter()
        .map(|state| format!("{} {}", users.iter().map(|user| count(user, *state)).sum::<usize>(), state))
        .collect();
    let all = counted_len(users.len(), "user");
    let summary = style.wrap(&format!("Status: {} ({all}).", totals.join(", ")), 2);
    let summary = summary + &others::by_hand(&document.body.by_hand, style);
    if verbosity == Verbosity::Quiet {
        return summary;
    }
    let words: Vec<String> = used.iter().map(ResourceState::to_string).collect();
    let mut header = vec!["user"];
    header.extend(words.iter().map(String::as_str));
    let rows = users.iter().map(|user| {
        let mut row = vec![style.user(&user.user)];
        row.extend(used.iter().map(|state| count(user, *state).to_string()));
        row
    });
    let mut text = table(&header, rows.collect(), 1, style);
    for user in users {
        for resource in &user.resources {
            if resource.state != ResourceState::Present && mixed(user) || verbosity == Verbosity::Verbose {
                let why = resource.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                let line =
                    format!("{}: {} {} {}{why}", style.user(&user.user), resource.state, resource.kind, resource.name);
                let _ = writeln!(text, "{}", style.wrap(&line, 4));
                let edited = resource.state == ResourceState::Edited;
                // Lines of code say more than its digests.
                let is_reported = |field: &FieldChange| field.field == "code" && !resource.code.is_empty();
                let fields: Vec<FieldChange> =
                    resource.diff.iter().filter(|field| !is_reported(field)).cloned().collect();
                text += &differences(&fields, resource.states.as_ref(), edited, 4, style, verbosity);
                text += &code(&resource.code, style, verbosity);
            }
        }
    }
    text + &summary
}

/// Lines of code shown of one function, without `--verbose`.
const LINES: usize = 60;

/// The lines of a function's code that differ.
fn code(files: &[CodeView], style: Style, verbosity: Verbosity) -> String {
    let lines: Vec<&str> = files.iter().flat_map(|file| file.diff.lines()).collect();
    let shown = if verbosity == Verbosity::Verbose { lines.len() } else { LINES };
    let mut text = String::new();
    for line in lines.iter().take(shown) {
        let ink = match line.as_bytes().first() {
            Some(b'+') => Ink::Good,
            Some(b'-') => Ink::Bad,
            _ => Ink::Dim,
        };
        let visible = visible(line);
        let _ = writeln!(text, "    {}", style.paint(ink, visible));
    }
    let more = lines.len().saturating_sub(shown);
    if more > 0 {
        let _ = writeln!(text, "    {} {more} more lines (--verbose shows them)", style.ellipsis());
    }
    text
}

/// A line without what would move the cursor, cut where it is very long.
fn visible(line: &str) -> String {
    let plain = line.chars().filter(|letter| !letter.is_control() || *letter == '\t');
    let mut cut: String = plain.take(LONGEST).collect();
    if line.chars().count() > LONGEST {
        cut.push_str("...");
    }
    cut
}

/// The most letters of a line of code that are shown.
const LONGEST: usize = 200;

fn count(user: &StatusUser, state: ResourceState) -> usize {
    user.resources.iter().filter(|resource| resource.state == state).count()
}

/// Whether a user's resources differ: a lab that is absent as a whole needs no list.
fn mixed(user: &StatusUser) -> bool {
    count(user, ResourceState::Absent) < user.resources.len()
}

#[cfg(test)]
mod tests {
    use super::super::testing::document_of;
    use super::*;
    use crate::model::Kind;
    use crate::ui::view::StatusResource;

    #[test]
    fn the_table_has_the_states_in_use() {
        let user = |name: &str, states: [ResourceState; 2]| StatusUser {
            user: name.to_owned(),
            resources: states
                .into_iter()
                .zip(["stepfunctions-role", "order-validator"])
                .map(|(state, what)| StatusResource {
                    kind: Kind::Role,
                    name: format!("{name}-{what}"),
                    state,
                    reason: None,
                    diff: Vec::new(),
                    states: None,
                    code: Vec::new(),
                })
                .collect(),
        };
        let users = vec![
            user("ann", [ResourceState::Present, ResourceState::Edited]),
            user("a-very-long-user-xyz", [ResourceState::Absent; 2]),
        ];
        let document = document_of(true, 1, StatusView { users, ..StatusView::default() });
        insta::assert_snapshot!(status(&document, Style::plain(), Verbosity::Normal));
        let narrow = Style { width: 40, terminal: true, ..Style::plain() };
        let text = status(&document, narrow, Verbosity::Normal);
        assert!(text.lines().all(|line| line.len() <= 40), "{text}");
    }
}
