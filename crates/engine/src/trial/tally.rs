//! What a bulk run has come to so far. Durations are kept as histograms, so that a long run needs no more memory than a short one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::bulk_report::{BulkFailure, BulkReport, BulkUser};
use super::failures::{FailureCauses, Reported};
use super::latency::Durations;
use crate::model::UserName;

/// Bars of the histogram at most.
const BARS: u64 = 16;

/// Everything counted while it runs.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) throttled: u64,
    succeeded: u64,
    named: u64,
    users: BTreeMap<String, UserTally>,
    durations: Durations,
    states: BTreeMap<String, Durations>,
    /// Executions whose states are known.
    walked: u64,
    failures: BTreeMap<(String, String), u64>,
    /// Users whose machine is not there.
    pub(super) not_deployed: BTreeSet<String>,
    /// Executions that a log group did not tell of in time, by user.
    unlogged: BTreeMap<String, u64>,
    /// Why executions failed.
    pub(super) causes: FailureCauses,
    /// Users for whom every further start would fail the same way.
    pub(super) hopeless: BTreeMap<String, String>,
}

#[derive(Default)]
struct UserTally {
    started: u64,
    finished: u64,
    still_running: u64,
    failed_to_start: u64,
    outcomes: BTreeMap<String, u64>,
    durations: Durations,
}

impl Tally {
    fn of(&mut self, user: &UserName) -> &mut UserTally {
        self.users.entry(user.to_string()).or_default()
    }

    /// Counts a start.
    pub(super) fn started(&mut self, user: &UserName) {
        self.of(user).started += 1;
    }

    /// Counts an end that was no failure, and whether its output has an outcome where one is looked for.
    pub(super) fn succeeded(&mut self, is_named: bool) {
        self.succeeded += 1;
        self.named += u64::from(is_named);
    }

    /// Counts an end.
    pub(super) fn finished(&mut self, user: &UserName, outcome: &str, ms: u64) {
        self.durations.record(ms);
        let user = self.of(user);
        user.finished += 1;
        *user.outcomes.entry(outcome.to_owned()).or_default() += 1;
        user.durations.record(ms);
    }

    /// Counts an execution whose end was not seen.
    pub(super) fn still_running(&mut self, user: &UserName) {
        self.of(user).still_running += 1;
    }

    /// Counts the stays of one execution.
    pub(super) fn states(&mut self, states_ms: &BTreeMap<String, Vec<u64>>) {
        self.walked += 1;
        for (state, stays) in states_ms {
            let durations = self.states.entry(state.clone()).or_default();
            for ms in stays {
                durations.record(*ms);
            }
        }
    }

    /// Counts executions that the log group did not tell of in time.
    pub(super) fn unlogged(&mut self, user: &UserName, count: u64) {
        if count > 0 {
            *self.unlogged.entry(user.to_string()).or_default() += count;
        }
    }

    /// Counts executions that could not be started.
    pub(super) fn not_started(&mut self, user: &UserName, why: String, count: u64) {
        self.of(user).failed_to_start += count;
        self.failed(user, why, count);
    }

    /// Notes trouble with executions.
    pub(super) fn failed(&mut self, user: &UserName, why: String, count: u64) {
        *self.failures.entry((user.to_string(), why)).or_default() += count;
    }

    /// The figures, but for what needs the run.
    pub(super) fn report(self) -> BulkReport {
        let Reported { causes, failed, taken_alike, unexplained } = self.causes.reported();
        let mut report = BulkReport {
            throttled: self.throttled,
            causes,
            failed,
            taken_alike,
            unexplained,
            succeeded: self.succeeded,
            named: self.named,
            latency_ms: self.durations.latency(),
            histogram: self.durations.buckets(BARS),
            states: self.states.into_iter().map(|(state, durations)| (state, durations.state())).collect(),
            states_of: self.walked,
            unlogged: self.unlogged,
            not_deployed: self.not_deployed,
            ..BulkReport::default()
        };
        for (user, tally) in self.users {
            report.started += tally.started;
            report.finished += tally.finished;
            report.still_running += tally.still_running;
            report.failed_to_start += tally.failed_to_start;
            for (outcome, count) in &tally.outcomes {
                *report.outcomes.entry(outcome.clone()).or_default() += count;
            }
            report.users.push(BulkUser {
                user,
                started: tally.started,
                finished: tally.finished,
                failed_to_start: tally.failed_to_start,
                latency_ms: tally.durations.latency(),
                outcomes: tally.outcomes,
            });
        }
        let failure = |((user, error), count)| BulkFailure { user, error, count };
        report.failures = self.failures.into_iter().map(failure).collect();
        report
    }
}

/// The tally, also after a panic elsewhere: counting is never half done.
pub(super) fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}
