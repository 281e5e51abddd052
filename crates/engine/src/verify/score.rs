//! Verdicts, points, and what they add up to.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::evidence::CauseEvidence;
use crate::model::Visibility;

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckVerdict {
    /// It is as it should be.
    Passed,
    /// It is not.
    Failed,
    /// Nobody can say yet; it costs nothing.
    Unknown,
    /// It was not judged: its stage is later, or the defect of another check is why it fails.
    Skipped,
}

/// What a verdict rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// What was looked at, in words.
    pub what: String,
    /// What it should be.
    pub expected: Value,
    /// What it is.
    pub found: Value,
    /// The execution, where one shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_arn: Option<String>,
    /// The event in its history, or the place in its log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<i64>,
    /// The state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// When, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
}

/// One check of one user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckScore {
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
    /// Whether its points are in the maximum although it was skipped: another check's defect costs them.
    pub counts: bool,
    /// Who sees it.
    pub visibility: Visibility,
    /// Why it did not pass.
    pub cause: Option<CauseEvidence>,
    /// What the verdict rests on.
    pub evidence: Vec<Proof>,
}

/// All checks of one user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserScore {
    /// Who.
    pub user: String,
    /// Points earned.
    pub score: u32,
    /// Points that could be earned; unknown checks stay in it.
    pub max_score: u32,
    /// Points of checks that nobody can judge yet.
    pub unknown_points: u32,
    /// The checks, as the pack lists them.
    pub checks: Vec<CheckScore>,
}

impl UserScore {
    /// Adds up.
    pub(super) fn of(user: &str, checks: Vec<CheckScore>) -> Self {
        let sum = |points: &dyn Fn(&CheckScore) -> u32| checks.iter().map(points).sum();
        Self {
            user: user.to_owned(),
            score: sum(&|check| check.points),
            max_score: sum(&|check| if check.counts { check.max_points } else { 0 }),
            unknown_points: sum(&|check| if check.verdict == CheckVerdict::Unknown { check.max_points } else { 0 }),
            checks,
        }
    }

    /// How many checks came to this.
    pub fn count(&self, verdict: CheckVerdict) -> usize {
        self.checks.iter().filter(|check| check.verdict == verdict).count()
    }
}
