//! `labctl gradebook` as text.

use std::fmt::Write as _;

use super::super::style::{Style, Verbosity, counted_len};
use super::super::view::{Document, GradebookView};
use crate::model::visible;

/// The text of the document, the summary line last.
pub(in crate::ui) fn gradebook(document: &Document<GradebookView>, style: Style, verbosity: Verbosity) -> String {
    let view = &document.body;
    let mut text = String::new();
    if verbosity != Verbosity::Quiet {
        section(
            &mut text,
            "Left as they are:",
            style,
            view.skipped.iter().map(|skipped| format!("{}: {}", style.user(&skipped.user), skipped.reason)),
        );
        section(
            &mut text,
            "Without a partner:",
            style,
            view.unmatched.iter().map(|unmatched| {
                let who = unmatched.user.as_deref().map(|user| style.user(user));
                let line = unmatched.row.map(|row| format!("line {row}"));
                let subject: Vec<String> = line.into_iter().chain(who).collect();
                format!("{}: {}", subject.join(", "), unmatched.reason)
            }),
        );
    }
    text + &style.wrap(&style.spell(&summary(view)), 2)
}

fn section(text: &mut String, title: &str, style: Style, lines: impl Iterator<Item = String>) {
    for (at, line) in lines.enumerate() {
        if at == 0 {
            let _ = writeln!(text, "{title}");
        }
        let _ = writeln!(text, "  {}", style.wrap(&style.spell(&line), 4));
    }
}

fn summary(view: &GradebookView) -> String {
    let users = counted_len(view.written, "user");
    let file = view.file.display();
    let Some(column) = &view.column else {
        return format!("Wrote the points of {users} to `{file}` ({}, run {}).", view.format, view.run);
    };
    let scale = view.points_possible.as_ref().map_or_else(String::new, |points| format!(", of {points} points"));
    let mut text = format!("Filled `{}` of `{file}` for {users}{scale} (run {}).", visible(column), view.run);
    if let Some(original) = &view.original {
        let kept = if view.original_kept { ", left as the first run put it there" } else { "" };
        let _ = write!(text, " The original is `{}`{kept}.", original.display());
    }
    text
}
