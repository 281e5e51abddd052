//! `export`.

use std::path::PathBuf;

use serde::Serialize;

/// `export`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportView {
    /// `cloudformation` or `terraform`.
    pub format: &'static str,
    /// Where the files are.
    pub folder: PathBuf,
    /// What was written.
    pub files: Vec<ExportFileView>,
    /// The bucket that packages are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
}

/// A file that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportFileView {
    /// Its path.
    pub path: PathBuf,
    /// Its digest, in hexadecimal digits.
    pub sha256: String,
}
