//! `verify`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cause::CommonCause;
use crate::model::Visibility;
use crate::verify::CheckVerdict;

/// Counts of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifySummary {
    /// Users judged.
    pub users: usize,
    /// Checks that passed, over all users.
    pub passed: usize,
    /// Checks that failed.
    pub failed: usize,
    /// Checks that nobody can judge yet.
    pub unknown: usize,
    /// Checks that were not judged.
    pub skipped: usize,
    /// Why checks failed, the most common first; a user counts once for each.
    pub causes: Vec<CommonCause>,
}

/// Why a check did not pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyCause {
    /// The same for everybody with this cause.
    pub key: String,
    /// In one line.
    pub text: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a verdict rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VerifyEvidence {
    /// What was looked at.
    pub what: String,
    /// What it should be.
    pub expected: Value,
    /// What it is.
    pub found: Value,
    /// The execution that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_arn: Option<String>,
    /// The event in its history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<i64>,
    /// The state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// When, RFC 3339.
    pub at: String,
}

/// One check of one user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifyCheck {
    /// `<point>/<check>`.
    pub id: String,
    /// What is right when it passes.
    pub title: String,
    /// What it came to.
    pub verdict: CheckVerdict,
    /// What it earned.
    pub points: u32,
    /// What it is worth.
    pub max_points: u32,
    /// Whether its points are in the maximum; known only where it was judged just now, and not in the document.
    #[serde(skip)]
    pub counts: bool,
    /// Who sees it.
    pub visibility: Visibility,
    /// Why it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<VerifyCause>,
    /// What the verdict rests on.
    pub evidence: Vec<VerifyEvidence>,
}

/// A check that came to something else than in an earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyChange {
    /// `<point>/<check>`.
    pub id: String,
    /// What it came to then; none where it was not there.
    pub before: Option<CheckVerdict>,
    /// What it comes to now.
    pub after: CheckVerdict,
}

/// All checks of one user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifyUser {
    /// Who.
    pub user: String,
    /// How the roster calls the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Points earned.
    pub score: u32,
    /// Points that could be earned.
    pub max_score: u32,
    /// Points of checks that nobody can judge yet.
    pub unknown_points: u32,
    /// Points earned in the run that this one is held beside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_score: Option<u32>,
    /// Checks that came to something else there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<VerifyChange>,
    /// The checks, as the pack lists them.
    pub checks: Vec<VerifyCheck>,
}

/// `verify`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VerifyView {
    /// The run's id.
    pub run: String,
    /// The run whose evidence was judged again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The run that this one is held beside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// When the evidence was collected, RFC 3339.
    pub at: String,
    /// The last stage that was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// Whether hidden checks are left out.
    pub public: bool,
    /// Counts.
    pub summary: VerifySummary,
    /// Per user.
    pub users: Vec<VerifyUser>,
    /// What a person is told on stderr beside the result.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
