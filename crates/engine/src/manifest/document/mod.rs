//! The files of a lab as located trees, and what is said of those that cannot be read.

mod file;
mod recovery;

pub(super) use file::{Codes, Document, from_bytes, read, read_export};
pub(super) use recovery::recover;

use crate::source::{Node, Span};

/// A table with all its values; a TOML table's own span is its header.
pub(super) fn extent(node: &Node) -> Span {
    let inner = node
        .elements()
        .unwrap_or_default()
        .iter()
        .map(extent)
        .chain(node.members().unwrap_or_default().iter().map(|entry| extent(&entry.value)));
    inner.fold(node.at, |whole, part| {
        let offset = whole.offset.min(part.offset);
        let end = (whole.offset + whole.length).max(part.offset + part.length);
        Span { offset, length: end - offset }
    })
}
