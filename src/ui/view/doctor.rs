//! `doctor`.

use serde::Serialize;

use super::words::CheckState;

/// One thing `doctor` looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoctorCheck {
    /// `manifest`, `python3`, `endpoint`, `credentials`, `account guard`, `runtimes`, …
    pub name: String,
    /// What was found of it.
    pub state: CheckState,
    /// What was found.
    pub detail: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// `doctor`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DoctorView {
    /// In order.
    pub checks: Vec<DoctorCheck>,
}
