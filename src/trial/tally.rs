//! What a bulk run has come to so far.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::bulk::{BulkFailure, BulkReport};
use super::latency::Durations;
use crate::model::UserName;

/// Bars of the histogram at most.
const BARS: u64 = 16;

/// Everything counted while it runs.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) started: u64,
    pub(super) finished: u64,
    pub(super) still_running: u64,
    pub(super) throttled: u64,
    pub(super) failed_to_start: u64,
    pub(super) outcomes: BTreeMap<String, u64>,
    pub(super) durations: Durations,
    pub(super) failures: BTreeMap<(String, String), u64>,
    pub(super) ended: Vec<Ended>,
    /// Users for whom every further start would fail the same way.
    pub(super) hopeless: BTreeMap<String, String>,
}

/// An execution that is over, for its history.
pub(super) struct Ended {
    pub(super) user: UserName,
    pub(super) arn: String,
    pub(super) started_ms: i64,
}

impl Tally {
    /// Counts executions that could not be started.
    pub(super) fn not_started(&mut self, user: &UserName, why: String, count: u64) {
        self.failed_to_start += count;
        self.failed(user, why, count);
    }

    /// Notes trouble with executions.
    pub(super) fn failed(&mut self, user: &UserName, why: String, count: u64) {
        *self.failures.entry((user.to_string(), why)).or_default() += count;
    }

    /// The figures, but for what needs the run.
    pub(super) fn report(self) -> BulkReport {
        BulkReport {
            started: self.started,
            finished: self.finished,
            still_running: self.still_running,
            outcomes: self.outcomes,
            throttled: self.throttled,
            failed_to_start: self.failed_to_start,
            latency_ms: self.durations.latency(),
            histogram: self.durations.buckets(BARS),
            failures: self
                .failures
                .into_iter()
                .map(|((user, error), count)| BulkFailure { user, error, count })
                .collect(),
            ..BulkReport::default()
        }
    }
}

/// The tally, also after a panic elsewhere: counting is never half done.
pub(super) fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}
