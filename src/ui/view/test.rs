//! `test`.

use serde::Serialize;
use serde_json::Value;

use super::trouble::Trouble;
use crate::cause::{Cause, CommonCause};

/// Counts of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TestSummary {
    /// As expected.
    pub passed: usize,
    /// Not as expected.
    pub failed: usize,
    /// Left out as slow.
    pub skipped: usize,
    /// Why executions failed that should not have.
    pub causes: Vec<CommonCause>,
}

/// One scenario of one user.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TestScenario {
    /// Who.
    pub user: String,
    /// The scenario.
    pub name: String,
    /// Whether it was as expected.
    pub passed: bool,
    /// Whether it was left out.
    pub skipped: bool,
    /// What the pack says.
    pub expected: Value,
    /// What came out.
    pub actual: Value,
    /// The execution.
    pub execution_arn: Option<String>,
    /// States entered.
    pub path: Vec<String>,
    /// How long, by the service's clock.
    pub ms: u64,
    /// Why its execution failed, where it should not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Whether no execution could be started; why is reported with the troubles.
    #[serde(skip)]
    pub refused: bool,
    /// What was not as expected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// What is worth knowing beside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// How much of a kind of thing was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CoveredView {
    /// Reached.
    pub covered: usize,
    /// All there are.
    pub total: usize,
    /// Those not reached.
    pub missing: Vec<String>,
    /// Ways out of Choice states to one state, which no execution told apart: the input was not kept, or the rules ask for more than it.
    pub undecided: Vec<String>,
}

/// What the scenarios reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CoverageView {
    /// States.
    pub states: CoveredView,
    /// Transitions.
    pub transitions: CoveredView,
    /// States that child executions run, as in a Distributed Map, and that are in neither figure.
    pub in_children: usize,
    /// Whether only some of the pack's scenarios were chosen, and the rest of the machines was not to be reached.
    #[serde(skip)]
    pub only_some: bool,
}

/// `test`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TestView {
    /// Counts.
    pub summary: TestSummary,
    /// Per user and scenario.
    pub scenarios: Vec<TestScenario>,
    /// What was reached.
    pub coverage: CoverageView,
    /// What a person is told on stderr beside the result.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Executions that could not be started.
    #[serde(skip)]
    pub troubles: Vec<Trouble>,
}
