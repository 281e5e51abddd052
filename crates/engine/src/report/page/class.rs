//! What is known of a class.

use std::collections::{BTreeMap, BTreeSet};

use crate::asl::Outline;
use crate::verify::CheckVerdict;

/// A class, or one student of it, as a run of verify found it.
#[derive(Clone, Debug, Default)]
pub struct ClassReport {
    /// The lab's name.
    pub lab: String,
    /// What the pack calls the lab.
    pub title: String,
    /// The run's id.
    pub run: String,
    /// When its evidence was collected, RFC 3339.
    pub at: String,
    /// labctl's version.
    pub version: String,
    /// Whether it is for one student: then nothing of others is in it.
    pub is_student: bool,
    /// The checks, in the pack's order.
    pub checks: Vec<CheckColumn>,
    /// Students, in the run's order.
    pub users: Vec<ReportUser>,
    /// Why checks failed, the most common first.
    pub causes: Vec<ReportCause>,
    /// The workflows.
    pub machines: Vec<ReportMachine>,
    /// The last bulk test.
    pub bulk: Option<BulkRunFigures>,
    /// What the lab costs.
    pub cost: Option<ReportCost>,
    /// Labs that are in an account, by the journal.
    pub standing: Vec<StandingLab>,
}

/// One check.
#[derive(Clone, Debug, Default)]
pub struct CheckColumn {
    /// `<point>/<check>`.
    pub id: String,
    /// What is right when it passes.
    pub title: String,
    /// What it is worth.
    pub max_points: u32,
}

/// What one student's lab came to.
#[derive(Clone, Debug, Default)]
pub struct ReportUser {
    /// The user's name.
    pub name: String,
    /// How the roster calls the user.
    pub label: Option<String>,
    /// A group of the roster.
    pub group: Option<String>,
    /// Points earned.
    pub score: u32,
    /// Points that could be earned.
    pub max_score: u32,
    /// Points of checks that nobody can judge yet.
    pub unknown_points: u32,
    /// Points earned and to be earned in checks that are not shown.
    pub hidden: Option<(u32, u32)>,
    /// In the order of the checks.
    pub verdicts: Vec<ReportVerdict>,
    /// Verify's own executions.
    pub executions: Vec<ReportExecution>,
    /// States that none of them entered, by machine.
    pub untouched: BTreeMap<String, Vec<String>>,
}

/// What one check came to.
#[derive(Clone, Debug)]
pub struct ReportVerdict {
    /// Its place among the checks.
    pub check: usize,
    /// What it came to.
    pub verdict: CheckVerdict,
    /// What it earned.
    pub points: u32,
    /// Why it did not pass.
    pub cause: Option<ReportCause>,
    /// What the verdict rests on.
    pub evidence: Vec<ReportEvidence>,
}

/// Why something is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportCause {
    /// The same for everybody with this cause.
    pub key: String,
    /// In one line.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Who has it.
    pub users: BTreeSet<String>,
    /// How often it came, in executions; 0 where users are counted.
    pub count: u64,
}

/// One piece of evidence.
#[derive(Clone, Debug, Default)]
pub struct ReportEvidence {
    /// What was looked at, what it should be, what it is.
    pub text: String,
    /// The execution that shows it.
    pub execution_arn: Option<String>,
    /// The event in its history.
    pub event_id: Option<i64>,
    /// The state.
    pub state: Option<String>,
}

/// One execution of a student's machine.
#[derive(Clone, Debug, Default)]
pub struct ReportExecution {
    /// The scenario.
    pub scenario: String,
    /// The machine, by its name in the pack.
    pub machine: String,
    /// Its ARN.
    pub arn: String,
    /// How it ended.
    pub status: String,
    /// What it did, a line for each state and failed attempt.
    pub lines: Vec<ReportLine>,
}

/// One line of what an execution did.
#[derive(Clone, Debug, Default)]
pub struct ReportLine {
    /// The event that it is about.
    pub event_id: i64,
    /// The state.
    pub state: String,
    /// Whether it tells of a failed attempt: its error, and what the handler said.
    pub is_failure: bool,
    /// In words.
    pub text: String,
}

/// One workflow and where the class's executions went in it.
#[derive(Clone, Debug)]
pub struct ReportMachine {
    /// Its name in the pack.
    pub name: String,
    /// The pack's definition.
    pub outline: Outline,
    /// Executions that were seen.
    pub executions: u64,
    /// By the state's name.
    pub states: BTreeMap<String, StateFigures>,
    /// State left, state entered, and whether a catcher led there.
    pub taken: BTreeSet<(String, String, bool)>,
}

/// What a class's executions did in one state.
#[derive(Clone, Debug, Default)]
pub struct StateFigures {
    /// How often it was entered.
    pub entered: u64,
    /// How often it did not come to a good end.
    pub failed: u64,
    /// How often its work was tried again.
    pub retried: u64,
    /// Whose executions entered it.
    pub users: BTreeSet<String>,
}

/// Milliseconds in a state.
#[derive(Clone, Debug, Default)]
pub struct StateSeconds {
    /// The state.
    pub state: String,
    /// How often it was measured.
    pub count: u64,
    /// Percentiles.
    pub p50: u64,
    /// Percentiles.
    pub p95: u64,
    /// Percentiles.
    pub p99: u64,
}

/// Milliseconds of a user's executions, and how they ended.
#[derive(Clone, Debug, Default)]
pub struct UserSeconds {
    /// Who.
    pub user: String,
    /// Executions over.
    pub finished: u64,
    /// Percentiles; none where nothing finished.
    pub latency_ms: Option<[u64; 3]>,
    /// How many of each outcome.
    pub outcomes: BTreeMap<String, u64>,
}

/// What a bulk test came to.
#[derive(Clone, Debug, Default)]
pub struct BulkRunFigures {
    /// The run's id.
    pub run: String,
    /// The machine, by its name in the pack.
    pub machine: String,
    /// Executions started.
    pub started: u64,
    /// Executions over.
    pub finished: u64,
    /// Executions that did not do what they should.
    pub failed: u64,
    /// Starts refused for being too many; each was tried again.
    pub throttled: u64,
    /// Starts refused for good.
    pub failed_to_start: u64,
    /// How many of each outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Name and milliseconds of percentiles.
    pub latency_ms: Vec<(&'static str, u64)>,
    /// The longest that counts in a bar, milliseconds, and how many.
    pub histogram: Vec<(u64, u64)>,
    /// By state.
    pub states: Vec<StateSeconds>,
    /// By user.
    pub users: Vec<UserSeconds>,
    /// Why executions failed.
    pub causes: Vec<ReportCause>,
    /// What was held against the figures, what was measured, and whether it held.
    pub thresholds: Vec<(String, String, bool)>,
}

/// One line of a bill, as text.
#[derive(Clone, Debug, Default)]
pub struct CostLine {
    /// What.
    pub what: String,
    /// How much of it, with its unit.
    pub quantity: String,
    /// What a unit costs.
    pub price: String,
    /// What it comes to.
    pub amount: String,
}

/// What the lab costs, as text.
#[derive(Clone, Debug, Default)]
pub struct ReportCost {
    /// What is to be expected, in dollars.
    pub planned: String,
    /// What a forgotten week costs, in dollars.
    pub forgotten_per_week: String,
    /// What is billed.
    pub items: Vec<CostLine>,
    /// What the plan rests on.
    pub notes: Vec<String>,
}

/// A lab that is in an account.
#[derive(Clone, Debug, Default)]
pub struct StandingLab {
    /// Whose.
    pub user: String,
    /// Account and Region.
    pub place: String,
    /// Since when, RFC 3339.
    pub since: String,
}
