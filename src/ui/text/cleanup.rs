//! `labctl cleanup` as text.

use std::fmt::Write as _;

use super::super::style::{Ink, Style, Verbosity, counted_len};
use super::super::view::{CleanupSummary, CleanupView, Document};

/// The text of the document, the summary line last.
pub(in crate::ui) fn cleanup(document: &Document<CleanupView>, style: Style, verbosity: Verbosity) -> String {
    let CleanupView { summary, users, dry_run, .. } = &document.body;
    let CleanupSummary { deleted, absent, foreign, residue } = *summary;
    let (ink, word) = if residue == 0 { (Ink::Good, "complete") } else { (Ink::Bad, "incomplete") };
    let head = style.paint(ink, format!("Cleanup {word}:"));
    let mut line = if *dry_run {
        let count = users.iter().flat_map(|user| &user.resources).filter(|one| one.result == "would delete").count();
        format!("Cleanup would delete {}; nothing was touched.", counted_len(count, "resource"))
    } else {
        format!("{head} {deleted} deleted, {absent} already gone, {residue} left.")
    };
    let kept = users.iter().flat_map(|user| &user.resources).filter(|one| one.result == "kept").count();
    if kept > 0 {
        let _ = write!(line, "\n{} kept.", counted_len(kept, "log group"));
    }
    if foreign > 0 {
        let _ = write!(line, "\n{foreign} not labctl's, untouched.");
    }
    let line = style.wrap(&line, 2);
    if verbosity == Verbosity::Quiet {
        return line;
    }
    let mut text = String::new();
    for user in users {
        for resource in &user.resources {
            let word = match resource.result.as_str() {
                "foreign" => "foreign, untouched",
                "kept" if verbosity == Verbosity::Verbose => "kept",
                "absent" if verbosity == Verbosity::Verbose => "already gone",
                "deleted" if verbosity == Verbosity::Verbose => "deleted",
                "absent" | "deleted" | "kept" => continue,
                // `left`, `would delete`.
                other => other,
            };
            let told = format!("{}: {word}: {} {}", user.user, resource.kind, resource.name);
            let _ = writeln!(text, "{}", style.wrap(&told, 4));
        }
    }
    text + &line
}

#[cfg(test)]
mod tests {
    use super::super::testing::document_of;
    use super::*;
    use crate::model::Kind;
    use crate::ui::view::{CleanedResource, CleanedUser};

    #[test]
    fn what_is_left_is_named() {
        let resource = |result: &str, name: &str| CleanedResource {
            kind: Kind::LogGroup,
            name: name.to_owned(),
            result: result.to_owned(),
        };
        let resources = vec![resource("deleted", "/a"), resource("left", "/b"), resource("foreign", "/c")];
        let view = CleanupView {
            summary: CleanupSummary { deleted: 1, absent: 0, foreign: 1, residue: 1 },
            users: vec![CleanedUser { user: "ann".into(), resources }],
            ..CleanupView::default()
        };
        let mut document = document_of(false, 9, view);
        insta::assert_snapshot!(cleanup(&document, Style::plain(), Verbosity::Normal));
        document.body.summary = CleanupSummary { deleted: 15, absent: 2, foreign: 0, residue: 0 };
        let text = cleanup(&document, Style::plain(), Verbosity::Quiet);
        assert_eq!(text, "Cleanup complete: 15 deleted, 2 already gone, 0 left.");
    }
}
