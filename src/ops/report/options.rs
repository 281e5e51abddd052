//! What a report is asked for.

use std::path::PathBuf;

/// What a report is asked for.
#[derive(Clone, Debug)]
pub(crate) struct ReportOptions {
    /// The file; `report.html` in the output folder by default.
    pub(crate) output: Option<PathBuf>,
    /// The run of verify: `last`, its id or a path.
    pub(crate) from: String,
    /// The one student whom it is for; then nothing of others is in it, and hidden checks are one line.
    pub(crate) student: Option<String>,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { output: None, from: "last".to_owned(), student: None }
    }
}
