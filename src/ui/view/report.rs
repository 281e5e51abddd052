//! `report`.

use std::path::PathBuf;

use serde::Serialize;

/// `report`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReportView {
    /// The file that was written.
    pub file: PathBuf,
    /// The run of verify that it tells of.
    pub run: String,
    /// The one student whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub student: Option<String>,
    /// Students in it.
    pub users: usize,
    /// The file's size.
    pub bytes: u64,
}
