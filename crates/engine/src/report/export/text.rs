//! A list of JSON as text, made one element after the other: the tree of a long trace would take ten times the text's memory.

use std::fmt::Write as _;

use serde_json::Value;

/// Writes the elements behind a text, with commas between them.
pub(super) fn list(text: &mut String, elements: impl Iterator<Item = Value>) {
    for (at, element) in elements.enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // A text takes whatever is written.
        let _ = write!(text, "{comma}{element}");
    }
}
