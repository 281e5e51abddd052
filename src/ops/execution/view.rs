//! The trace as a document.

use std::sync::Arc;

use super::found::FoundExecution;
use super::handler_log::Lines;
use super::machine::OwnMachine;
use super::read::Reported;
use crate::asl::trace::{Attempt, End, EventData, Visit};
use crate::cause::{self, Cause, FailedExecution, PolicyFiles};
use crate::host;
use crate::model::Execution;
use crate::ui::view::{ExecutionView, TraceAttempt, TraceData, TraceLogLine, TraceState};

/// The execution, with its cause where it did not do what it should.
pub(crate) fn execution(found: &FoundExecution, reported: &Reported, policies: &PolicyFiles) -> ExecutionView {
    let (machine, execution) = (&found.machine, &found.execution);
    let failed = execution.status.is_terminal() && !machine.is_good(execution);
    ExecutionView {
        cause: failed.then(|| Box::new(cause(found, reported, policies))),
        ..plain(machine, execution.clone())
    }
}

/// The execution without a cause.
pub(crate) fn plain(machine: &OwnMachine, execution: Execution) -> ExecutionView {
    let outcome = execution.outcome(machine.outcome.as_deref());
    ExecutionView {
        user: machine.user.name.clone(),
        machine: machine.short_name().to_owned(),
        machine_type: machine.content.machine_type,
        status: execution.status.word(),
        outcome: outcome.map_or_else(|| execution.status.word().into(), Arc::from),
        started: host::rfc3339(execution.started_ms),
        ms: execution.stopped_ms.map(|stopped| since(stopped, execution.started_ms)),
        cause: None,
        arn: execution.arn,
        name: execution.name,
    }
}

fn cause(found: &FoundExecution, reported: &Reported, policies: &PolicyFiles) -> Cause {
    let failed = FailedExecution {
        execution: &found.execution,
        trace: Some((&reported.trace, &reported.outline)),
        user: Some(found.machine.user.name.as_str()),
    };
    cause::find(&failed, policies)
}

/// Every state; with `only_failed` those that did not do their work, and what is around them.
pub(crate) fn states(found: &FoundExecution, reported: &Reported, lines: &Lines, only_failed: bool) -> Vec<TraceState> {
    let visits = &reported.trace.visits;
    let begun_ms = reported.trace.started_ms.unwrap_or(found.execution.started_ms);
    let critical = reported.trace.critical();
    let mut depths: Vec<usize> = Vec::with_capacity(visits.len());
    for visit in visits {
        depths.push(visit.inside.and_then(|inside| depths.get(inside.visit)).map_or(0, |depth| depth + 1));
    }
    let shown = shown(visits, only_failed);
    let places =
        visits.iter().enumerate().zip(&depths).zip(critical).filter(|(((at, _), _), _)| shown.get(*at) == Some(&true));
    places
        .map(|(((at, visit), depth), critical)| TraceState {
            depth: *depth,
            critical,
            log: lines.get(&at).into_iter().flatten().map(log_line).collect(),
            ..state(visit, reported, begun_ms)
        })
        .collect()
}

fn shown(visits: &[Visit], only_failed: bool) -> Vec<bool> {
    let failed = |visit: &Visit| {
        matches!(visit.end, Some(End::Failed | End::Caught | End::TimedOut))
            || visit.attempts.iter().any(|it| it.error.is_some())
    };
    let mut shown: Vec<bool> = visits.iter().map(|visit| !only_failed || failed(visit)).collect();
    // What is around something stands before it.
    for (at, visit) in visits.iter().enumerate().rev() {
        if let (Some(inside), Some(true)) = (visit.inside, shown.get(at))
            && let Some(outer) = shown.get_mut(inside.visit)
        {
            *outer = true;
        }
    }
    shown
}

fn state(visit: &Visit, reported: &Reported, begun_ms: i64) -> TraceState {
    let outer = visit.inside.and_then(|inside| {
        let outer = reported.trace.visits.get(inside.visit)?;
        Some((outer, outer.lanes.get(inside.lane)?.index))
    });
    let is_map = outer.is_some_and(|(outer, _)| outer.state_type == "Map");
    let index = outer.map(|(_, index)| index);
    let known = reported.outline.states.iter().find(|state| state.name == visit.state);
    let most = known.map_or(1, |state| state.most_attempts.saturating_add(1));
    let attempts = visit.attempts.iter().filter(|_| visit.state_type == "Task");
    let error = visit.error.as_ref();
    TraceState {
        name: visit.state.clone(),
        id: visit.event_id,
        state_type: visit.state_type.clone(),
        parent: outer.map(|(outer, _)| outer.state.clone()),
        parent_id: outer.map(|(outer, _)| outer.event_id),
        branch: index.filter(|_| !is_map),
        iteration: index.filter(|_| is_map),
        entered: visit.entered_ms.map(host::rfc3339),
        ms: visit.duration_ms(),
        end: visit.end,
        critical: false,
        attempts: attempts.map(|attempt| self::attempt(attempt, most, begun_ms)).collect(),
        error: error.and_then(|error| error.error.clone()),
        cause: error.and_then(|error| error.cause.clone()),
        caught_by: visit.caught_by.clone(),
        input: data(visit.input.as_ref()),
        output: data(visit.output.as_ref()),
        log: Vec::new(),
        depth: 0,
        at_ms: visit.entered_ms.map_or(0, |entered| since(entered, begun_ms)),
    }
}

fn attempt(attempt: &Attempt, most: u64, begun_ms: i64) -> TraceAttempt {
    let error = attempt.error.as_ref();
    TraceAttempt {
        ms: attempt.ended_ms.map(|ended| since(ended, attempt.scheduled_ms)),
        error: error.and_then(|error| error.error.clone()),
        cause: error.and_then(|error| error.cause.clone()),
        next_in_ms: attempt.next_in_ms.map(|ms| u64::try_from(ms).unwrap_or(0)),
        most,
        at_ms: since(attempt.scheduled_ms, begun_ms),
    }
}

fn log_line((at_ms, text): &(i64, String)) -> TraceLogLine {
    TraceLogLine { at: host::rfc3339(*at_ms), text: text.clone() }
}

fn data(data: Option<&EventData>) -> TraceData {
    TraceData::of(data.map(|data| Arc::clone(&data.text)))
}

fn since(later_ms: i64, earlier_ms: i64) -> u64 {
    u64::try_from(later_ms.saturating_sub(earlier_ms)).unwrap_or(0)
}
