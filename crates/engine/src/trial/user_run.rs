//! The bulk executions of one user: started, followed to their end, counted and written down.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;

use super::bulk_run::BulkRun;
use super::execution::{duration_ms, execution_name, stopped};
use super::participant::{Machine, Participant};
use super::read_budget::ReadBudgets;
use super::record::{Record, RecordedCause};
use super::run_clock::RunClock;
use super::sample::{BULK, Sample};
use super::source::Source;
use super::tally::{Tally, lock};
use super::watch::{Begun, Watched};
use crate::asl::Outline;
use crate::asl::trace::Trace;
use crate::cloud::{CloudError, ErrorClass, Started};
use crate::event::Happened;
use crate::model::{Execution, ExecutionStatus, MachineType};

/// The machine of one user, and where its executions are counted.
pub(super) struct UserRun<'a> {
    pub(super) run: &'a BulkRun<'a>,
    pub(super) participant: &'a Participant,
    pub(super) machine: &'a Machine,
    /// The machine's shape, where its definition can be read.
    pub(super) outline: Option<Outline>,
    pub(super) tally: &'a Mutex<Tally>,
    /// Where outputs and times of states come from.
    pub(super) source: Source,
    /// Whose histories are read one by one, if any are.
    pub(super) sample: Option<Sample>,
    /// Calls for single executions at once, over the whole class.
    pub(super) reads: &'a Semaphore,
    /// Executions that may run at once, over the whole class.
    pub(super) flight: &'a Semaphore,
    pub(super) clock: &'a RunClock,
    /// How many failed executions may be asked about one by one.
    pub(super) budgets: &'a ReadBudgets,
}

/// The outcome of an execution whose output could not be read.
const UNKNOWN: &str = "(unknown)";

/// How long a start that is out when the user interrupts may take to be answered.
const ANSWERED: Duration = Duration::from_secs(2);

/// An execution that is over, and its outcome if that is counted already.
pub(super) struct Over {
    pub(super) execution: Execution,
    pub(super) outcome: Option<String>,
    /// What it did, where its history was read already.
    pub(super) trace: Option<Trace>,
}

/// What was found out about an execution that did not do what it should.
#[derive(Default)]
pub(super) struct Found {
    pub(super) error: Option<String>,
    pub(super) cause: Option<RecordedCause>,
    /// What it did, where it was read for this.
    pub(super) trace: Option<Trace>,
}

/// How a start came out.
enum Attempt {
    Started(Started),
    Over(Execution),
    Silent(Duration),
}

/// Whether an index is one of the invalid ones: as even a spread as whole numbers allow, shifted by the seed.
fn is_invalid(index: u64, share: f64, seed: u64) -> bool {
    const SHIFTS: u64 = 1 << 16;
    let share = share.clamp(0.0, 1.0);
    #[expect(clippy::cast_precision_loss, reason = "indexes stay far below 2^52")]
    let up_to = |index: u64| (index as f64 * share + (seed % SHIFTS) as f64 / SHIFTS as f64).floor();
    up_to(index) > up_to(index.saturating_sub(1))
}

impl UserRun<'_> {
    /// Starts one; hands it on as started or, when it ran in the same call, as over. `false` when nothing was started.
    pub(super) async fn start(&self, index: u64, started: impl FnOnce(Begun), ended: impl FnOnce(Watched)) -> bool {
        let user = &self.participant.user;
        let hopeless = lock(self.tally).hopeless.get(user.as_str()).cloned();
        if let Some(why) = hopeless {
            lock(self.tally).not_started(user, why, 1);
            return false;
        }
        let invalid = is_invalid(index, self.run.invalid_share, self.run.seed);
        let input = match (self.run.make_input)(user, index, invalid) {
            Ok(input) => input,
            Err(why) => {
                lock(self.tally).not_started(user, format!("the input could not be made: {why}"), 1);
                return false;
            }
        };
        let name = execution_name(&format!("{BULK}{index}"), &self.run.run_id);
        let cancel = self.run.cancel.clone();
        let mut attempt = pin!(self.attempt(&name, &input));
        let result = tokio::select! {
            result = &mut attempt => result,
            // A request that is out may start an execution: its answer is waited for, and counts.
            () = cancel.wait() => match tokio::time::timeout(ANSWERED, attempt).await {
                Ok(result) if result.is_ok() => result,
                _ => return false,
            },
        };
        match result {
            Ok(Attempt::Started(execution)) => {
                self.tell_started(&execution.arn);
                started(Begun { started: execution, limit: self.run.pace.patience });
                true
            }
            Ok(Attempt::Silent(limit)) => {
                let why =
                    format!("was not over after {} s, and an EXPRESS execution cannot be stopped", limit.as_secs());
                lock(self.tally).not_started(user, why, 1);
                false
            }
            Ok(Attempt::Over(execution)) => {
                self.clock.saw_an_end();
                self.tell_started(&execution.arn);
                ended(Watched::Ended(execution));
                true
            }
            Err(error) => {
                self.refused(&error);
                false
            }
        }
    }

    /// One start.
    async fn attempt(&self, name: &str, input: &Value) -> Result<Attempt, CloudError> {
        let (cloud, arn) = (&self.participant.cloud, &self.machine.arn);
        match self.machine.machine_type {
            MachineType::Standard => cloud.start(arn, name, input).await.map(Attempt::Started),
            MachineType::Express => {
                let limit = self.clock.of_a_call(self.run.pace.patience);
                let over = self.clock.within(limit, cloud.start_sync(arn, name, input)).await;
                over.map_or(Ok(Attempt::Silent(limit)), |over| over.map(Attempt::Over))
            }
        }
    }

    fn refused(&self, error: &CloudError) {
        let text = format!("could not be started: {error}");
        let mut tally = lock(self.tally);
        if error.class == ErrorClass::NotFound {
            tally.not_deployed.insert(self.participant.user.to_string());
        }
        if matches!(
            error.class,
            ErrorClass::NotFound
                | ErrorClass::Denied
                | ErrorClass::Credentials
                | ErrorClass::Unreachable
                | ErrorClass::NoAnswer
                | ErrorClass::NotImplemented
        ) {
            tally.hopeless.insert(self.participant.user.to_string(), text.clone());
        }
        tally.not_started(&self.participant.user, text, 1);
    }

    /// Stops what had its time, and says so; gives that as its cause.
    pub(super) async fn stop(&self, arn: &str, limit: Duration) -> Option<RecordedCause> {
        let permit = self.reads.acquire().await;
        let after = format!("was still running after {} s in which nothing ended", limit.as_secs());
        let refused = self.participant.cloud.stop(arn, &after).await.err();
        drop(permit);
        let why = match &refused {
            None => format!("{after}, and was stopped"),
            Some(error) => format!("{after}, and could not be stopped: {error}"),
        };
        lock(self.tally).failed(&self.participant.user, why, 1);
        let mut execution = stopped(arn, after);
        let outcome = execution.status.word();
        self.look_into(&mut execution, outcome, None).await.cause
    }

    /// Settles an execution of which no log tells more: its output and, when it is in the sample, its history cost a call each.
    pub(super) async fn settle(&self, mut over: Over) {
        if over.trace.is_none() {
            over.trace = self.sampled(&over.execution).await;
        }
        self.settle_with(over).await;
    }

    /// What an execution of the sample did, by its history.
    pub(super) async fn sampled(&self, execution: &Execution) -> Option<Trace> {
        let is_sampled = self.sample.is_some_and(|sample| sample.has(&execution.name));
        if !is_sampled || self.machine.machine_type != MachineType::Standard || self.is_cancelled() {
            return None;
        }
        let _permit = self.reads.acquire().await;
        let history = self.participant.cloud.history(&execution.arn, false).await.ok();
        self.outline.as_ref().zip(history).map(|(outline, history)| Trace::of(outline, &history))
    }

    /// Counts what is not counted yet and writes the execution down.
    pub(super) async fn settle_with(&self, over: Over) {
        let Over { mut execution, mut outcome, trace } = over;
        if outcome.is_none() {
            outcome = execution.outcome(self.run.outcome.as_deref());
            if outcome.is_none() && !self.is_cancelled() {
                let _permit = self.reads.acquire().await;
                match self.participant.cloud.execution(&execution.arn).await {
                    Ok(read) => execution.output = Some(read.output.unwrap_or_default()),
                    Err(error) => {
                        let why = format!("the output could not be read: {error}");
                        lock(self.tally).failed(&self.participant.user, why, 1);
                    }
                }
                outcome = execution.outcome(self.run.outcome.as_deref());
            }
            let known = outcome.get_or_insert_with(|| UNKNOWN.to_owned());
            self.count(&execution, known);
        }
        let named = outcome.as_deref().filter(|outcome| *outcome != UNKNOWN);
        let found = match named {
            Some(outcome) => self.look_into(&mut execution, outcome, trace.as_ref().zip(self.outline.as_ref())).await,
            None => Found::default(),
        };
        let states_ms = trace.as_ref().or(found.trace.as_ref()).map(stays).unwrap_or_default();
        if trace.is_some() {
            lock(self.tally).states(&states_ms);
        }
        let ms = execution.stopped_ms.map(|_| duration_ms(&execution));
        self.run.records.add(&Record {
            arn: execution.arn,
            error: found.error,
            cause: found.cause,
            ms,
            read_for_cause: trace.is_none() && found.trace.is_some(),
            user: self.participant.user.to_string(),
            machine: self.machine.name.clone(),
            name: execution.name,
            status: execution.status.word().to_owned(),
            outcome: outcome.unwrap_or_default(),
            started_ms: execution.started_ms,
            stopped_ms: execution.stopped_ms,
            states_ms,
        });
    }

    pub(super) fn count(&self, execution: &Execution, outcome: &str) {
        let user = &self.participant.user;
        let ms = duration_ms(execution);
        self.run.journal.tell(Happened::ExecutionFinished {
            user: user.to_string(),
            arn: execution.arn.clone(),
            status: execution.status.word().to_owned(),
            outcome: outcome.to_owned(),
            ms,
        });
        let mut tally = lock(self.tally);
        if execution.status == ExecutionStatus::Succeeded {
            let pointer = self.run.outcome.as_deref();
            let found = pointer.and_then(|pointer| execution.output.as_ref()?.pointer(pointer));
            // What could not be read says nothing.
            tally.succeeded(execution.output.is_none() || found.is_some_and(|outcome| !outcome.is_null()));
        }
        tally.finished(user, outcome, ms);
    }

    pub(super) fn unfinished(&self, arn: &str, started_ms: i64) -> Record {
        Record {
            arn: arn.to_owned(),
            user: self.participant.user.to_string(),
            machine: self.machine.name.clone(),
            name: arn.rsplit(':').next().unwrap_or_default().to_owned(),
            status: ExecutionStatus::Running.word().to_owned(),
            started_ms,
            ..Record::default()
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.run.cancel.is_set()
    }

    fn tell_started(&self, arn: &str) {
        lock(self.tally).started(&self.participant.user);
        self.run.journal.tell(Happened::ExecutionStarted {
            user: self.participant.user.to_string(),
            machine: self.machine.name.clone(),
            arn: arn.to_owned(),
        });
    }
}

/// Every stay in each state that did what it does, well or not.
fn stays(trace: &Trace) -> BTreeMap<String, Vec<u64>> {
    let mut states_ms: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for visit in trace.visits.iter().filter(|visit| visit.is_over()) {
        if let Some(ms) = visit.duration_ms() {
            states_ms.entry(visit.state.clone()).or_default().push(ms);
        }
    }
    states_ms
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
