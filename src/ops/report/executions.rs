//! Verify's own executions of a user, line by line.

use crate::report::{ReportExecution, ReportLine};
use crate::verify::{ExecutionEvidence, UserEvidence, VisitEvidence};

/// What a user's executions did.
pub(super) fn of_user(evidence: &UserEvidence) -> Vec<ReportExecution> {
    evidence.executions.iter().filter_map(of_one).collect()
}

fn of_one(execution: &ExecutionEvidence) -> Option<ReportExecution> {
    let mut lines: Vec<ReportLine> = execution.visits.iter().flatten().flat_map(of_visit).collect();
    lines.sort_by_key(|line| line.event_id);
    let status = execution.status.map_or_else(|| "did not end".to_owned(), |status| status.word().to_owned());
    Some(ReportExecution {
        scenario: execution.scenario.clone(),
        machine: execution.machine.clone(),
        arn: execution.arn.clone()?,
        status,
        lines,
    })
}

fn of_visit(visit: &VisitEvidence) -> Vec<ReportLine> {
    let took = visit
        .entered_ms
        .zip(visit.left_ms)
        .map_or_else(String::new, |(entered, left)| format!(" {} ms", left - entered));
    let ended = match (&visit.caught_by, visit.succeeded) {
        (Some(by), _) => format!(" caught by {by}"),
        (None, true) => String::new(),
        (None, false) => " failed".to_owned(),
    };
    let line = |event_id, is_failure, text| ReportLine { event_id, state: visit.state.clone(), is_failure, text };
    let mut lines = vec![line(visit.id, false, format!("{} {}{took}{ended}", visit.state_type, visit.state))];
    for attempt in &visit.attempts {
        let Some(error) = &attempt.error else { continue };
        let cause = attempt.cause.as_deref().unwrap_or_default();
        let next = attempt.next_in_ms.map_or_else(String::new, |ms| format!(" (again after {ms} ms)"));
        lines.push(line(attempt.event_id.unwrap_or(visit.id), true, format!("  {error}: {cause}{next}")));
    }
    lines
}
