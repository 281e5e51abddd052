//! A pack's scenarios, run for every user at once and compared with what they expect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use futures::StreamExt as _;
use futures::future::join_all;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::chart::Chart;
use super::coverage::{Coverage, Reach};
use super::express_log::await_histories;
use super::judge::{judge, word};
use super::pace::{Cancel, Pace, cancelled, is_cancelled};
use super::participant::{Machine, Participant};
use super::walk::{Walk, walk};
use super::watch::{Watch, Watched, backoff};
use crate::cloud::{CloudError, ErrorClass, Started};
use crate::event::{Happened, Journal};
use crate::model::{Execution, ExecutionStatus, Expectation, MachineType, Scenario};

/// Ends looked into at once, per machine.
const CONCLUDED_AT_ONCE: usize = 8;

/// Events of an EXPRESS execution are looked for from this long before its start on, against clocks that differ.
const LOG_SLACK_MS: i64 = 60_000;

/// Tries of a start that is refused as one too many.
const START_TRIES: u32 = 5;

/// What to run.
pub struct ScenarioRun<'a> {
    /// For whom.
    pub participants: Vec<Participant>,
    /// Which; those whose `when` a user's settings do not satisfy are left out for that user.
    pub scenarios: Vec<Scenario>,
    /// Whether slow scenarios run even where time does not jump.
    pub include_slow: bool,
    /// Whether the endpoint's clock jumps from timer to timer.
    pub jumping_time: bool,
    /// Starts and sync executions at once, over all users.
    pub concurrency: usize,
    /// Makes names of executions unique; `A-Z a-z 0-9 - _`.
    pub run_id: String,
    /// How to wait.
    pub pace: Pace,
    /// Who is told.
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
    /// What is not as expected, in plain words.
    pub problems: Vec<String>,
    /// What is worth knowing beside.
    pub notes: Vec<String>,
}

/// All scenarios of all users.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ScenarioReport {
    /// By user, then as the pack lists them.
    pub scenarios: Vec<ScenarioOutcome>,
    /// What was reached of the pack's machines.
    pub coverage: Coverage,
    /// Whether the user interrupted.
    pub interrupted: bool,
}

impl ScenarioReport {
    /// As expected.
    pub fn passed(&self) -> usize {
        self.scenarios.iter().filter(|scenario| scenario.passed).count()
    }

    /// Left out.
    pub fn skipped(&self) -> usize {
        self.scenarios.iter().filter(|scenario| scenario.skipped).count()
    }

    /// Not as expected.
    pub fn failed(&self) -> usize {
        self.scenarios.len() - self.passed() - self.skipped()
    }
}

/// Runs the scenarios, all at once. Trouble with one is told in its outcome and stops no other.
pub async fn run_scenarios(run: ScenarioRun<'_>) -> ScenarioReport {
    let permits = Semaphore::new(run.concurrency.max(1));
    let mut reach = Reach::default();
    let mut seen = Vec::new();
    let mut groups = Vec::new();
    for (turn, participant) in run.participants.iter().enumerate() {
        let mut by_machine: BTreeMap<&str, Vec<Case<'_>>> = BTreeMap::new();
        for (number, scenario) in run.scenarios.iter().enumerate() {
            if participant.has(scenario.when.as_deref()) {
                by_machine.entry(&scenario.machine).or_default().push(Case { order: (turn, number), scenario });
            }
        }
        for (name, machine) in &participant.machines {
            let chart = machine.chart();
            if let Some(chart) = &chart {
                reach.expect(name, chart);
            }
            if let Some(cases) = by_machine.remove(name.as_str()) {
                let group = Group { run: &run, participant, machine, chart, permits: &permits };
                groups.push(async move { group.run(cases).await });
            }
        }
        for case in by_machine.into_values().flatten() {
            let problem = format!("machine `{}` is not in the lab of this user", case.scenario.machine);
            seen.push(Seen::without(&run, participant, case, vec![problem], None));
        }
    }
    seen.extend(join_all(groups).await.into_iter().flatten());
    seen.sort_by_key(|seen| seen.order);
    let mut scenarios = Vec::new();
    for Seen { outcome, walk, .. } in seen {
        if let Some(walk) = walk {
            reach.see(&outcome.machine, &walk);
        }
        scenarios.push(outcome);
    }
    ScenarioReport { scenarios, coverage: reach.coverage(), interrupted: is_cancelled(&run.cancel) }
}

/// A scenario and its place in the report.
#[derive(Clone, Copy)]
struct Case<'a> {
    order: (usize, usize),
    scenario: &'a Scenario,
}

/// A scenario that is over.
struct Seen {
    order: (usize, usize),
    outcome: ScenarioOutcome,
    walk: Option<Walk>,
}

/// The scenarios of one machine of one user.
struct Group<'a> {
    run: &'a ScenarioRun<'a>,
    participant: &'a Participant,
    machine: &'a Machine,
    chart: Option<Chart>,
    permits: &'a Semaphore,
}

impl<'a> Group<'a> {
    async fn run(&self, cases: Vec<Case<'a>>) -> Vec<Seen> {
        let all = self.run.include_slow || self.run.jumping_time;
        let (cases, slow): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| all || !case.scenario.is_slow());
        let mut seen: Vec<_> = slow.into_iter().map(|case| self.skip(case)).collect();
        seen.extend(match self.machine.machine_type {
            MachineType::Standard => self.run_standard(cases).await,
            MachineType::Express => self.run_express(cases).await,
        });
        seen
    }

    async fn run_standard(&self, cases: Vec<Case<'a>>) -> Vec<Seen> {
        let slowest = cases.iter().map(|case| u64::from(case.scenario.waits_seconds)).max().unwrap_or(0);
        let extra = std::time::Duration::from_secs(if self.run.jumping_time { 0 } else { slowest });
        let pace = Pace { patience: self.run.pace.patience + extra, ..self.run.pace };
        let running = Mutex::new(BTreeMap::new());
        let (started, to_watch) = unbounded_channel();
        let (ended, to_conclude) = unbounded_channel();
        let cloud = self.participant.cloud.as_ref();
        let watch = Watch { cloud, machine_arn: &self.machine.arn, pace, cancel: self.run.cancel.clone() };
        let starting = async {
            let starts = cases.iter().map(|case| self.start(*case, &running, &started));
            let failed = join_all(starts).await;
            drop(started);
            failed
        };
        let watching = async {
            watch.run(to_watch, &ended).await;
            drop(ended);
        };
        let concluding = stream(to_conclude)
            .map(|watched| self.conclude(watched, &running, pace))
            .buffer_unordered(CONCLUDED_AT_ONCE)
            .collect::<Vec<_>>();
        // The futures own the senders, so that each ends when the one before it has.
        let (failed, (), concluded) = tokio::join!(starting, watching, concluding);
        failed.into_iter().chain(concluded).flatten().collect()
    }

    /// Starts one; gives an outcome only when that failed.
    async fn start(
        &self,
        case: Case<'a>,
        running: &Mutex<BTreeMap<String, Case<'a>>>,
        started: &UnboundedSender<Started>,
    ) -> Option<Seen> {
        let name = execution_name(&case.scenario.name, &self.run.run_id);
        let attempt = async {
            let _permit = self.permits.acquire().await;
            let mut attempt = 0;
            loop {
                let result = self.participant.cloud.start(&self.machine.arn, &name, &case.scenario.input).await;
                match result {
                    Err(error) if error.class == ErrorClass::Throttled && attempt < START_TRIES => attempt += 1,
                    other => return other,
                }
                tokio::time::sleep(backoff(attempt)).await;
            }
        };
        let mut cancel = self.run.cancel.clone();
        let result = tokio::select! {
            result = attempt => result,
            () = cancelled(&mut cancel) => return Some(self.interrupted(case, None)),
        };
        match result {
            Ok(execution) => {
                self.tell_started(&execution.arn);
                running.lock().unwrap_or_else(PoisonError::into_inner).insert(execution.arn.clone(), case);
                let _ = started.send(execution);
                None
            }
            Err(error) => Some(self.refused(case, &error)),
        }
    }

    async fn conclude(
        &self,
        watched: Watched,
        running: &Mutex<BTreeMap<String, Case<'a>>>,
        pace: Pace,
    ) -> Option<Seen> {
        let cloud = &self.participant.cloud;
        let (Watched::Ended(Execution { arn, .. }) | Watched::StillRunning { arn } | Watched::Lost { arn, .. }) = &watched;
        let case = running.lock().unwrap_or_else(PoisonError::into_inner).remove(arn)?;
        match &watched {
            Watched::StillRunning { .. } if is_cancelled(&self.run.cancel) => {
                Some(self.interrupted(case, Some(arn.clone())))
            }
            Watched::StillRunning { .. } => {
                let waited = pace.patience.as_secs();
                let problem = match cloud.stop(arn, "labctl waited in vain for its end").await {
                    Ok(()) => format!("was still running after {waited} s and was stopped"),
                    Err(error) => format!("was still running after {waited} s and could not be stopped: {error}"),
                };
                Some(self.without(case, problem, Some(arn.clone())))
            }
            Watched::Lost { error, .. } => {
                Some(self.without(case, format!("how it ended could not be learnt: {error}"), Some(arn.clone())))
            }
            Watched::Ended(_) => {
                let execution = match cloud.execution(arn).await {
                    Ok(execution) => execution,
                    Err(error) => {
                        return Some(self.without(case, format!("the result could not be read: {error}"), Some(arn.clone())));
                    }
                };
                let walk = match (cloud.history(arn).await, &self.chart) {
                    (Ok(events), Some(chart)) => Ok(walk(chart, &events)),
                    (Ok(_), None) => Err("the definition could not be read".to_owned()),
                    (Err(error), _) => Err(format!("the history could not be read: {error}")),
                };
                Some(self.judged(case, execution, walk))
            }
        }
    }

    async fn run_express(&self, cases: Vec<Case<'a>>) -> Vec<Seen> {
        let mut seen = Vec::new();
        let mut executions = Vec::new();
        for (case, result) in join_all(cases.into_iter().map(|case| self.run_sync(case))).await {
            match result {
                Some(Ok(execution)) => executions.push((case, execution)),
                Some(Err(error)) => seen.push(self.refused(case, &error)),
                None => seen.push(self.interrupted(case, None)),
            }
        }
        let walks = self.express_walks(&executions).await;
        for (case, execution) in executions {
            let walk = match &walks {
                Ok(walks) => walks.get(&execution.arn).cloned().ok_or_else(|| self.not_delivered()),
                Err(why) => Err(why.clone()),
            };
            seen.push(self.judged(case, execution, walk));
        }
        seen
    }

    async fn run_sync(&self, case: Case<'a>) -> (Case<'a>, Option<Result<Execution, CloudError>>) {
        let name = execution_name(&case.scenario.name, &self.run.run_id);
        let execution = async {
            let _permit = self.permits.acquire().await;
            self.participant.cloud.start_sync(&self.machine.arn, &name, &case.scenario.input).await
        };
        let mut cancel = self.run.cancel.clone();
        let result = tokio::select! {
            result = execution => Some(result),
            () = cancelled(&mut cancel) => None,
        };
        if let Some(Ok(execution)) = &result {
            self.tell_started(&execution.arn);
        }
        (case, result)
    }

    /// The ways the executions took, by ARN, as far as the log group tells in time.
    async fn express_walks(&self, executions: &[(Case<'a>, Execution)]) -> Result<BTreeMap<String, Walk>, String> {
        let Some(chart) = &self.chart else { return Err("the definition could not be read".to_owned()) };
        let Some(group) = &self.machine.log_group else { return Err("the machine has no log group".to_owned()) };
        let Some(since) = executions.iter().map(|(_, execution)| execution.started_ms).min() else {
            return Ok(BTreeMap::new());
        };
        let arns: BTreeSet<String> = executions.iter().map(|(_, execution)| execution.arn.clone()).collect();
        let since = since.saturating_sub(LOG_SLACK_MS);
        let mut cancel = self.run.cancel.clone();
        let cloud = self.participant.cloud.as_ref();
        let histories = await_histories(cloud, group, since, &arns, self.run.pace, &mut cancel)
            .await
            .map_err(|error| format!("the log group `{group}` could not be read: {error}"))?;
        Ok(histories.into_iter().map(|(arn, events)| (arn, walk(chart, &events))).collect())
    }

    fn not_delivered(&self) -> String {
        let group = self.machine.log_group.as_deref().unwrap_or_default();
        let seconds = self.run.pace.log_patience.as_secs();
        format!("the log was not delivered to `{group}` within {seconds} s; is the machine's logging level ALL?")
    }

    fn judged(&self, case: Case<'a>, execution: Execution, walk: Result<Walk, String>) -> Seen {
        let path = walk.as_ref().ok().map(|walk| walk.path.clone());
        let mut problems = judge(&case.scenario.expect, &execution, path.as_deref());
        let mut notes = Vec::new();
        if let Err(why) = &walk {
            let unseen = format!("path: not known: {why}");
            // A path that is expected and was not seen is not proved.
            if case.scenario.expect.path.is_some() { problems.push(unseen) } else { notes.push(unseen) }
        }
        let ms = duration_ms(&execution);
        self.run.journal.tell(Happened::ExecutionFinished {
            user: self.participant.user.to_string(),
            arn: execution.arn.clone(),
            status: word(execution.status).to_owned(),
            outcome: word(execution.status).to_owned(),
            ms,
        });
        let outcome = ScenarioOutcome {
            path,
            ms,
            problems,
            notes,
            execution_arn: Some(execution.arn),
            actual: Some(Actual {
                status: execution.status,
                output: execution.output,
                error: execution.error,
                cause: execution.cause,
            }),
            ..blank(self.participant, case.scenario)
        };
        Seen::tell(self.run, case, outcome, walk.ok())
    }

    fn skip(&self, case: Case<'a>) -> Seen {
        let seconds = case.scenario.waits_seconds;
        let note = format!("left out: it waits {seconds} s of real time; run it with `--slow`");
        let blank = blank(self.participant, case.scenario);
        Seen::tell(self.run, case, ScenarioOutcome { skipped: true, notes: vec![note], ..blank }, None)
    }

    fn refused(&self, case: Case<'a>, error: &CloudError) -> Seen {
        let next = if error.class == ErrorClass::NotFound { "; run `labctl deploy` first" } else { "" };
        self.without(case, format!("could not be started: {error}{next}"), None)
    }

    fn interrupted(&self, case: Case<'a>, arn: Option<String>) -> Seen {
        self.without(case, "was interrupted before its end".to_owned(), arn)
    }

    fn without(&self, case: Case<'a>, problem: String, arn: Option<String>) -> Seen {
        Seen::without(self.run, self.participant, case, vec![problem], arn)
    }

    fn tell_started(&self, arn: &str) {
        self.run.journal.tell(Happened::ExecutionStarted {
            user: self.participant.user.to_string(),
            machine: self.machine.name.clone(),
            arn: arn.to_owned(),
        });
    }
}

impl Seen {
    fn without(
        run: &ScenarioRun<'_>,
        participant: &Participant,
        case: Case<'_>,
        problems: Vec<String>,
        execution_arn: Option<String>,
    ) -> Self {
        let blank = blank(participant, case.scenario);
        Self::tell(run, case, ScenarioOutcome { problems, execution_arn, ..blank }, None)
    }

    /// Settles whether it passed and tells it.
    fn tell(run: &ScenarioRun<'_>, case: Case<'_>, mut outcome: ScenarioOutcome, walk: Option<Walk>) -> Self {
        outcome.passed = !outcome.skipped && outcome.problems.is_empty();
        run.journal.tell(Happened::ScenarioJudged {
            user: outcome.user.clone(),
            name: outcome.name.clone(),
            passed: outcome.passed,
            skipped: outcome.skipped,
            problem: (!outcome.problems.is_empty()).then(|| outcome.problems.join("; ")),
            ms: outcome.ms,
        });
        Self { order: case.order, outcome, walk }
    }
}

fn blank(participant: &Participant, scenario: &Scenario) -> ScenarioOutcome {
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
        problems: Vec::new(),
        notes: Vec::new(),
    }
}

/// How long an execution ran by the service's clock.
pub(super) fn duration_ms(execution: &Execution) -> u64 {
    let ms = execution.stopped_ms.map_or(0, |stopped| stopped.saturating_sub(execution.started_ms));
    u64::try_from(ms).unwrap_or(0)
}

/// `labctl-<what>-<run id>`: at most 80 of `A-Z a-z 0-9 - _`, the run id whole.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
pub(super) fn execution_name(what: &str, run_id: &str) -> String {
    let legal = |text: &str, longest: usize| -> String {
        let kept = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' });
        kept.take(longest).collect()
    };
    let run_id = legal(run_id, 40);
    let what = legal(what, 80 - "labctl--".len() - run_id.len());
    format!("labctl-{what}-{run_id}")
}

/// A channel as a stream.
pub(super) fn stream<T>(receiver: UnboundedReceiver<T>) -> impl futures::Stream<Item = T> {
    futures::stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) })
}
