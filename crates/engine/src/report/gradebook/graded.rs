//! What a user earned, as gradebooks take it.

use crate::model::{Student, Visibility};
use crate::verify::CheckVerdict;

/// What becomes of checks that nobody can judge yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfUnknown {
    /// Whoever has one is left as is.
    #[default]
    Leave,
    /// They earn their points.
    Passed,
    /// They earn none.
    Failed,
}

/// One check of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradedCheck {
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
    /// Whether its points are in the maximum.
    pub counts: bool,
    /// Who sees it.
    pub visibility: Visibility,
    /// Why it did not pass, and what to do about it.
    pub reason: Option<String>,
}

/// The run whose points they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GradedRun {
    /// The lab.
    pub lab: String,
    /// The run's id.
    pub run: String,
    /// When its evidence was collected, RFC 3339.
    pub at: String,
}

/// One user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graded {
    /// Who.
    pub user: String,
    /// What the roster knows of the student.
    pub student: Student,
    /// Points earned.
    pub score: u32,
    /// Points that could be earned.
    pub max_score: u32,
    /// Points of checks that nobody can judge yet.
    pub unknown_points: u32,
    /// The checks, as the pack lists them.
    pub checks: Vec<GradedCheck>,
}

impl Graded {
    /// How the student is called in a list.
    pub(super) fn label(&self) -> &str {
        self.student.label.as_deref().unwrap_or(&self.user)
    }

    /// A further column of the roster.
    pub(super) fn other(&self, title: &str) -> Option<&str> {
        let (_, text) = self.student.other.iter().find(|(known, _)| known == title)?;
        Some(text.trim()).filter(|text| !text.is_empty())
    }

    /// With every check judged.
    ///
    /// # Errors
    /// Why there is nothing to write down for the user.
    pub fn settled(mut self, if_unknown: IfUnknown) -> Result<Self, String> {
        if self.max_score == 0 {
            return Err("no check of the run was judged".to_owned());
        }
        let verdict = match if_unknown {
            IfUnknown::Leave if self.unknown_points == 0 => return Ok(self),
            IfUnknown::Leave => {
                return Err(format!(
                    "{} of {} points are not known yet: run `labctl verify` again, or say `--unknown passed` or `failed`",
                    self.unknown_points, self.max_score
                ));
            }
            IfUnknown::Passed => CheckVerdict::Passed,
            IfUnknown::Failed => CheckVerdict::Failed,
        };
        for check in self.checks.iter_mut().filter(|check| check.verdict == CheckVerdict::Unknown) {
            check.verdict = verdict;
            if verdict == CheckVerdict::Passed {
                check.points = check.max_points;
                self.score = self.score.saturating_add(check.max_points);
            }
        }
        self.unknown_points = 0;
        Ok(self)
    }

    /// The checks as the student may see them, as far as they count: those that are not public are one, without details, so that nobody reads
    /// "all passed" where they did not.
    pub(super) fn for_student(&self) -> Vec<GradedCheck> {
        let is_public = |check: &&GradedCheck| check.visibility == Visibility::Public;
        let counted = || self.checks.iter().filter(|check| check.counts);
        let mut shown: Vec<GradedCheck> = counted().filter(is_public).cloned().collect();
        let hidden: Vec<&GradedCheck> = counted().filter(|check| !is_public(check)).collect();
        if !hidden.is_empty() {
            let sum = |points: fn(&GradedCheck) -> u32| hidden.iter().map(|check| points(check)).sum::<u32>();
            let (points, max_points) = (sum(|check| check.points), sum(|check| check.max_points));
            let verdict = if points < max_points { CheckVerdict::Failed } else { CheckVerdict::Passed };
            shown.push(GradedCheck {
                id: "not public".to_owned(),
                title: String::new(),
                verdict,
                points,
                max_points,
                counts: true,
                visibility: Visibility::Hidden,
                reason: None,
            });
        }
        shown
    }

    /// In a line for the student: points, and what did not pass. Hidden checks are counted, never named.
    pub(super) fn feedback(&self) -> String {
        let mut text = format!("{} of {} points.", self.score, self.max_score);
        let failed = || self.checks.iter().filter(|check| check.verdict == CheckVerdict::Failed);
        let public: Vec<&str> =
            failed().filter(|check| check.visibility == Visibility::Public).map(|check| check.title.as_str()).collect();
        if !public.is_empty() {
            text = format!("{text} Not passed: {}.", public.join("; "));
        }
        if failed().count() > public.len() {
            text.push_str(" Checks that are not public did not pass.");
        }
        text
    }
}
