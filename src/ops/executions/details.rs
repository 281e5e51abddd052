//! Outcomes and causes of executions: from what a bulk test wrote down, else asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::super::execution::read::LoggedExecution;
use super::super::execution::{FoundExecution, OwnMachine, read, view};
use super::super::failure::Failure;
use super::list::Listed;
use crate::cause::{Cause, PolicyFiles};
use crate::model::{Execution, ExecutionStatus, Lab, MachineType};
use crate::trial::{Record, each_record};
use crate::ui::view::ExecutionView;

/// An EXPRESS execution's events are written within its time, by clocks that differ by less than this, and some seconds late at most.
const SLACK_MS: i64 = 5_000;

/// What a bulk test wrote down of an execution that is over. There may be hundreds of thousands of them.
pub(super) struct Known {
    status: String,
    outcome: Arc<str>,
    cause: Option<Box<Cause>>,
}

impl Known {
    /// Nothing where the outcome is not known.
    fn of(record: Record, outcomes: &mut BTreeSet<Arc<str>>) -> Option<Self> {
        let Record { status, outcome, cause, .. } = record;
        if outcome.is_empty() || outcome == "(unknown)" {
            return None;
        }
        let shared = outcomes.get(outcome.as_str()).cloned();
        let outcome = shared.unwrap_or_else(|| {
            let outcome: Arc<str> = outcome.into();
            outcomes.insert(Arc::clone(&outcome));
            outcome
        });
        let cause = cause
            .map(|cause| Box::new(Cause { key: cause.key, message: cause.text, hint: cause.hint, ..Cause::default() }));
        Some(Self { status, outcome, cause })
    }

    /// Whether that is all there is to know.
    fn is_all(&self, execution: &Execution, machine: &OwnMachine) -> bool {
        self.status == execution.status.word()
            && (self.cause.is_some() || !machine.has_failed(execution.status, &self.outcome))
    }
}

/// Of those of these executions that a bulk test started, what it wrote down: their names tell of which run they are.
pub(super) fn written_down(runs: &Path, executions: &[Listed]) -> Vec<Option<Known>> {
    let run_of = |execution: &Execution| {
        let rest = execution.name.strip_prefix("labctl-bulk-")?;
        rest.split_once('-').map(|(_, run)| run.to_owned())
    };
    let places: BTreeMap<&str, usize> =
        executions.iter().enumerate().map(|(at, listed)| (listed.execution.arn.as_str(), at)).collect();
    let ids: BTreeSet<String> = executions.iter().filter_map(|listed| run_of(&listed.execution)).collect();
    let mut outcomes = BTreeSet::new();
    let mut found: Vec<Option<Known>> = executions.iter().map(|_| None).collect();
    for id in ids.iter().filter(|id| id.chars().all(|letter| letter.is_ascii_alphanumeric())) {
        // What is not there, or cannot be read, is asked for.
        let _ = each_record(&runs.join(format!("{id}.jsonl")), |record| {
            if let Some(known) = places.get(record.arn.as_str()).and_then(|at| found.get_mut(*at)) {
                *known = Known::of(record, &mut outcomes);
            }
        });
    }
    found
}

/// An execution with its outcome, and its cause where it did not do what it should.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn detailed(
    lab: &Lab,
    machine: &OwnMachine,
    execution: Execution,
    known: Option<Known>,
) -> Result<ExecutionView, Failure> {
    if let Some(known) = known.filter(|known| known.is_all(&execution, machine)) {
        let Known { outcome, cause, .. } = known;
        return Ok(ExecutionView { outcome, cause, ..view::plain(machine, execution) });
    }
    let mut execution = execution;
    let is_standard = machine.content.machine_type == MachineType::Standard;
    let is_success = execution.status == ExecutionStatus::Succeeded;
    if is_standard && is_success && machine.outcome.is_some() && execution.output.is_none() {
        execution = machine.cloud.execution(&execution.arn).await?;
    }
    if !execution.status.is_terminal() || machine.is_good(&execution) {
        return Ok(view::plain(machine, execution));
    }
    let logged = if is_standard { None } else { Some(events(machine, &execution).await?) };
    let found = FoundExecution { machine: machine.clone(), execution, logged };
    let reported = read::reported(&found.machine, &found.execution, found.logged.as_ref()).await?;
    let policies = PolicyFiles::of(lab, &machine.user);
    Ok(view::execution(&found, &reported, &policies))
}

/// All that the log tells of an EXPRESS execution.
async fn events(machine: &OwnMachine, execution: &Execution) -> Result<LoggedExecution, Failure> {
    let arn = &execution.arn;
    let until_ms = execution.stopped_ms.map(|stopped| stopped + SLACK_MS);
    let found = read::logged(machine, &format!("\"{arn}\""), (execution.started_ms - SLACK_MS, until_ms)).await?;
    let nothing = || LoggedExecution { arn: arn.clone(), events: Vec::new() };
    Ok(found.into_iter().find(|logged| logged.arn == *arn).unwrap_or_else(nothing))
}
