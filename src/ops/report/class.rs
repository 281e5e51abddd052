//! A run's verdicts and evidence, as the page takes them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::executions;
use crate::model::{Lab, Visibility};
use crate::report::{CheckColumn, ClassReport, ReportCause, ReportEvidence, ReportUser, ReportVerdict};
use crate::ui::view::{VerifyCause, VerifyCheck, VerifyEvidence, VerifyUser, VerifyView};
use crate::verify::{Bundle, CheckVerdict};

/// What is kept of a run.
pub(super) struct Kept<'a> {
    pub(super) lab: &'a Lab,
    pub(super) view: &'a VerifyView,
    pub(super) bundle: &'a Bundle,
    /// The one student whom the page is for.
    pub(super) student: Option<&'a str>,
}

/// The class, without workflows, bulk test, cost and what is left.
pub(super) fn class(kept: &Kept<'_>) -> ClassReport {
    let is_student = kept.student.is_some();
    let is_meant = |user: &&VerifyUser| kept.student.is_none_or(|student| user.user == student);
    let users: Vec<&VerifyUser> = kept.view.users.iter().filter(is_meant).collect();
    let is_shown = |check: &&VerifyCheck| !is_student || check.visibility == Visibility::Public;
    let mut checks: Vec<CheckColumn> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for check in users.iter().flat_map(|user| &user.checks).filter(is_shown) {
        places.entry(check.id.as_str()).or_insert_with(|| {
            let (id, title) = (check.id.clone(), check.title.clone());
            checks.push(CheckColumn { id, title, max_points: check.max_points });
            checks.len() - 1
        });
    }
    let shown: Vec<ReportUser> = users.iter().map(|user| of_user(kept, user, &places)).collect();
    let causes = match shown.first().filter(|_| is_student) {
        Some(user) => own_causes(user),
        None => (kept.view.summary.causes.iter())
            .map(|cause| ReportCause {
                key: cause.key.clone(),
                text: cause.text.clone(),
                hint: cause.hint.clone(),
                users: cause.users.clone(),
                count: 0,
            })
            .collect(),
    };
    ClassReport {
        lab: kept.lab.name.to_string(),
        title: kept.lab.pack.title.clone(),
        run: kept.view.run.clone(),
        at: kept.view.at.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        is_student,
        checks,
        users: shown,
        causes,
        ..ClassReport::default()
    }
}

/// Why a student's own checks failed, in their order.
fn own_causes(user: &ReportUser) -> Vec<ReportCause> {
    let mut causes: Vec<ReportCause> = Vec::new();
    for verdict in user.verdicts.iter().filter(|verdict| verdict.verdict == CheckVerdict::Failed) {
        let Some(cause) = &verdict.cause else { continue };
        if !causes.iter().any(|known| known.key == cause.key) {
            causes.push(ReportCause { users: [user.name.clone()].into(), ..cause.clone() });
        }
    }
    causes
}

fn of_user(kept: &Kept<'_>, user: &VerifyUser, places: &BTreeMap<&str, usize>) -> ReportUser {
    let of_roster = kept.lab.users.iter().find(|known| known.name.as_str() == user.user);
    let evidence = kept.bundle.users.iter().find(|known| known.user == user.user);
    let verdict = |check: &VerifyCheck| {
        Some(ReportVerdict {
            check: *places.get(check.id.as_str())?,
            verdict: check.verdict,
            points: check.points,
            cause: check.cause.as_ref().map(of_cause),
            evidence: check.evidence.iter().map(of_evidence).collect(),
        })
    };
    let verdicts: Vec<ReportVerdict> = user.checks.iter().filter_map(verdict).collect();
    let hidden: Vec<&VerifyCheck> =
        user.checks.iter().filter(|check| check.counts && !places.contains_key(check.id.as_str())).collect();
    let sum = |of: &dyn Fn(&VerifyCheck) -> u32| hidden.iter().map(|check| of(check)).sum::<u32>();
    ReportUser {
        name: user.user.clone(),
        label: user.label.clone(),
        group: of_roster.and_then(|known| known.student.group.clone()),
        score: user.score,
        max_score: user.max_score,
        unknown_points: user.unknown_points,
        hidden: (!hidden.is_empty()).then(|| (sum(&|check| check.points), sum(&|check| check.max_points))),
        verdicts,
        executions: evidence.map(executions::of_user).unwrap_or_default(),
        untouched: BTreeMap::new(),
    }
}

fn of_cause(cause: &VerifyCause) -> ReportCause {
    let VerifyCause { key, text, hint } = cause.clone();
    ReportCause { key, text, hint, ..ReportCause::default() }
}

fn of_evidence(evidence: &VerifyEvidence) -> ReportEvidence {
    let text = match (short(&evidence.expected), short(&evidence.found)) {
        (expected, found) if expected.is_empty() && found.is_empty() => evidence.what.clone(),
        (expected, found) if expected.is_empty() => format!("{}: {found}", evidence.what),
        (expected, found) => format!("{}: expected {expected}, found {found}", evidence.what),
    };
    ReportEvidence {
        text,
        execution_arn: evidence.execution_arn.clone(),
        event_id: evidence.event_id,
        state: evidence.state.clone(),
    }
}

fn short(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
