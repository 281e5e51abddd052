//! `gradebook`.

use std::path::PathBuf;

use serde::Serialize;

/// A row without a user, or a user without a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UnmatchedView {
    /// The line of the export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Why.
    pub reason: String,
}

/// Somebody whose points were not written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SkippedUser {
    /// Who.
    pub user: String,
    /// Why.
    pub reason: String,
}

/// `gradebook`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GradebookView {
    /// For whom.
    pub format: String,
    /// The run whose points they are.
    pub run: String,
    /// The file or folder.
    pub file: PathBuf,
    /// The column of the export that was filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What full marks are worth in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points_possible: Option<String>,
    /// Where the export is kept as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<PathBuf>,
    /// Whether the original is that of an earlier run, which was left as it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub original_kept: bool,
    /// Users whose points were written.
    pub written: usize,
    /// Rows without a user, users without a row.
    pub unmatched: Vec<UnmatchedView>,
    /// Users whose points were not written.
    pub skipped: Vec<SkippedUser>,
}
