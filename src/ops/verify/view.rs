//! Scores as the document has them.

use std::collections::BTreeMap;

use crate::cause::CommonCause;
use crate::host;
use crate::ui::view::{VerifyCause, VerifyChange, VerifyCheck, VerifyEvidence, VerifySummary, VerifyUser};
use crate::verify::{CheckScore, CheckVerdict, Proof, UserScore};

/// A user's score; what has no time of its own is of the run's.
pub(super) fn user(score: UserScore, label: Option<&String>, at_ms: i64) -> VerifyUser {
    VerifyUser {
        user: score.user,
        label: label.cloned(),
        score: score.score,
        max_score: score.max_score,
        unknown_points: score.unknown_points,
        old_score: None,
        changes: Vec::new(),
        checks: score.checks.into_iter().map(|it| check(it, at_ms)).collect(),
    }
}

fn check(score: CheckScore, at_ms: i64) -> VerifyCheck {
    VerifyCheck {
        id: score.id,
        title: score.title,
        verdict: score.verdict,
        points: score.points,
        max_points: score.max_points,
        counts: score.counts,
        visibility: score.visibility,
        cause: score.cause.map(|cause| VerifyCause { key: cause.key, text: cause.text, hint: cause.hint }),
        evidence: score.evidence.into_iter().map(|proof| evidence(proof, at_ms)).collect(),
    }
}

fn evidence(proof: Proof, at_ms: i64) -> VerifyEvidence {
    VerifyEvidence {
        what: proof.what,
        expected: proof.expected,
        found: proof.found,
        execution_arn: proof.execution_arn,
        event_id: proof.event_id,
        state: proof.state,
        at: host::rfc3339(proof.at_ms.unwrap_or(at_ms)),
    }
}

/// What the class came to.
pub(super) fn summary(users: &[VerifyUser]) -> VerifySummary {
    let mut summary = VerifySummary { users: users.len(), ..VerifySummary::default() };
    let mut causes: BTreeMap<&str, CommonCause> = BTreeMap::new();
    for user in users {
        for check in &user.checks {
            match check.verdict {
                CheckVerdict::Passed => summary.passed += 1,
                CheckVerdict::Failed => summary.failed += 1,
                CheckVerdict::Unknown => summary.unknown += 1,
                CheckVerdict::Skipped => summary.skipped += 1,
            }
            let Some(cause) = check.cause.as_ref().filter(|_| check.verdict == CheckVerdict::Failed) else { continue };
            let known = causes.entry(&cause.key).or_insert_with(|| CommonCause {
                key: cause.key.clone(),
                text: cause.text.clone(),
                hint: cause.hint.clone(),
                count: 0,
                users: std::collections::BTreeSet::new(),
                example: check.evidence.iter().find_map(|proof| example(&user.user, proof.execution_arn.as_deref()?)),
            });
            // A cause counts once a user, however many checks it costs.
            if known.users.insert(user.user.clone()) {
                known.count += 1;
            }
        }
    }
    let mut causes: Vec<CommonCause> = causes.into_values().collect();
    causes.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.key.cmp(&other.key)));
    summary.causes = causes;
    summary
}

/// An execution as `labctl trace` takes it: `USER:MACHINE:NAME`.
fn example(user: &str, arn: &str) -> Option<String> {
    let (_, rest) = arn.split_once(":execution:").or_else(|| arn.split_once(":express:"))?;
    let mut parts = rest.split(':');
    let (machine, name) = (parts.next()?, parts.next()?);
    Some(format!("{user}:{}:{name}", machine.strip_prefix(&format!("{user}-")).unwrap_or(machine)))
}

/// Puts an earlier run beside this one. A score of the public part is held against the earlier score of that part.
pub(super) fn beside(users: &mut [VerifyUser], earlier: &[VerifyUser], public: bool) {
    for user in users {
        let Some(old) = earlier.iter().find(|old| old.user == user.user) else { continue };
        let in_part = |check: &&VerifyCheck| user.checks.iter().any(|shown| shown.id == check.id);
        let part = || old.checks.iter().filter(in_part).map(|check| check.points).sum();
        user.old_score = Some(if public { part() } else { old.score });
        for check in &user.checks {
            let before = old.checks.iter().find(|before| before.id == check.id).map(|before| before.verdict);
            if before != Some(check.verdict) {
                user.changes.push(VerifyChange { id: check.id.clone(), before, after: check.verdict });
            }
        }
    }
}
