//! What commands show, as data: `--json` prints it as it is, the text views draw it. Field names are the contract of the
//! user's guide.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

pub use super::head::{Document, Head, TargetView};
use crate::model::{Diagnostic, Diagnostics, Kind, Severity};
use crate::plan::{FieldChange, Load, Need, StateChanges, Summary, UserPlan};

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

/// Counts of a lint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LintSummary {
    /// Definitions looked at.
    pub files: usize,
    /// What AWS refuses.
    pub errors: usize,
    /// What AWS accepts and what will go wrong.
    pub warnings: usize,
    /// What could be better; counted only when asked for.
    pub notes: usize,
    /// Findings beyond those that are listed.
    pub unlisted: usize,
}

/// One finding with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingView {
    /// `error`, `warning` or `note`.
    pub severity: Severity,
    /// Stable, for scripts and for `labctl explain`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The file it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// From 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl From<&Diagnostic> for FindingView {
    fn from(diagnostic: &Diagnostic) -> Self {
        let place = diagnostic.place.as_ref().map(|(source, span)| (source, source.line_column(span.offset)));
        Self {
            severity: diagnostic.severity,
            code: diagnostic.code,
            message: diagnostic.message.clone(),
            file: place.map(|(source, _)| source.path.display().to_string()),
            line: place.map(|(_, (line, _))| line),
            column: place.map(|(_, (_, column))| column),
            help: diagnostic.help.clone(),
        }
    }
}

/// `lint`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LintView {
    /// Counts.
    pub summary: LintSummary,
    /// In the order of the files and of their text.
    pub findings: Vec<FindingView>,
    /// The same, with the texts they point into.
    #[serde(skip)]
    pub shown: Diagnostics,
}

/// A rule, explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleView {
    /// `asl::missing-next`
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// AWS's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_code: Option<&'static str>,
    /// The mistake.
    pub title: &'static str,
    /// What AWS does, and what to do instead.
    pub text: &'static str,
    /// The file that the examples are parts of; absent for the language's own, which are parts of a definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'static str>,
    /// An example of it; empty where none can be shown.
    pub wrong: String,
    /// The example, put right.
    pub right: String,
    /// The documentation.
    pub page: &'static str,
}

/// `explain`: one rule in full, or all of them in a line each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExplainView {
    /// The rules.
    pub rules: Vec<RuleView>,
    /// Whether the list is shown.
    #[serde(skip)]
    pub listed: bool,
}

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
    /// Of users who were not begun, others having failed.
    #[serde(skip_serializing_if = "is_none_left")]
    pub not_begun: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_none_left(count: &usize) -> bool {
    *count == 0
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
    /// `created`, `updated`, `deleted`, `unchanged`, `edited`, `foreign`, `failed`, `skipped`, `not-begun`.
    pub action: String,
    /// How long it took.
    pub ms: u64,
}

/// One user of a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeployedUser {
    /// Who.
    pub user: String,
    /// `ok`, `unchanged`, `failed`, `interrupted` or `not-begun`.
    pub status: String,
    /// What.
    pub resources: Vec<DeployedResource>,
    /// The first error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A deployment that was stopped because users failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoppedView {
    /// `canary` or `max-failures`.
    pub by: String,
    /// How many users went first, or how many may fail.
    pub limit: usize,
    /// Users who failed.
    pub failed: usize,
    /// Users who were not begun.
    pub not_begun: usize,
}

/// `deploy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeployView {
    /// Counts.
    pub summary: DeploySummary,
    /// Per user.
    pub users: Vec<DeployedUser>,
    /// Why some users were not begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StoppedView>,
    /// What users had edited or made, and where it was saved before it was replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<PulledUser>,
    /// All failures.
    #[serde(skip)]
    pub troubles: Vec<Trouble>,
}

/// A file of a function's package that is not as the manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeView {
    /// Its path in the package.
    pub file: String,
    /// The lines that differ, as `diff -u` prints them.
    pub diff: String,
}

/// How many resources are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StatusSummary {
    /// As the manifest says.
    pub present: usize,
    /// Not there.
    pub absent: usize,
    /// Not as the manifest says.
    pub drifted: usize,
    /// Edited by the user.
    pub edited: usize,
    /// Not labctl's.
    pub foreign: usize,
}

impl StatusSummary {
    /// Counts one resource by its state's word.
    pub fn count(&mut self, state: &str) {
        match state {
            "present" => self.present += 1,
            "absent" => self.absent += 1,
            "edited" => self.edited += 1,
            "foreign" => self.foreign += 1,
            _ => self.drifted += 1,
        }
    }
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
    /// With `--diff`: the files of a function's package that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub code: Vec<CodeView>,
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
    /// Counts over all users.
    pub summary: StatusSummary,
    /// Per user.
    pub users: Vec<StatusUser>,
    /// What begins as the users' names do and is not labctl's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<ByHandView>,
    /// What is worth knowing beside, as the text says it on stderr.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
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
    /// Whether no execution could be started; why is told with the troubles.
    #[serde(skip)]
    pub refused: bool,
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
    /// Whether only some of the pack's scenarios were chosen, and the rest of the machines was not to be reached.
    #[serde(skip)]
    pub only_some: bool,
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
    /// Executions that could not be started.
    #[serde(skip)]
    pub troubles: Vec<Trouble>,
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
    /// `log-group` or `history`.
    pub source: String,
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
    /// `same`, `slower`, `faster`, `too-few`.
    pub verdict: String,
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
    /// `same`, `more`, `fewer`, `too-few`.
    pub verdict: String,
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

/// `bulk-test --runs`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunsView {
    /// Newest first.
    pub runs: Vec<RunView>,
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
}

/// A user of a lab's name whom this manifest did not put there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApartView {
    /// Who.
    pub user: String,
    /// The lab.
    pub lab: String,
    /// Where something of the user's is.
    pub region: String,
    /// When the lab was last put there or, when never, elsewhere in the account; `null` where that is not known here.
    pub deployed_at: Option<String>,
    /// The region that it was put into then.
    pub deployed_in: Option<String>,
    /// The manifest that it was put there from; `null` where that is not known here.
    pub manifest: Option<String>,
}

/// One thing that is not labctl's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ByHandResource {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

/// What begins as a user's names do and is not labctl's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ByHandView {
    /// Whose prefix it carries.
    pub user: String,
    /// How many things.
    pub count: usize,
    /// Which.
    pub resources: Vec<ByHandResource>,
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
    /// Whether it had the user's own work in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
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
    /// What users had edited, and where it was saved before it went.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<PulledUser>,
    /// Users of the lab's name who were not put there from this manifest, and stay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<ApartView>,
    /// What begins as the users' names do and is not labctl's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<ByHandView>,
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
