//! What a format comes to.

use std::path::PathBuf;

/// Somebody who is not in it, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Who.
    pub user: String,
    /// Why, in words that can stand after a colon.
    pub reason: String,
}

/// Files to write, whose names are below what the user chose; the only file of a table has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GradebookFiles {
    /// Name and content.
    pub files: Vec<(PathBuf, String)>,
    /// Users that are in them.
    pub written: usize,
    /// Users that are not.
    pub left_out: Vec<LeftOut>,
}

impl GradebookFiles {
    /// One table.
    pub(super) fn table(rows: Vec<Vec<String>>, left_out: Vec<LeftOut>) -> Self {
        let written = rows.len().saturating_sub(1);
        Self { files: vec![(PathBuf::new(), crate::source::csv::write(rows))], written, left_out }
    }
}
