//! `bulk-test`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::comparison::ComparisonView;
use super::latency::{LatencyView, StateLatencyView};
use super::trouble::Trouble;
use super::words::StatesSource;
use crate::cause::CommonCause;

/// Counts of a bulk test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BulkSummary {
    /// Started.
    pub started: u64,
    /// Ended.
    pub finished: u64,
    /// How many of each outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Starts refused for being too many, tried again.
    pub throttled: u64,
    /// Starts refused for good.
    pub failed_to_start: u64,
    /// Those that did not do what they should, or had to be stopped.
    pub failed: u64,
    /// Of those that failed, the ones whose cause was taken from others or is in no cause.
    pub not_looked_into: u64,
    /// Why they failed, the most common cause first.
    pub causes: Vec<CommonCause>,
}

/// One bar of the histogram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BarView {
    /// Its upper edge in milliseconds.
    pub up_to_ms: u64,
    /// How many.
    pub count: u64,
}

/// One threshold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ThresholdView {
    /// As the user wrote it.
    pub expr: String,
    /// Whether it held.
    pub passed: bool,
    /// The figure.
    pub actual: String,
}

/// One user of a bulk test.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BulkUserView {
    /// Who.
    pub user: String,
    /// Started.
    pub started: u64,
    /// Ended.
    pub finished: u64,
    /// Starts refused for good.
    pub failed_to_start: u64,
    /// How many of each outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Percentiles of whole executions; `null` when none ended.
    pub latency_ms: Option<LatencyView>,
}

/// What the states' percentiles are from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StatesFromView {
    /// Of what.
    pub source: StatesSource,
    /// Executions read.
    pub executions: u64,
    /// Executions that ended.
    pub of: u64,
}

/// Where a run is saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SavedRunView {
    /// What `--compare` takes.
    pub id: String,
    /// The file with one line per execution.
    pub records: PathBuf,
}

/// `bulk-test`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BulkView {
    /// Where it is saved.
    pub run: SavedRunView,
    /// Counts.
    pub summary: BulkSummary,
    /// Percentiles of whole executions.
    pub latency_ms: LatencyView,
    /// Per user.
    pub users: Vec<BulkUserView>,
    /// Percentiles by state.
    pub states: BTreeMap<String, StateLatencyView>,
    /// Which executions the states' percentiles are from.
    pub states_from: StatesFromView,
    /// Thresholds.
    pub thresholds: Vec<ThresholdView>,
    /// Beside an earlier run; only with `--compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparisonView>,
    /// Bars, for the text.
    #[serde(skip)]
    pub histogram: Vec<BarView>,
    /// What went wrong, grouped.
    #[serde(skip)]
    pub troubles: Vec<Trouble>,
    /// What is worth knowing beside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Executions that were started and not seen to end (the user interrupted).
    #[serde(skip)]
    pub still_running: u64,
    /// Whether the user interrupted, so that not all were tried.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
}
