//! What a cost is asked for.

use std::path::PathBuf;

use super::super::bulk_test::BulkTestOptions;
use super::super::selection::Selection;
use super::super::since::Since;

/// Hours of a week.
pub(super) const WEEK: u64 = 168;

/// What a cost is asked for.
#[derive(Clone, Debug)]
pub(crate) struct CostOptions {
    /// Of whom.
    pub(crate) selection: Selection,
    /// Whether only what is to be expected is asked for: no call is made.
    pub(crate) planned: bool,
    /// Executions per user that a bulk test is expected to start.
    pub(crate) count: u64,
    /// Hours that the lab is expected to stand.
    pub(crate) hours: u64,
    /// From when on what ran is counted; else from the first deployment that the journal knows.
    pub(crate) since: Option<Since>,
    /// Other prices than labctl's.
    pub(crate) prices: Option<PathBuf>,
}

impl CostOptions {
    /// Hours that a lab stands where nothing else is said: a day.
    pub(crate) const HOURS: u64 = 24;
}

impl Default for CostOptions {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            planned: false,
            count: BulkTestOptions::COUNT,
            hours: Self::HOURS,
            since: None,
            prices: None,
        }
    }
}
