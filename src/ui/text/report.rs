//! `labctl report` as text.

use super::super::style::{Style, counted_len};
use super::super::view::{Document, ReportView};

/// The text of the document: the summary line.
pub(in crate::ui) fn report(document: &Document<ReportView>, style: Style) -> String {
    let view = &document.body;
    let whom = match &view.student {
        Some(student) => style.user(student),
        None => counted_len(view.users, "student"),
    };
    style.wrap(&format!("Wrote the report of {whom} to `{}` (run {}).", view.file.display(), view.run), 2)
}
