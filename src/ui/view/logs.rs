//! `logs`.

use serde::Serialize;

use crate::event::LogLine;

/// `logs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogsView {
    /// By time.
    pub events: Vec<LogLine>,
    /// What is worth knowing beside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
