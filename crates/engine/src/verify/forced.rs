//! Checks of what a machine does when a handler fails, fails for a moment, or does not answer.

use serde_json::{Value, json};

use super::evidence::UserEvidence;
use super::examined::{by_definition, failure, words};
use super::finding::{self, Defect, Finding};
use super::score::Proof;
use super::workflow::{Retrier, StateFacts, Workflow, takes};
use crate::model::ForcedTest;

/// A state tried again, later each time.
pub(super) fn retry(evidence: &UserEvidence, asked: &ForcedTest) -> Finding {
    let examined = match evidence.examine(&asked.scenario) {
        Ok(examined) => examined,
        Err(finding) => return finding,
    };
    let visits = examined.calling(&asked.function);
    let failed = visits.iter().find(|visit| visit.attempts.first().is_some_and(|attempt| attempt.error.is_some()));
    let Some(visit) = failed else {
        if visits.is_empty()
            && let Some(unknown) = examined.unknown()
        {
            return unknown;
        }
        return by_definition(
            &examined,
            asked,
            "a Retry with one attempt or more and a BackoffRate above 1",
            |around| around.iter().any(|facts| facts.retries.iter().any(Retrier::backs_off)),
        );
    };
    let first = visit.attempts.first().and_then(|attempt| attempt.error.as_deref()).unwrap_or_default();
    let what = format!("tries of {} after `{first}`", visit.state);
    let proof = |found: Value| {
        Proof::of(what.clone(), "two or more, with growing pauses", found).in_visit(examined.execution, visit)
    };
    if visit.attempts.len() < 2 {
        let text = format!("`{}` failed with `{first}` and was not tried again", visit.state);
        return examined.defect(&format!("no-retry/{}", asked.function), text).proof(proof(json!(1))).into_finding();
    }
    let around = examined.workflow.around(&visit.state);
    let retrier = around.iter().flat_map(|facts| &facts.retries).find(|retrier| retrier.takes(first));
    let tries = json!({"tries": visit.attempts.len(), "backoff_rate": retrier.map(|retrier| retrier.backoff)});
    if retrier.is_some_and(Retrier::backs_off) {
        return Finding::Passed(vec![proof(tries)]);
    }
    let text = format!("`{}` is tried again without growing pauses: its BackoffRate is not above 1", visit.state);
    examined.defect(&format!("no-backoff/{}", asked.function), text).proof(proof(tries)).into_finding()
}

/// Failures of states were caught.
pub(super) fn catches(evidence: &UserEvidence, tests: &[ForcedTest]) -> Finding {
    let mut proofs = Vec::new();
    let mut unknown = None;
    for asked in tests {
        match caught(evidence, asked) {
            Finding::Passed(more) => proofs.extend(more),
            Finding::Unknown(why) => unknown = Some(why),
            other => return other,
        }
    }
    unknown.map_or(Finding::Passed(proofs), Finding::Unknown)
}

fn caught(evidence: &UserEvidence, asked: &ForcedTest) -> Finding {
    let examined = match evidence.examine(&asked.scenario) {
        Ok(examined) => examined,
        Err(finding) => return finding,
    };
    let visits = examined.calling(&asked.function);
    let Some((visit, attempt)) = visits.iter().find_map(|visit| Some((*visit, failure(visit)?))) else {
        if visits.is_empty()
            && let Some(unknown) = examined.unknown()
        {
            return unknown;
        }
        return by_definition(&examined, asked, "a Catch for its errors", |around| {
            around.iter().any(|facts| facts.catches.iter().any(|errors| takes_own(errors)))
        });
    };
    let catcher = examined.around(visit).into_iter().find_map(|visit| visit.caught_by.as_deref());
    let proof = Proof::of(format!("what caught `{}` of {}", words(attempt), visit.state), "a state", json!(catcher))
        .in_visit(examined.execution, visit);
    if catcher.is_some() {
        return Finding::Passed(vec![proof]);
    }
    if let Some(unknown) = examined.unknown() {
        return unknown;
    }
    let text = format!("`{}` failed with `{}`, and nothing caught it", visit.state, words(attempt));
    examined.defect(&format!("no-catch/{}", asked.function), text).proof(proof).into_finding()
}

/// Whether a catcher takes errors of the handler's own.
fn takes_own(errors: &[String]) -> bool {
    errors
        .iter()
        .any(|error| matches!(error.as_str(), "States.ALL" | "States.TaskFailed") || !error.starts_with("States."))
}

/// A state waited until its token was answered.
pub(super) fn waits(evidence: &UserEvidence, asked: &ForcedTest) -> Finding {
    let examined = match evidence.examine(&asked.scenario) {
        Ok(examined) => examined,
        Err(finding) => return finding,
    };
    let states = examined.states(&asked.function);
    let Some((state, _)) = states.iter().find(|(_, facts)| facts.waits) else {
        let text = match states.first() {
            Some((state, _)) => {
                format!("`{state}` does not wait for a token: its resource does not end with `.waitForTaskToken`")
            }
            None => format!("no state calls a function `…{}`", asked.function),
        };
        let name = states.first().map_or("", |(state, _)| state.as_str());
        let proof =
            Proof { state: Some(name.to_owned()), ..Proof::of("whether the state waits for a token", true, false) };
        let visit = examined.calling(&asked.function).first().copied();
        let proof = visit.map_or(proof.clone(), |visit| proof.in_visit(examined.execution, visit));
        let subject = [finding::machine(&examined.execution.machine)];
        return Defect::new("no-token", text).about(subject).proof(proof).into_finding();
    };
    let Some(visit) = examined.calling(&asked.function).first().copied() else {
        return examined.unknown().unwrap_or_else(|| {
            Finding::Passed(vec![Proof::by_definition("a state that waits for its token", state, true)])
        });
    };
    let attempt = visit.attempts.last();
    if !visit.succeeded
        && visit.left_ms.is_none()
        && let Some(unknown) = examined.unknown()
    {
        return unknown;
    }
    let waited = attempt.is_some_and(|attempt| attempt.waited);
    let proof = Proof::of(format!("whether {} waited until its token was answered", visit.state), true, waited);
    let proof = proof.in_visit(examined.execution, visit);
    if waited || !visit.succeeded {
        return Finding::Passed(vec![proof]);
    }
    let text = format!("`{}` went on without waiting for its token", visit.state);
    examined.defect("no-token", text).proof(proof).into_finding()
}

/// Whether a wait ends, and what comes then is caught.
fn times_out(around: &[&StateFacts]) -> bool {
    around.iter().any(|facts| facts.has_timeout)
        && around.iter().any(|facts| facts.catches.iter().any(|errors| takes(errors, "States.Timeout")))
}

/// Whether an execution can show that a wait ends; the definition of one that cannot says all there is, and nobody need wait for it.
pub(super) fn can_time_out(workflow: &Workflow, function: &str) -> bool {
    let is_it = |called: &str| called.ends_with(function);
    workflow.calling(&is_it).any(|(state, _)| times_out(&workflow.around(state)))
}

/// A wait ended in a timeout that was caught.
pub(super) fn timeout(evidence: &UserEvidence, asked: &ForcedTest) -> Finding {
    let examined = match evidence.examine(&asked.scenario) {
        Ok(examined) => examined,
        Err(finding) => return finding,
    };
    let defined = by_definition(&examined, asked, "a TimeoutSeconds and a Catch for `States.Timeout`", times_out);
    if !matches!(defined, Finding::Passed(_)) {
        return defined;
    }
    if let Some(unknown) = examined.unknown() {
        return unknown;
    }
    let timed_out = examined.calling(&asked.function).into_iter().find_map(|visit| {
        let attempt = failure(visit).filter(|attempt| attempt.error.as_deref() == Some("States.Timeout"))?;
        Some((visit, attempt))
    });
    if let Some((visit, attempt)) = timed_out {
        let catcher = examined.around(visit).into_iter().find_map(|visit| visit.caught_by.as_deref());
        let proof =
            Proof::of(format!("what caught `{}` of {}", words(attempt), visit.state), "a state", json!(catcher))
                .in_visit(examined.execution, visit);
        return match catcher {
            Some(_) => Finding::Passed(vec![proof]),
            None => examined
                .defect("no-catch/timeout", format!("the timeout of `{}` was not caught", visit.state))
                .proof(proof)
                .into_finding(),
        };
    }
    match &examined.execution.endless {
        Some(why) => {
            let proof = Proof::of(format!("end of `{}`", asked.scenario), "States.Timeout", "still running")
                .in_execution(examined.execution);
            examined.defect("endless/timeout", why).proof(proof).into_finding()
        }
        None => defined,
    }
}
