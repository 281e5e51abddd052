//! What a bulk test is to run.

use serde_json::Value;

use super::pace::{Cancel, Pace};
use super::participant::Participant;
use super::record::RecordFile;
use super::threshold::Threshold;
use crate::event::Journal;
use crate::host::Time;
use crate::model::UserName;

/// Makes the input of one execution: user, index counted from 1, whether it shall be invalid.
pub type MakeInput<'a> = &'a (dyn Fn(&UserName, u64, bool) -> Result<Value, String> + Sync);

/// Outputs and histories read at once, over all users.
pub(super) const READ_AT_ONCE: usize = 16;

/// What to run.
pub struct BulkRun<'a> {
    /// For whom.
    pub participants: Vec<Participant>,
    /// The machine, by its name in the pack.
    pub machine: String,
    /// Executions per user.
    pub count: u64,
    /// Starts a second over all users; none is as fast as `concurrency` and the quotas allow.
    pub per_second: Option<f64>,
    /// The share of executions with an input that is invalid on purpose, 0 to 1; spread evenly.
    pub invalid_share: f64,
    /// Shifts which of the executions are the invalid ones.
    pub seed: u64,
    /// Makes inputs.
    pub make_input: MakeInput<'a>,
    /// Where in the output the outcome's name stands (a JSON pointer); without it the status is the outcome.
    pub outcome: Option<String>,
    /// What must be reached.
    pub thresholds: Vec<Threshold>,
    /// Histories read for the latencies of states where no log group tells them, at most; spread evenly over the executions.
    pub histories: usize,
    /// Where each execution is written down.
    pub records: &'a RecordFile,
    /// Whether the endpoint's clock is as fast as this machine's.
    pub keeps_time: bool,
    /// Starts (and sync executions) at once.
    pub concurrency: usize,
    /// Executions that run at once, at most; none is without limit.
    pub in_flight: Option<usize>,
    /// Makes names of executions unique; `A-Z a-z 0-9 - _`.
    pub run_id: String,
    /// How to wait.
    pub pace: Pace,
    /// Whose time is waited in.
    pub time: Time,
    /// Who hears of it.
    pub journal: &'a Journal,
    /// The user's interruption.
    pub cancel: Cancel,
}

pub(super) fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
