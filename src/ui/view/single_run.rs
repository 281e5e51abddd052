//! `run`.

use serde::Serialize;

use super::trace::TraceView;

/// What a scenario expects, against what came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SingleRunScenario {
    /// The scenario.
    pub name: String,
    /// Whether everything was as expected.
    pub passed: bool,
    /// What was not.
    pub problems: Vec<String>,
}

/// `run`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SingleRunView {
    /// What the execution did.
    #[serde(flatten)]
    pub trace: TraceView,
    /// With `--scenario`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<SingleRunScenario>,
}
