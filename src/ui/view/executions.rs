//! `executions`.

use serde::Serialize;

use super::trace::ExecutionView;
use crate::cause::CommonCause;

/// Counts of what is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExecutionsSummary {
    /// Shown.
    pub executions: usize,
    /// Of those, the ones that did not do what they should.
    pub failed: usize,
    /// Why, the most common cause first.
    pub causes: Vec<CommonCause>,
}

/// `executions`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ExecutionsView {
    /// Counts.
    pub summary: ExecutionsSummary,
    /// Newest first.
    pub executions: Vec<ExecutionView>,
    /// What is worth knowing beside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
