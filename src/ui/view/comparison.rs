//! `bulk-test --compare` and `--runs`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::latency::{LatencyView, StateLatencyView};
use crate::trial::Verdict;

/// A run as a comparison or a list shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunView {
    /// What `--compare` takes.
    pub id: String,
    /// The file with one line per execution.
    pub records: PathBuf,
    /// When its last line was written, `YYYY-MM-DD HH:MM` UTC.
    pub written: String,
    /// Whether it went to its end, so that its document lies beside it.
    pub complete: bool,
    /// Users in it.
    pub users: usize,
    /// Executions in it.
    pub started: u64,
    /// Those that ended.
    pub finished: u64,
    /// Percentiles of whole executions; `null` when none ended.
    pub latency_ms: Option<LatencyView>,
    /// How it was made; `null` for a run of a labctl that did not write it down.
    pub settings: Option<Value>,
    /// Executions per user, for the text.
    #[serde(skip)]
    pub count: Option<u64>,
    /// Where it went, for the text.
    #[serde(skip)]
    pub place: Option<String>,
}

/// A setting that differs between two runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SettingChangeView {
    /// As the user gives it (`-n`, `settings.memory_mib`).
    pub name: String,
    /// In the earlier run; `null` where it was not given.
    pub before: Value,
    /// In the later run.
    pub after: Value,
}

/// The same thing's durations in two runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DurationChangeView {
    /// In the earlier run.
    pub before: StateLatencyView,
    /// In the later run.
    pub after: StateLatencyView,
    /// The later median over the earlier one.
    pub p50_ratio: Option<f64>,
    /// The share of pairs in which the later run took longer.
    pub slower_share: f64,
    /// The rank test's standard score.
    pub z: f64,
    /// What that comes to.
    pub verdict: Verdict,
}

/// An outcome's executions in two runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutcomeChangeView {
    /// In the earlier run.
    pub before: u64,
    /// In the later run.
    pub after: u64,
    /// The standard score of the shares' difference.
    pub z: f64,
    /// What that comes to.
    pub verdict: Verdict,
}

/// Two runs beside each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ComparisonView {
    /// The earlier run.
    pub before: RunView,
    /// The later run.
    pub after: RunView,
    /// What was set differently; `null` where a run's settings are not known.
    pub settings: Option<Vec<SettingChangeView>>,
    /// Whole executions.
    pub executions: DurationChangeView,
    /// By state.
    pub states: BTreeMap<String, DurationChangeView>,
    /// By outcome.
    pub outcomes: BTreeMap<String, OutcomeChangeView>,
    /// How a verdict was come to.
    pub rule: String,
}

/// `bulk-test --compare A --with B`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ComparedView {
    /// The two runs.
    pub comparison: ComparisonView,
}

/// `bulk-test --merge`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MergedView {
    /// The runs that were merged.
    pub merged: Vec<String>,
    /// Executions that stood in more than one of them.
    pub twice: u64,
    /// The run they became, alone.
    pub runs: Vec<RunView>,
}

/// `bulk-test --runs`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunsView {
    /// Newest first.
    pub runs: Vec<RunView>,
}
