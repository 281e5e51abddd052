//! What a bulk test is asked for.

use super::super::selection::Selection;
use crate::trial::Threshold;

/// How many executions, how, and what they are held against.
#[derive(Clone, Debug)]
pub(crate) struct BulkTestOptions {
    /// For whom.
    pub(crate) selection: Selection,
    /// Executions per user.
    pub(crate) count: u64,
    /// Starts a second, over all users; without it as fast as quotas allow.
    pub(crate) rate: Option<f64>,
    /// The share of inputs that are invalid on purpose, 0 to 1.
    pub(crate) invalid: f64,
    /// What has to hold.
    pub(crate) expect: Vec<Threshold>,
    /// Histories read for the latencies of states where no log group tells them, at most.
    pub(crate) histories: usize,
    /// Starts at once.
    pub(crate) concurrency: usize,
    /// Executions that run at once, at most.
    pub(crate) in_flight: Option<usize>,
    /// The earlier run that this one is shown beside: its id or the beginning of it, `last`, or the path of its file.
    pub(crate) compare: Option<String>,
}

impl BulkTestOptions {
    /// Executions per user where nothing else is said.
    pub(crate) const COUNT: u64 = 100;
    /// Histories read where nothing else is said.
    pub(crate) const HISTORIES: usize = 200;
    /// Starts at once where nothing else is said.
    pub(crate) const CONCURRENCY: usize = 32;
}

impl Default for BulkTestOptions {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            count: Self::COUNT,
            rate: None,
            invalid: 0.0,
            expect: Vec::new(),
            histories: Self::HISTORIES,
            concurrency: Self::CONCURRENCY,
            in_flight: None,
            compare: None,
        }
    }
}
