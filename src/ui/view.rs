//! What commands show, as data: `--json` prints it as it is, the text views draw it. Field names are the contract of the
//! user's guide.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use crate::model::Kind;
use crate::plan::{FieldChange, StateChanges, Summary, UserPlan};

/// Where a command worked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TargetView {
    /// `local` or `aws`.
    pub kind: String,
    /// The endpoint's URL.
    pub endpoint: String,
    /// Twelve digits.
    pub account: String,
    /// The region.
    pub region: String,
}

/// What every document starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// `labctl/<command>/1`.
    pub schema: String,
    /// Whether the command did what was asked.
    pub ok: bool,
    /// Real time.
    pub elapsed_ms: u64,
    /// Where.
    pub target: TargetView,
    /// Calls by `service:Operation`.
    pub api_calls: BTreeMap<String, u64>,
}

/// A document: its head and the command's own keys, side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document<T> {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// The command's own keys.
    #[serde(flatten)]
    pub body: T,
}

/// A failure, for the end of the text and for JSON: equal causes are told once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Trouble {
    /// What failed (`create function user3-order-validator`).
    pub what: String,
    /// For whom.
    pub user: String,
    /// Why.
    pub cause: String,
    /// What to do next.
    pub help: Option<String>,
    /// Whether credentials or permissions are the cause.
    #[serde(skip)]
    pub is_credentials: bool,
}

/// `plan`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanView {
    /// Counts.
    pub summary: Summary,
    /// Per user, as planned.
    pub users: Vec<UserPlan>,
}

/// Counts of a deploy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeploySummary {
    /// Made.
    pub created: usize,
    /// Changed.
    pub updated: usize,
    /// As they should be.
    pub unchanged: usize,
    /// Removed, being no longer in the lab.
    pub deleted: usize,
    /// Edited by a user, kept.
    pub edited: usize,
    /// Not done.
    pub failed: usize,
}

/// One resource of a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeployedResource {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `created`, `updated`, `deleted`, `unchanged`, `edited`, `foreign`, `failed`, `skipped`.
    pub action: String,
    /// How long it took.
    pub ms: u64,
}

/// One user of a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeployedUser {
    /// Who.
    pub user: String,
    /// `ok`, `unchanged`, `failed` or `interrupted`.
    pub status: String,
    /// What.
    pub resources: Vec<DeployedResource>,
    /// The first error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// `deploy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeployView {
    /// Counts.
    pub summary: DeploySummary,
    /// Per user.
    pub users: Vec<DeployedUser>,
    /// All failures.
    #[serde(skip)]
    pub troubles: Vec<Trouble>,
}

/// One resource of a status.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusResource {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// `present`, `absent`, `drifted`, `edited`, `foreign`.
    pub state: String,
    /// Why, for `drifted`, `edited`, `foreign`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// With `--diff`: the fields that differ, from what is there to what the manifest says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<FieldChange>,
    /// With `--diff`: the states of a definition that differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub states: Option<StateChanges>,
}

/// One user of a status.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusUser {
    /// Who.
    pub user: String,
    /// What.
    pub resources: Vec<StatusResource>,
}

/// `status`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StatusView {
    /// Per user.
    pub users: Vec<StatusUser>,
}

/// Counts of a pull.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PullSummary {
    /// Edited things that were saved.
    pub pulled: usize,
}

/// One edited thing that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PulledResource {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its files in the user's folder; the fields that differ are in `changes.json` for all of them.
    pub files: Vec<String>,
}

/// One user's saved edits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PulledUser {
    /// Who.
    pub user: String,
    /// Where.
    pub folder: PathBuf,
    /// What.
    pub resources: Vec<PulledResource>,
}

/// `pull`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PullView {
    /// Counts.
    pub summary: PullSummary,
    /// Users who edited something.
    pub users: Vec<PulledUser>,
}

/// Counts of a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TestSummary {
    /// As expected.
    pub passed: usize,
    /// Not as expected.
    pub failed: usize,
    /// Left out as slow.
    pub skipped: usize,
}

/// One scenario of one user.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TestScenario {
    /// Who.
    pub user: String,
    /// The scenario.
    pub name: String,
    /// Whether it was as expected.
    pub passed: bool,
    /// Whether it was left out.
    pub skipped: bool,
    /// What the pack says.
    pub expected: Value,
    /// What came out.
    pub actual: Value,
    /// The execution.
    pub execution_arn: Option<String>,
    /// States entered.
    pub path: Vec<String>,
    /// How long, by the service's clock.
    pub ms: u64,
    /// What was not as expected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// What is worth knowing beside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// How much of a kind of thing was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CoveredView {
    /// Reached.
    pub covered: usize,
    /// All there are.
    pub total: usize,
    /// Those not reached.
    pub missing: Vec<String>,
}

/// What the scenarios reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CoverageView {
    /// States.
    pub states: CoveredView,
    /// Transitions.
    pub transitions: CoveredView,
}

/// `test`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TestView {
    /// Counts.
    pub summary: TestSummary,
    /// Per user and scenario.
    pub scenarios: Vec<TestScenario>,
    /// What was reached.
    pub coverage: CoverageView,
}

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
}

/// Percentiles in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LatencyView {
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
    /// Longest.
    pub max: u64,
}

/// One state's percentiles in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct StateLatencyView {
    /// How often it was seen.
    pub count: u64,
    /// Median.
    pub p50: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
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

/// `bulk-test`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BulkView {
    /// Counts.
    pub summary: BulkSummary,
    /// Percentiles of whole executions.
    pub latency_ms: LatencyView,
    /// Percentiles by state.
    pub states: BTreeMap<String, StateLatencyView>,
    /// Thresholds.
    pub thresholds: Vec<ThresholdView>,
    /// Bars, for the text.
    #[serde(skip)]
    pub histogram: Vec<BarView>,
    /// What went wrong, grouped.
    #[serde(skip)]
    pub troubles: Vec<Trouble>,
    /// Executions that were started and not seen to end (the user interrupted).
    #[serde(skip)]
    pub still_running: u64,
}

/// Counts of a cleanup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CleanupSummary {
    /// Removed.
    pub deleted: usize,
    /// Gone already.
    pub absent: usize,
    /// Not labctl's, untouched.
    pub foreign: usize,
    /// Left.
    pub residue: usize,
}

/// One resource of a cleanup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CleanedResource {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// `deleted`, `absent`, `foreign`, `kept`, `left`, `would delete`.
    pub result: String,
}

/// One user of a cleanup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CleanedUser {
    /// Who.
    pub user: String,
    /// What.
    pub resources: Vec<CleanedResource>,
}

/// `cleanup`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CleanupView {
    /// Counts.
    pub summary: CleanupSummary,
    /// Per user.
    pub users: Vec<CleanedUser>,
    /// Whether nothing was really done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// All failures.
    #[serde(skip)]
    pub troubles: Vec<Trouble>,
}

/// The steps of a rehearsal, each the document of its command; absent when it was not reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RehearseSteps {
    /// `deploy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deploy: Option<Document<DeployView>>,
    /// `test`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<Document<TestView>>,
    /// `bulk-test`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bulk_test: Option<Document<BulkView>>,
    /// `cleanup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleanup: Option<Document<CleanupView>>,
}

/// `rehearse`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RehearseView {
    /// Per step.
    pub steps: RehearseSteps,
}

/// One thing `doctor` looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoctorCheck {
    /// `manifest`, `python3`, `endpoint`, `credentials`, `account guard`, `runtimes`, …
    pub name: String,
    /// `ok`, `warning`, `failed`, `skipped`.
    pub state: String,
    /// What was found.
    pub detail: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// `doctor`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DoctorView {
    /// In order.
    pub checks: Vec<DoctorCheck>,
}
