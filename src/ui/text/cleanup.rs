//! `labctl cleanup` as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::style::{Ink, Style, Verbosity, counted_len};
use super::super::view::{CleanedAs, CleanedUser, CleanupSummary, CleanupView, Document};
use super::others;
use crate::model::Kind;

/// The text of the document, the summary line last.
pub(in crate::ui) fn cleanup(document: &Document<CleanupView>, style: Style, verbosity: Verbosity) -> String {
    let CleanupView { summary, users, dry_run, .. } = &document.body;
    let view = &document.body;
    let CleanupSummary { deleted, absent, foreign, residue } = *summary;
    let (ink, word) = if residue == 0 { (Ink::Good, "complete") } else { (Ink::Bad, "incomplete") };
    let head = style.paint(ink, format!("Cleanup {word}:"));
    let mut line = if *dry_run {
        let count =
            users.iter().flat_map(|user| &user.resources).filter(|one| one.result == CleanedAs::WouldDelete).count();
        format!("Cleanup would delete {}; nothing was touched.", counted_len(count, "resource"))
    } else {
        format!("{head} {deleted} deleted, {absent} already gone, {residue} left.")
    };
    let kept = users.iter().flat_map(|user| &user.resources).filter(|one| one.result == CleanedAs::Kept);
    let kept: Vec<_> = kept.map(|resource| resource.kind).collect();
    if !kept.is_empty() {
        let noun = if kept.iter().all(|kind| *kind == Kind::LogGroup) { "log group" } else { "resource" };
        let _ = write!(line, "\n{} kept.", counted_len(kept.len(), noun));
    }
    if foreign > 0 {
        let _ = write!(line, "\n{foreign} not labctl's, untouched.");
    }
    let line = style.wrap(&line, 2) + &others::saved(&view.saved, style) + &others::by_hand(&view.by_hand, style);
    if verbosity == Verbosity::Quiet {
        return line;
    }
    if *dry_run {
        return planned(users, style, verbosity) + &others::apart(&view.others, style) + &line;
    }
    let mut text = String::new();
    let mut folded: BTreeMap<CleanedAs, (usize, usize)> = BTreeMap::new();
    for user in users {
        if let Some(result) = whole(user).filter(|_| verbosity != Verbosity::Verbose) {
            let (listed, more) = folded.entry(result).or_default();
            if *listed == FEW {
                *more += 1;
                continue;
            }
            *listed += 1;
        }
        for resource in &user.resources {
            let word = match resource.result {
                CleanedAs::Foreign => "foreign, untouched",
                CleanedAs::Left => "left",
                CleanedAs::WouldDelete => "would delete",
                _ if verbosity != Verbosity::Verbose => continue,
                CleanedAs::Kept => "kept",
                CleanedAs::Absent => "already gone",
                CleanedAs::Deleted => "deleted",
            };
            let reported = format!("{}: {word}: {} {}", style.user(&user.user), resource.kind, resource.name);
            let _ = writeln!(text, "{}", style.wrap(&reported, 4));
        }
    }
    for (result, (_, more)) in folded.into_iter().filter(|(_, (_, more))| *more > 0) {
        let users = counted_len(more, "more user");
        let reported = format!("{} {users} of whom everything is {result} (--verbose lists it)", style.ellipsis());
        let _ = writeln!(text, "{}", style.wrap(&reported, 4));
    }
    text + &others::apart(&view.others, style) + &line
}

/// What would be done, as a plan is shown: what is edited is marked with the word.
fn planned(users: &[CleanedUser], style: Style, verbosity: Verbosity) -> String {
    let all = || users.iter().flat_map(|user| &user.resources);
    let marks = [
        (all().any(|one| one.result == CleanedAs::WouldDelete), style.paint(Ink::Bad, "- delete")),
        (all().any(|one| one.edited), style.paint(Ink::Notice, "! edited by the user, saved first")),
        (all().any(|one| one.result == CleanedAs::Foreign), style.paint(Ink::Bad, "x foreign")),
    ];
    let legend: Vec<&str> = marks.iter().filter(|(is_used, _)| *is_used).map(|(_, mark)| mark.as_str()).collect();
    if legend.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n\n", style.wrap(&legend.join("   "), 0));
    let (mut listed, mut more) = (0, 0);
    for user in users.iter().filter(|user| !user.resources.is_empty()) {
        let is_plain = whole(user).is_some() && !user.resources.iter().any(|one| one.edited);
        if is_plain && listed == FEW && verbosity != Verbosity::Verbose {
            more += 1;
            continue;
        }
        listed += usize::from(is_plain);
        let _ = writeln!(text, "{}", style.wrap(&style.paint(Ink::Bold, style.user(&user.user)), 2));
        for resource in &user.resources {
            let (kind, name) = (resource.kind, &resource.name);
            let reported = match resource.result {
                CleanedAs::Foreign => format!("  {} {kind} {name}: left alone", style.paint(Ink::Bad, "x foreign")),
                CleanedAs::Kept if verbosity == Verbosity::Verbose => format!("  keep {kind} {name}"),
                CleanedAs::Kept => continue,
                _ => {
                    let edited = style.paint(Ink::Notice, "! edited by the user");
                    let edited = if resource.edited { format!("   {edited}, saved first") } else { String::new() };
                    format!("  {} {kind} {name}{edited}", style.paint(Ink::Bad, "- delete"))
                }
            };
            let _ = writeln!(text, "{}", style.wrap(&reported, 6));
        }
    }
    if more > 0 {
        let users = counted_len(more, "more user");
        let reported = format!("{} {users} of whom everything would go (--verbose lists it)", style.ellipsis());
        let _ = writeln!(text, "{}", style.wrap(&reported, 4));
    }
    text.push('\n');
    text
}

/// Users of whom everything is left, as after an interruption, or would go, who are listed resource by resource.
const FEW: usize = 10;

/// The result of all of a user's resources, if they share one that is reported.
fn whole(user: &CleanedUser) -> Option<CleanedAs> {
    let first = user.resources.first()?.result;
    let is_reported = matches!(first, CleanedAs::Left | CleanedAs::WouldDelete);
    (is_reported && user.resources.iter().all(|resource| resource.result == first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::super::testing::document_of;
    use super::*;
    use crate::model::Kind;
    use crate::ui::view::CleanedResource;

    #[test]
    fn a_class_that_was_interrupted_is_folded_and_single_pieces_are_not() {
        let resource = |result| CleanedResource { kind: Kind::Role, name: "r".to_owned(), result, edited: false };
        let mut users: Vec<_> = (1..=30)
            .map(|number| CleanedUser {
                user: format!("u{number}"),
                resources: vec![resource(CleanedAs::Left), resource(CleanedAs::Left)],
            })
            .collect();
        users.push(CleanedUser {
            user: "last".into(),
            resources: vec![resource(CleanedAs::Deleted), resource(CleanedAs::Left)],
        });
        let document = document_of(false, 9, CleanupView { users, ..CleanupView::default() });
        let text = cleanup(&document, Style::plain(), Verbosity::Normal);
        assert_eq!(text.lines().filter(|line| line.contains(": left: ")).count(), 21, "{text}");
        assert!(text.contains("last: left: role r\n... 20 more users of whom everything is left (--verbose"), "{text}");
        let text = cleanup(&document, Style::plain(), Verbosity::Verbose);
        assert_eq!(text.lines().filter(|line| line.contains(": left: ")).count(), 61, "{text}");
    }

    #[test]
    fn what_is_left_is_named() {
        let resource =
            |result, name: &str| CleanedResource { kind: Kind::LogGroup, name: name.to_owned(), result, edited: false };
        let resources = vec![
            resource(CleanedAs::Deleted, "/a"),
            resource(CleanedAs::Left, "/b"),
            resource(CleanedAs::Foreign, "/c"),
        ];
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

    #[test]
    fn a_dry_run_reads_as_a_plan_and_marks_edits_with_the_word() {
        let resource = |result, name: &str, edited: bool| CleanedResource {
            kind: Kind::StateMachine,
            name: name.to_owned(),
            result,
            edited,
        };
        let resources = vec![
            resource(CleanedAs::WouldDelete, "ann-m", true),
            resource(CleanedAs::WouldDelete, "ann-n", false),
            resource(CleanedAs::Foreign, "ann-o", false),
        ];
        let view = CleanupView {
            users: vec![CleanedUser { user: "ann".into(), resources }],
            dry_run: true,
            ..CleanupView::default()
        };
        let document = document_of(true, 9, view);
        insta::assert_snapshot!(cleanup(&document, Style::plain(), Verbosity::Normal), @r"
        - delete   ! edited by the user, saved first   x foreign

        ann
          - delete state-machine ann-m   ! edited by the user, saved first
          - delete state-machine ann-n
          x foreign state-machine ann-o: left alone

        Cleanup would delete 2 resources; nothing was touched.
        ");
    }
}
