//! What users earned in a run, and who they are.

use std::collections::BTreeMap;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::load;
use super::super::verify::{VerifyOptions, again};
use super::options::GradebookOptions;
use crate::model::Student;
use crate::report::{Graded, GradedCheck, GradedRun};
use crate::ui::counted_len;
use crate::ui::view::{VerifyCheck, VerifyUser};

/// A run's users.
pub(super) struct Earned {
    pub(super) run: GradedRun,
    pub(super) users: Vec<Graded>,
    /// Users who were chosen and are not in the run.
    pub(super) absent: Vec<String>,
}

/// Judges the run with today's checklist, as `verify --from` does, and says so where that changes points.
///
/// # Errors
/// Mistakes of the manifest, a run that is not there.
pub(super) fn earned(context: &Context, options: &GradebookOptions) -> Result<Earned, Failure> {
    let judged = VerifyOptions { selection: options.selection.clone(), ..VerifyOptions::default() };
    let view = again(context, &judged, &options.from)?.document.body;
    let lab = load::lab(context)?;
    let mut students: BTreeMap<&str, &Student> =
        lab.users.iter().map(|user| (user.name.as_str(), &user.student)).collect();
    let changed = view.users.iter().filter(|user| user.old_score.is_some_and(|old| old != user.score)).count();
    if changed > 0 {
        context.audience.warning(&format!(
            "{} earned other points when the run was made: today's checklist is what counts, as in `labctl verify --from`",
            counted_len(changed, "user")
        ));
    }
    if let Some(stage) = &view.through {
        context
            .audience
            .warning(&format!("the run judged what was due by the stage `{stage}`, and only that is graded"));
    }
    let mut absent = Vec::new();
    if !options.selection.is_open() {
        let chosen = options.selection.choose(&lab, &context.settings.journal_path())?;
        let is_there = |name: &str| view.users.iter().any(|user| user.user == name);
        absent.extend(chosen.iter().map(|user| user.name.to_string()).filter(|name| !is_there(name)));
    }
    let users = view.users.into_iter().map(|user| graded(user, &mut students)).collect();
    let run = GradedRun { lab: lab.name.to_string(), run: view.run, at: view.at };
    Ok(Earned { run, users, absent })
}

fn graded(user: VerifyUser, students: &mut BTreeMap<&str, &Student>) -> Graded {
    Graded {
        student: students.remove(user.user.as_str()).cloned().unwrap_or_default(),
        user: user.user,
        score: user.score,
        max_score: user.max_score,
        unknown_points: user.unknown_points,
        checks: user.checks.into_iter().map(check).collect(),
    }
}

fn check(check: VerifyCheck) -> GradedCheck {
    let reason = check.cause.map(|cause| match cause.hint {
        Some(hint) => format!("{} ({hint})", cause.text),
        None => cause.text,
    });
    GradedCheck {
        id: check.id,
        title: check.title,
        verdict: check.verdict,
        points: check.points,
        max_points: check.max_points,
        counts: check.counts,
        visibility: check.visibility,
        reason,
    }
}
