//! `labctl pull` as text.

use std::fmt::Write as _;

use super::super::style::{Style, Verbosity, counted_len};
use super::super::view::PullView;

/// One line per saved file's resource, the summary line last.
pub(in crate::ui) fn pull(view: &PullView, style: Style, verbosity: Verbosity) -> String {
    if view.users.is_empty() {
        return "No edits.".to_owned();
    }
    let mut text = String::new();
    if verbosity > Verbosity::Quiet {
        for user in &view.users {
            let _ =
                writeln!(text, "{}", style.wrap(&format!("{}: {}", style.user(&user.user), user.folder.display()), 4));
            for resource in &user.resources {
                let files =
                    if resource.files.is_empty() { "changes.json".to_owned() } else { resource.files.join(", ") };
                let reported = format!("  {} {}: {files}", resource.kind, resource.name);
                let _ = writeln!(text, "{}", style.wrap(&reported, 6));
            }
        }
    }
    let users = counted_len(view.users.len(), "user");
    text + &format!("Pulled: {} ({users}).", counted_len(view.summary.pulled, "edited resource"))
}
