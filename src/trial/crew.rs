//! The bulk executions of one user: started, counted, their histories read.

use std::sync::Mutex;

use futures::StreamExt as _;
use serde_json::Value;

use super::bulk::{BulkRun, READ_AT_ONCE};
use super::execution::{duration_ms, execution_name, word};
use super::express_log::await_histories;
use super::pace::cancelled;
use super::participant::{Machine, Participant};
use super::tally::{Ended, Tally, lock};
use super::walk::{Walk, walk};
use super::watch::{Watched, backoff};
use crate::cloud::{CloudError, ErrorClass, Started};
use crate::event::Happened;
use crate::model::{Execution, ExecutionStatus, MachineType};

/// Tries of a start that is refused as one too many.
const START_TRIES: u32 = 6;

/// The machine of one user, and where its executions are counted.
pub(super) struct Crew<'a> {
    pub(super) run: &'a BulkRun<'a>,
    pub(super) participant: &'a Participant,
    pub(super) machine: &'a Machine,
    pub(super) tally: &'a Mutex<Tally>,
}

/// How a start came out.
enum Attempt {
    Started(Started),
    Over(Execution),
}

/// Whether an index is one of the invalid ones: as even a spread as whole numbers allow, shifted by the seed.
fn is_invalid(index: u64, share: f64, seed: u64) -> bool {
    const SHIFTS: u64 = 1 << 16;
    let share = share.clamp(0.0, 1.0);
    #[expect(clippy::cast_precision_loss, reason = "indexes stay far below 2^52")]
    let up_to = |index: u64| (index as f64 * share + (seed % SHIFTS) as f64 / SHIFTS as f64).floor();
    up_to(index) > up_to(index.saturating_sub(1))
}

impl Crew<'_> {
    /// Starts one; hands it on as started or, when it ran in the same call, as over.
    pub(super) async fn start(&self, index: u64, started: impl FnOnce(Started), ended: impl FnOnce(Watched)) {
        let user = &self.participant.user;
        let hopeless = lock(self.tally).hopeless.get(user.as_str()).cloned();
        if let Some(why) = hopeless {
            return lock(self.tally).not_started(user, why, 1);
        }
        let invalid = is_invalid(index, self.run.invalid_share, self.run.seed);
        let input = match (self.run.make_input)(user, index, invalid) {
            Ok(input) => input,
            Err(why) => return lock(self.tally).not_started(user, format!("the input could not be made: {why}"), 1),
        };
        let name = execution_name(&format!("bulk-{index}"), &self.run.run_id);
        let mut cancel = self.run.cancel.clone();
        let result = tokio::select! {
            result = self.attempt(&name, &input) => result,
            () = cancelled(&mut cancel) => return,
        };
        match result {
            Ok(Attempt::Started(execution)) => {
                self.tell_started(&execution.arn);
                started(execution);
            }
            Ok(Attempt::Over(execution)) => {
                self.tell_started(&execution.arn);
                ended(Watched::Ended(execution));
            }
            Err(error) => self.refused(&error),
        }
    }

    /// One start, tried again while it is one too many.
    async fn attempt(&self, name: &str, input: &Value) -> Result<Attempt, CloudError> {
        let (cloud, arn) = (&self.participant.cloud, &self.machine.arn);
        let mut attempt = 0;
        loop {
            let result = match self.machine.machine_type {
                MachineType::Standard => cloud.start(arn, name, input).await.map(Attempt::Started),
                MachineType::Express => cloud.start_sync(arn, name, input).await.map(Attempt::Over),
            };
            match result {
                Err(error) if error.class == ErrorClass::Throttled => {
                    lock(self.tally).throttled += 1;
                    attempt += 1;
                    if attempt >= START_TRIES {
                        return Err(error);
                    }
                    tokio::time::sleep(backoff(attempt)).await;
                }
                other => return other,
            }
        }
    }

    fn refused(&self, error: &CloudError) {
        let next = if error.class == ErrorClass::NotFound { "; run `labctl deploy` first" } else { "" };
        let text = format!("could not be started: {error}{next}");
        let mut tally = lock(self.tally);
        if matches!(
            error.class,
            ErrorClass::NotFound
                | ErrorClass::Denied
                | ErrorClass::Credentials
                | ErrorClass::Unreachable
                | ErrorClass::NotImplemented
        ) {
            tally.hopeless.insert(self.participant.user.to_string(), text.clone());
        }
        tally.not_started(&self.participant.user, text, 1);
    }

    /// Counts the end of one.
    pub(super) async fn count(&self, watched: Watched) {
        let user = &self.participant.user;
        let execution = match watched {
            Watched::Ended(execution) => execution,
            Watched::StillRunning { .. } => return lock(self.tally).still_running += 1,
            Watched::Lost { error, .. } => {
                let mut tally = lock(self.tally);
                tally.still_running += 1;
                return tally.failed(user, format!("how it ended could not be learnt: {error}"), 1);
            }
        };
        let outcome = match self.outcome(&execution).await {
            Ok(outcome) => outcome,
            Err(error) => {
                lock(self.tally).failed(user, format!("the output could not be read: {error}"), 1);
                "(unknown)".to_owned()
            }
        };
        let ms = duration_ms(&execution);
        self.run.journal.tell(Happened::ExecutionFinished {
            user: user.to_string(),
            arn: execution.arn.clone(),
            status: word(execution.status).to_owned(),
            outcome: outcome.clone(),
            ms,
        });
        let mut tally = lock(self.tally);
        tally.finished += 1;
        *tally.outcomes.entry(outcome).or_default() += 1;
        tally.durations.record(ms);
        tally.ended.push(Ended { user: user.clone(), arn: execution.arn, started_ms: execution.started_ms });
    }

    /// The outcome's name. Only an output that is needed and was not listed costs a DescribeExecution.
    async fn outcome(&self, execution: &Execution) -> Result<String, CloudError> {
        let status = || word(execution.status).to_owned();
        let Some(pointer) = self.run.outcome.as_deref().filter(|_| execution.status == ExecutionStatus::Succeeded)
        else {
            return Ok(status());
        };
        let read;
        let output = if let Some(output) = &execution.output {
            Some(output)
        } else {
            read = self.participant.cloud.execution(&execution.arn).await?;
            read.output.as_ref()
        };
        Ok(match output.and_then(|output| output.pointer(pointer)) {
            Some(Value::String(outcome)) => outcome.clone(),
            Some(Value::Null) | None => status(),
            Some(other) => other.to_string(),
        })
    }

    fn tell_started(&self, arn: &str) {
        lock(self.tally).started += 1;
        self.run.journal.tell(Happened::ExecutionStarted {
            user: self.participant.user.to_string(),
            machine: self.machine.name.clone(),
            arn: arn.to_owned(),
        });
    }

    /// What could be read of these histories; what could not is left out, for they are a sample.
    pub(super) async fn histories(&self, ended: Vec<Ended>) -> Vec<Walk> {
        let Some(chart) = self.machine.chart() else { return Vec::new() };
        let cloud = self.participant.cloud.as_ref();
        let histories = match (self.machine.machine_type, &self.machine.log_group) {
            (MachineType::Standard, _) => {
                futures::stream::iter(ended)
                    .map(|ended| async move { cloud.history(&ended.arn).await.ok() })
                    .buffer_unordered(READ_AT_ONCE)
                    .filter_map(|history| async { history })
                    .collect()
                    .await
            }
            (MachineType::Express, None) => Vec::new(),
            (MachineType::Express, Some(group)) => {
                let since = ended.iter().map(|ended| ended.started_ms).min().unwrap_or(0).saturating_sub(60_000);
                let arns = ended.into_iter().map(|ended| ended.arn).collect();
                let mut cancel = self.run.cancel.clone();
                let read = await_histories(cloud, group, since, &arns, self.run.pace, &mut cancel).await;
                read.map(|histories| histories.into_values().collect()).unwrap_or_default()
            }
        };
        histories.iter().map(|history| walk(&chart, history)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_share_of_invalid_inputs_is_kept(count in 1_u64..500, percent in 0_u64..=100, seed: u64) {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let share = percent as f64 / 100.0;
            let invalid = (1..=count).filter(|index| is_invalid(*index, share, seed)).count() as u64;
            prop_assert!(invalid.abs_diff(count * percent / 100) <= 1, "{invalid} of {count} at {percent} %");
        }
    }
}
