//! What a run of scenarios is given, and what comes of each.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::pace::{Cancel, Pace};
use super::participant::Participant;
use crate::asl::trace::Trace;
use crate::cause::Cause;
use crate::cloud::CloudError;
use crate::event::{Happened, Journal};
use crate::host::Time;
use crate::model::{ExecutionStatus, Expectation, Scenario};

/// What to run.
pub struct ScenarioRun<'a> {
    /// Which; those whose `when` a user's settings do not satisfy are left out for that user.
    pub scenarios: Vec<Scenario>,
    /// Whether these are some of the pack's only. Coverage then is that of the machines they run.
    pub only_some: bool,
    /// Whether slow scenarios run even where time does not jump.
    pub include_slow: bool,
    /// How many times faster than this machine's the endpoint's clock goes: 1, 10, …; infinite where it jumps from timer to timer.
    pub time_factor: f64,
    /// Starts and sync executions at once, over all users.
    pub concurrency: usize,
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

/// What came out of an execution.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Actual {
    /// Its status.
    pub status: ExecutionStatus,
    /// Its output, when it succeeded.
    pub output: Option<Value>,
    /// The error's name, when it failed.
    pub error: Option<String>,
    /// The cause, when it failed.
    pub cause: Option<String>,
}

/// One scenario of one user.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioOutcome {
    /// Who.
    pub user: String,
    /// The scenario.
    pub name: String,
    /// The machine, by its name in the pack.
    pub machine: String,
    /// Whether everything was as expected.
    pub passed: bool,
    /// Whether it was left out; the reason is in `notes`.
    pub skipped: bool,
    /// What the pack says.
    pub expected: Expectation,
    /// What came out; none when no execution ended.
    pub actual: Option<Actual>,
    /// The execution, once started.
    pub execution_arn: Option<String>,
    /// States entered; none when that could not be seen.
    pub path: Option<Vec<String>>,
    /// How long the execution ran by the service's clock.
    pub ms: u64,
    /// Why its execution did not do what it should, where that was not expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Why no execution could be started, where that is the problem.
    #[serde(skip)]
    pub refused: Option<CloudError>,
    /// What its execution did; none where that could not be seen.
    #[serde(skip)]
    pub trace: Option<Trace>,
    /// When its execution began, milliseconds since 1970.
    #[serde(skip)]
    pub started_ms: Option<i64>,
    /// Why nothing, or not all, could be learnt of its execution: a call was refused, or nothing has been delivered.
    #[serde(skip)]
    pub unread: Option<String>,
    /// Whether its execution was stopped because it did not end.
    #[serde(skip)]
    pub endless: bool,
    /// What is not as expected, in plain words.
    pub problems: Vec<String>,
    /// What is worth knowing beside.
    pub notes: Vec<String>,
}

impl ScenarioRun<'_> {
    /// Whether the endpoint's clock is as fast as this machine's.
    pub(super) fn keeps_time(&self) -> bool {
        self.time_factor <= 1.0
    }

    /// How long a scenario really waits.
    pub(super) fn waits(&self, scenario: &Scenario) -> Duration {
        Duration::from_secs(u64::from(scenario.waits_seconds)).div_f64(self.time_factor.max(1.0))
    }

    /// How long a scenario may go on while nothing else ends, in the time that is waited in.
    pub(super) fn limit(&self, scenario: &Scenario) -> Duration {
        let waits = if self.time.jumps() {
            Duration::from_secs(u64::from(scenario.waits_seconds))
        } else {
            self.waits(scenario)
        };
        waits + self.pace.grace
    }
}

/// A scenario and its place in the report.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) order: (usize, usize),
    pub(super) scenario: &'a Scenario,
}

/// A scenario that is over.
pub(super) struct Seen {
    pub(super) order: (usize, usize),
    pub(super) outcome: ScenarioOutcome,
    pub(super) trace: Option<Trace>,
}

impl Seen {
    pub(super) fn without(
        run: &ScenarioRun<'_>,
        participant: &Participant,
        case: Case<'_>,
        problems: Vec<String>,
        execution_arn: Option<String>,
    ) -> Self {
        let blank = blank(participant, case.scenario);
        Self::tell(run, case, ScenarioOutcome { execution_arn, problems, ..blank }, None)
    }

    /// Settles whether it passed and tells it.
    pub(super) fn tell(
        run: &ScenarioRun<'_>,
        case: Case<'_>,
        mut outcome: ScenarioOutcome,
        trace: Option<Trace>,
    ) -> Self {
        outcome.passed = !outcome.skipped && outcome.problems.is_empty();
        run.journal.tell(Happened::ScenarioJudged {
            user: outcome.user.clone(),
            name: outcome.name.clone(),
            passed: outcome.passed,
            skipped: outcome.skipped,
            problem: (!outcome.problems.is_empty()).then(|| outcome.problems.join("; ")),
            ms: outcome.ms,
        });
        Self { order: case.order, outcome, trace }
    }
}

pub(super) fn blank(participant: &Participant, scenario: &Scenario) -> ScenarioOutcome {
    ScenarioOutcome {
        user: participant.user.to_string(),
        name: scenario.name.clone(),
        machine: scenario.machine.clone(),
        passed: false,
        skipped: false,
        expected: scenario.expect.clone(),
        actual: None,
        execution_arn: None,
        path: None,
        ms: 0,
        cause: None,
        refused: None,
        trace: None,
        started_ms: None,
        unread: None,
        endless: false,
        problems: Vec::new(),
        notes: Vec::new(),
    }
}
