//! A file's text, and stretches of it.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

/// A stretch of a file, in bytes from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// Bytes before the stretch.
    pub offset: usize,
    /// Bytes in the stretch; 0 points between two characters.
    pub length: usize,
}

impl Span {
    /// Whether two stretches have a byte in common, or one is empty and lies in the other.
    pub fn overlaps(self, other: Self) -> bool {
        let end = |span: Self| span.offset + span.length.max(1);
        self.offset < end(other) && other.offset < end(self)
    }
}

/// A file's text as it was read, shared by every diagnostic that points into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The path as the user would type it (`job.yaml`, `templates/order.asl.json`).
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
}

impl Span {
    /// The stretch's text; empty where the text has no such stretch.
    pub fn of(self, text: &str) -> &str {
        text.get(self.offset..self.offset.saturating_add(self.length)).unwrap_or_default()
    }

    /// The stretch widened to whole characters inside the text: parsers that count bytes may point into one.
    pub(crate) fn whole(self, text: &str) -> Self {
        let start = text.floor_char_boundary(self.offset.min(text.len()));
        let end = text.ceil_char_boundary(self.offset.saturating_add(self.length).min(text.len()));
        Self { offset: start, length: end.saturating_sub(start) }
    }
}

impl SourceText {
    /// A text and the path it came from.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into() })
    }

    /// Line and column of a byte offset, both counted from 1, columns in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = self.text.get(..end).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// The byte offset of a line and column (both from 1, columns in characters); past the end of a line is its end.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let start: usize = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let rest = self.text.get(start..).unwrap_or_default().split('\n').next().unwrap_or_default();
        let before = column.saturating_sub(1);
        // Definitions without line ends are long, and nearly all of them are ASCII.
        if rest.is_ascii() {
            return start + before.min(rest.len());
        }
        start + rest.chars().take(before).map(char::len_utf8).sum::<usize>()
    }
}
