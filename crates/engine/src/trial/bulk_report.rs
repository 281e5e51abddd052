//! What a bulk run came to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::latency::{Bucket, Latency, StateLatency};
use super::source::Source;
use super::threshold::{Figures, Judged};
use crate::cause::CommonCause;

/// Trouble of a kind and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BulkFailure {
    /// Whose executions.
    pub user: String,
    /// What went wrong, in words.
    pub error: String,
    /// How many executions it concerns.
    pub count: u64,
}

/// What one user's executions came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BulkUser {
    /// Who.
    pub user: String,
    /// Executions started.
    pub started: u64,
    /// Executions over.
    pub finished: u64,
    /// Starts refused for good, and inputs that could not be made.
    pub failed_to_start: u64,
    /// How many of each outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// From start to stop by the service's clock; none when nothing finished.
    pub latency_ms: Option<Latency>,
}

/// What a bulk run came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BulkReport {
    /// Executions asked for.
    pub asked: u64,
    /// Executions started.
    pub started: u64,
    /// Executions over.
    pub finished: u64,
    /// Executions started whose end was not seen: the user interrupted, or patience ended.
    pub still_running: u64,
    /// Executions whose status is SUCCEEDED.
    pub succeeded: u64,
    /// Of them, those in whose output an outcome stands where one is looked for.
    pub named: u64,
    /// How many of each outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Executions that are over and did not do what they should, those that had to be stopped among them.
    pub failed: u64,
    /// Why, the most common cause first.
    pub causes: Vec<CommonCause>,
    /// Those of them that nobody looked into: they are counted with the cause of others that ended alike, or with what their ends reported.
    pub taken_alike: u64,
    /// Those that nobody looked into and that are in no cause.
    pub unexplained: u64,
    /// Starts refused for being too many; each was tried again.
    pub throttled: u64,
    /// Starts refused for good, and inputs that could not be made.
    pub failed_to_start: u64,
    /// From start to stop by the service's clock; none when nothing finished.
    pub latency_ms: Option<Latency>,
    /// The same as bars.
    pub histogram: Vec<Bucket>,
    /// In the order of the participants; those of whom nothing was tried are left out.
    pub users: Vec<BulkUser>,
    /// By state.
    pub states: BTreeMap<String, StateLatency>,
    /// Executions that `states` is from.
    pub states_of: u64,
    /// Where `states` is from.
    pub source: Option<Source>,
    /// Executions that a log group should have reported and did not in time, by user; they were read one by one.
    pub unlogged: BTreeMap<String, u64>,
    /// Each threshold and whether it held.
    pub thresholds: Vec<Judged>,
    /// What went wrong, grouped by user and cause.
    pub failures: Vec<BulkFailure>,
    /// Users whose machine is not there.
    pub not_deployed: BTreeSet<String>,
    /// Whether the user interrupted.
    pub interrupted: bool,
    /// Real time from the first start to the last end, milliseconds.
    pub elapsed_ms: u64,
}

impl BulkReport {
    /// Whether that machines are not there is all that went wrong.
    pub fn is_not_deployed(&self) -> bool {
        !self.failures.is_empty() && self.failures.iter().all(|failure| self.not_deployed.contains(&failure.user))
    }

    /// What thresholds are judged by.
    pub(super) fn figures(&self) -> Figures {
        Figures {
            asked: self.asked,
            started: self.started,
            finished: self.finished,
            failed_to_start: self.failed_to_start,
            throttled: self.throttled,
            outcomes: self.outcomes.clone(),
            latency_ms: self.latency_ms.map(|Latency { p50, p90, p95, p99, max }| {
                BTreeMap::from([("p50", p50), ("p90", p90), ("p95", p95), ("p99", p99), ("max", max)])
            }),
        }
    }
}
