//! `plan`: what would be done, what that needs, how it went in a simulation.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cleanup::ApartView;
use crate::plan::{Load, Need, Summary, UserPlan};

/// `plan`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanView {
    /// Counts.
    pub summary: Summary,
    /// Per user, as planned.
    pub users: Vec<UserPlan>,
    /// What users have whom the manifest names no more, to be deleted by `cleanup --departed`; only with `--prune`. Not in the counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departed: Option<Vec<UserPlan>>,
    /// Users of the lab's name who were not put there from this manifest; only with `--prune`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<ApartView>,
    /// What it needs and how long it takes; absent when there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preflight: Option<PreflightView>,
    /// How it went where it was tried; only with `--simulate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulation: Option<SimulationView>,
}

/// What a plan needs and how long it takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PreflightView {
    /// How long it takes, about.
    pub expected_seconds: f64,
    /// How long it takes at least, whoever does it.
    pub bound_seconds: f64,
    /// The bucket that sets this (`states:CreateStateMachine`, `lambda:*`); `null` when every call fits into what buckets hold.
    pub bound_by: Option<String>,
    /// Calls by `service:Operation`.
    pub calls: BTreeMap<String, u64>,
    /// Every bucket drawn from, the slowest first.
    pub loads: Vec<Load>,
    /// What is needed, against what is used and what there is.
    pub needs: Vec<Need>,
    /// What the new dashboards cost while they stand.
    pub dashboards_usd_per_month: u64,
    /// Quotas that could not be read, and why.
    pub unreadable: Vec<String>,
    /// Whether everything stays on this machine, so that this tells what AWS would be like.
    #[serde(skip)]
    pub is_local: bool,
}

/// How a plan went on an endpoint in memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SimulationView {
    /// How long it took there.
    pub seconds: f64,
    /// No deployer is faster.
    pub bound_seconds: f64,
    /// The bucket that sets this.
    pub bound_by: Option<String>,
    /// `seconds` over `bound_seconds`; `null` when nothing bounds it.
    pub ratio: Option<f64>,
    /// Calls, those of looking included.
    pub calls: u64,
    /// Calls by `service:Operation`.
    pub api_calls: BTreeMap<String, u64>,
    /// Throttled answers.
    pub throttled: u64,
    /// Throttled answers by `service:Operation`.
    pub throttles: BTreeMap<String, u64>,
    /// Changes tried.
    pub changes: usize,
    /// Changes that did not come true.
    pub failed: usize,
    /// The first failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl SimulationView {
    /// Adds up.
    pub fn finish(&mut self) {
        self.calls = self.api_calls.values().sum();
        self.throttled = self.throttles.values().sum();
        let ratio = self.seconds / self.bound_seconds;
        self.ratio = (self.bound_seconds > 0.0).then_some((ratio * 1000.0).round() / 1000.0);
    }
}
