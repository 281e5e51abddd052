//! What a gradebook is asked for.

use std::path::PathBuf;

use super::super::selection::Selection;
use crate::report::{GradebookFormat, IfUnknown};

/// What a gradebook is asked for.
#[derive(Clone, Debug)]
pub(crate) struct GradebookOptions {
    /// Of whom; nobody named is everybody in the run.
    pub(crate) selection: Selection,
    /// For whom.
    pub(crate) format: GradebookFormat,
    /// The run of verify.
    pub(crate) from: String,
    /// A file or, for formats of many files, a folder; below `out/gradebook` by default.
    pub(crate) output: Option<PathBuf>,
    /// The title of the column.
    pub(crate) column: Option<String>,
    /// An export that is filled in place.
    pub(crate) into: Option<PathBuf>,
    /// What becomes of checks that nobody can judge yet.
    pub(crate) if_unknown: IfUnknown,
}

impl Default for GradebookOptions {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            format: GradebookFormat::Csv,
            from: "last".to_owned(),
            output: None,
            column: None,
            into: None,
            if_unknown: IfUnknown::Leave,
        }
    }
}
