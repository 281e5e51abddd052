//! Outcomes and causes of executions: from what a bulk test wrote down, else asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

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

/// What bulk tests wrote down of executions, by ARN.
pub(super) struct Records(BTreeMap<String, Record>);

impl Records {
    /// Of those of these executions that a bulk test started: their names tell of which run they are.
    pub(super) fn of(runs: &Path, executions: &[Listed]) -> Self {
        let run_of = |execution: &Execution| {
            let rest = execution.name.strip_prefix("labctl-bulk-")?;
            rest.split_once('-').map(|(_, run)| run.to_owned())
        };
        let wanted: BTreeSet<&str> = executions.iter().map(|listed| listed.execution.arn.as_str()).collect();
        let ids: BTreeSet<String> = executions.iter().filter_map(|listed| run_of(&listed.execution)).collect();
        let mut found = BTreeMap::new();
        for id in ids.iter().filter(|id| id.chars().all(|letter| letter.is_ascii_alphanumeric())) {
            // What is not there, or cannot be read, is asked for.
            let _ = each_record(&runs.join(format!("{id}.jsonl")), |record| {
                if wanted.contains(record.arn.as_str()) {
                    found.insert(record.arn.clone(), record);
                }
            });
        }
        Self(found)
    }

    /// What is written down of an execution that is over, if that is all there is to know.
    fn whole(&self, execution: &Execution, machine: &OwnMachine) -> Option<(String, Option<Cause>)> {
        let record = self.0.get(&execution.arn).filter(|record| record.status == execution.status.word())?;
        let is_known = !record.outcome.is_empty() && record.outcome != "(unknown)";
        let cause = record.cause.as_ref().map(|cause| Cause {
            key: cause.key.clone(),
            message: cause.text.clone(),
            hint: cause.hint.clone(),
            ..Cause::default()
        });
        let is_whole = is_known && (cause.is_some() || !machine.has_failed(execution.status, &record.outcome));
        is_whole.then(|| (record.outcome.clone(), cause))
    }
}

/// An execution with its outcome, and its cause where it did not do what it should.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn detailed(
    lab: &Lab,
    machine: &OwnMachine,
    execution: &Execution,
    records: &Records,
) -> Result<ExecutionView, Failure> {
    if let Some((outcome, cause)) = records.whole(execution, machine) {
        return Ok(ExecutionView { outcome, cause, ..view::plain(machine, execution) });
    }
    let mut execution = execution.clone();
    let is_standard = machine.content.machine_type == MachineType::Standard;
    let is_success = execution.status == ExecutionStatus::Succeeded;
    if is_standard && is_success && machine.outcome.is_some() && execution.output.is_none() {
        execution = machine.cloud.execution(&execution.arn).await?;
    }
    let plain = view::plain(machine, &execution);
    if !execution.status.is_terminal() || machine.is_good(&execution) {
        return Ok(plain);
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
