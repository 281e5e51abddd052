//! Many executions at once: paced starts, waiting for every one, outcomes and latencies.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::express_log::await_histories;
use super::judge::word;
use super::latency::{Bucket, Durations, Latency, StateLatency};
use super::pace::{Cancel, Pace, cancelled, is_cancelled};
use super::participant::{Machine, Participant};
use super::scenarios::{duration_ms, execution_name, stream};
use super::threshold::{Figures, Judged, Threshold};
use super::walk::walk;
use super::watch::{Watch, Watched, backoff};
use crate::cloud::{CloudError, ErrorClass, Started};
use crate::event::{Happened, Journal};
use crate::host::Stopwatch;
use crate::model::{Execution, ExecutionStatus, MachineType, UserName};

/// Makes the input of one execution: user, index counted from 1, whether it shall be invalid.
pub type MakeInput<'a> = &'a (dyn Fn(&UserName, u64, bool) -> Result<Value, String> + Sync);

/// Outputs and histories read at once.
const READ_AT_ONCE: usize = 16;

/// Tries of a start that is refused as one too many.
const START_TRIES: u32 = 6;

/// Bars of the histogram at most.
const BARS: u64 = 16;

/// What to run.
pub struct BulkRun<'a> {
    /// For whom.
    pub participants: Vec<Participant>,
    /// The machine, by its name in the pack.
    pub machine: String,
    /// Executions per user.
    pub count: u64,
    /// Starts a second over all users; none is as fast as `concurrency` and the quotas allow.
    pub per_second: Option<f64>,
    /// The share of executions with an input that is invalid on purpose, 0 to 1; spread evenly.
    pub invalid_share: f64,
    /// Shifts which of the executions are the invalid ones.
    pub seed: u64,
    /// Makes inputs.
    pub make_input: MakeInput<'a>,
    /// Where in the output the outcome's name stands (a JSON pointer); without it the status is the outcome.
    pub outcome: Option<String>,
    /// What must be reached.
    pub thresholds: Vec<Threshold>,
    /// Histories read for the latencies of states, at most; spread evenly over the executions.
    pub histories: usize,
    /// Starts (and sync executions) at once.
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

/// Trouble of a kind and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BulkFailure {
    /// Whose executions.
    pub user: String,
    /// What went wrong, in words.
    pub error: String,
    /// How many executions it concerns.
    pub count: u64,
}

/// What a bulk run came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BulkReport {
    /// Executions asked for.
    pub asked: u64,
    /// Executions started.
    pub started: u64,
    /// Executions over.
    pub finished: u64,
    /// Executions started whose end was not seen: the user interrupted, or patience ended.
    pub still_running: u64,
    /// How many of each outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Starts refused for being too many; each was tried again.
    pub throttled: u64,
    /// Starts refused for good, and inputs that could not be made.
    pub failed_to_start: u64,
    /// From start to stop by the service's clock; none when nothing finished.
    pub latency_ms: Option<Latency>,
    /// The same as bars.
    pub histogram: Vec<Bucket>,
    /// By state, from as many histories as were read.
    pub states: BTreeMap<String, StateLatency>,
    /// Histories read for `states`.
    pub histories: u64,
    /// Each threshold and whether it held.
    pub thresholds: Vec<Judged>,
    /// What went wrong, grouped by user and cause.
    pub failures: Vec<BulkFailure>,
    /// Whether the user interrupted.
    pub interrupted: bool,
    /// Real time from the first start to the last end, milliseconds.
    pub elapsed_ms: u64,
}

/// Starts the executions and waits for the end of every one. Trouble is counted and told in the report.
pub async fn bulk(run: BulkRun<'_>) -> BulkReport {
    let watch = Stopwatch::start();
    let asked = run.count.saturating_mul(u64::try_from(run.participants.len()).unwrap_or(u64::MAX));
    let tally = Mutex::new(Tally::default());
    let mut crews = Vec::new();
    for participant in &run.participants {
        match participant.machines.get(&run.machine) {
            Some(machine) => crews.push(Crew { run: &run, participant, machine, tally: &tally }),
            None => lock(&tally).not_started(
                &participant.user,
                format!("machine `{}` is not in the lab of this user", run.machine),
                run.count,
            ),
        }
    }
    drive(&run, &crews).await;
    let elapsed_ms = watch.elapsed_ms();
    let arns = std::mem::take(&mut lock(&tally).ended);
    let (states, histories) = states(&run, &crews, arns).await;
    drop(crews);
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut report = BulkReport { asked, elapsed_ms, states, histories, ..tally.report() };
    report.interrupted = is_cancelled(&run.cancel);
    if report.interrupted {
        // What was never tried is neither started nor refused.
        report.asked = report.started + report.failed_to_start;
    }
    let figures = figures(&report);
    report.thresholds = run.thresholds.iter().map(|threshold| threshold.judge(&figures)).collect();
    for judged in &report.thresholds {
        run.journal.tell(Happened::ThresholdJudged {
            expression: judged.expr.clone(),
            passed: judged.passed,
            actual: judged.actual.clone(),
        });
    }
    report
}

/// The machine of one user, and where its executions are counted.
struct Crew<'a> {
    run: &'a BulkRun<'a>,
    participant: &'a Participant,
    machine: &'a Machine,
    tally: &'a Mutex<Tally>,
}

/// Everything counted while it runs.
#[derive(Default)]
struct Tally {
    started: u64,
    finished: u64,
    still_running: u64,
    throttled: u64,
    failed_to_start: u64,
    outcomes: BTreeMap<String, u64>,
    durations: Durations,
    failures: BTreeMap<(String, String), u64>,
    ended: Vec<Ended>,
    /// Users for whom every further start would fail the same way.
    hopeless: BTreeMap<String, String>,
}

/// An execution that is over, for its history.
struct Ended {
    user: UserName,
    arn: String,
    started_ms: i64,
}

/// Starts everything, watches it and counts, all at the same time.
async fn drive(run: &BulkRun<'_>, crews: &[Crew<'_>]) {
    let (ended, to_count) = unbounded_channel();
    let mut senders = Vec::new();
    let mut watches = Vec::new();
    for (number, crew) in crews.iter().enumerate() {
        let (started, to_watch) = unbounded_channel();
        senders.push(started);
        if crew.machine.machine_type == MachineType::Standard {
            let cloud = crew.participant.cloud.as_ref();
            let watch =
                Watch { cloud, machine_arn: &crew.machine.arn, pace: run.pace, cancel: run.cancel.clone() };
            let ended = ended.clone();
            watches.push(async move {
                let (one, mut each) = unbounded_channel();
                let forward = async {
                    while let Some(watched) = each.recv().await {
                        let _ = ended.send((number, watched));
                    }
                };
                let watching = async move { watch.run(to_watch, &one).await };
                tokio::join!(watching, forward);
            });
        }
    }
    let starting = async {
        start_all(run, crews, &senders, &ended).await;
        drop(senders);
        drop(ended);
    };
    let counting = stream(to_count).for_each_concurrent(READ_AT_ONCE, |(number, watched)| async move {
        if let Some(crew) = crews.get(number) {
            crew.count(watched).await;
        }
    });
    tokio::join!(starting, futures::future::join_all(watches), counting);
}

/// The starts in turn: first of each user, second of each user, …
async fn start_all(
    run: &BulkRun<'_>,
    crews: &[Crew<'_>],
    senders: &[UnboundedSender<Started>],
    ended: &UnboundedSender<(usize, Watched)>,
) {
    let clock = Stopwatch::start();
    let turns = (1..=run.count).flat_map(|index| (0..crews.len()).map(move |number| (index, number)));
    let starts = futures::stream::iter(turns.enumerate()).map(|(turn, (index, number))| async move {
        let due = due(turn, run.per_second).saturating_sub(clock.elapsed());
        let mut cancel = run.cancel.clone();
        if (!due.is_zero() && super::pace::pause(&mut cancel, due).await) || is_cancelled(&cancel) {
            return;
        }
        if let (Some(crew), Some(started)) = (crews.get(number), senders.get(number)) {
            crew.start(index, |started_execution| drop(started.send(started_execution)), |watched| {
                drop(ended.send((number, watched)));
            })
            .await;
        }
    });
    starts.buffer_unordered(run.concurrency.max(1)).for_each(|()| async {}).await;
}

/// When a turn is due, after the first.
fn due(turn: usize, per_second: Option<f64>) -> Duration {
    let turn = u32::try_from(turn).map_or(f64::from(u32::MAX), f64::from);
    let seconds = per_second.filter(|rate| *rate > 0.0).map_or(0.0, |rate| turn / rate);
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// Whether an index is one of the invalid ones: as even a spread as whole numbers allow, shifted by the seed.
fn is_invalid(index: u64, share: f64, seed: u64) -> bool {
    const SHIFTS: u64 = 1 << 16;
    let share = share.clamp(0.0, 1.0);
    #[expect(clippy::cast_precision_loss, reason = "indexes stay far below 2^52")]
    let up_to = |index: u64| (index as f64 * share + (seed % SHIFTS) as f64 / SHIFTS as f64).floor();
    up_to(index) > up_to(index.saturating_sub(1))
}

impl Crew<'_> {
    async fn start(&self, index: u64, started: impl FnOnce(Started), ended: impl FnOnce(Watched)) {
        let user = &self.participant.user;
        if let Some(why) = lock(self.tally).hopeless.get(user.as_str()).cloned() {
            return lock(self.tally).not_started(user, why, 1);
        }
        let invalid = is_invalid(index, self.run.invalid_share, self.run.seed);
        let input = match (self.run.make_input)(user, index, invalid) {
            Ok(input) => input,
            Err(why) => return lock(self.tally).not_started(user, format!("the input could not be made: {why}"), 1),
        };
        let name = execution_name(&format!("bulk-{index}"), &self.run.run_id);
        let mut cancel = self.run.cancel.clone();
        let result = tokio::select! {
            result = self.attempt(&name, &input) => result,
            () = cancelled(&mut cancel) => return,
        };
        match result {
            Ok(Attempt::Started(execution)) => {
                self.tell_started(&execution.arn);
                started(execution);
            }
            Ok(Attempt::Over(execution)) => {
                self.tell_started(&execution.arn);
                ended(Watched::Ended(execution));
            }
            Err(error) => self.refused(&error),
        }
    }

    /// One start, tried again while it is one too many.
    async fn attempt(&self, name: &str, input: &Value) -> Result<Attempt, CloudError> {
        let (cloud, arn) = (&self.participant.cloud, &self.machine.arn);
        let mut attempt = 0;
        loop {
            let result = match self.machine.machine_type {
                MachineType::Standard => cloud.start(arn, name, input).await.map(Attempt::Started),
                MachineType::Express => cloud.start_sync(arn, name, input).await.map(Attempt::Over),
            };
            match result {
                Err(error) if error.class == ErrorClass::Throttled => {
                    lock(self.tally).throttled += 1;
                    attempt += 1;
                    if attempt >= START_TRIES {
                        return Err(error);
                    }
                    tokio::time::sleep(backoff(attempt)).await;
                }
                other => return other,
            }
        }
    }

    fn refused(&self, error: &CloudError) {
        let next = if error.class == ErrorClass::NotFound { "; run `labctl deploy` first" } else { "" };
        let text = format!("could not be started: {error}{next}");
        let mut tally = lock(self.tally);
        if matches!(
            error.class,
            ErrorClass::NotFound
                | ErrorClass::Denied
                | ErrorClass::Credentials
                | ErrorClass::Unreachable
                | ErrorClass::NotImplemented
        ) {
            tally.hopeless.insert(self.participant.user.to_string(), text.clone());
        }
        tally.not_started(&self.participant.user, text, 1);
    }

    async fn count(&self, watched: Watched) {
        let user = &self.participant.user;
        let execution = match watched {
            Watched::Ended(execution) => execution,
            Watched::StillRunning { .. } => return lock(self.tally).still_running += 1,
            Watched::Lost { error, .. } => {
                let mut tally = lock(self.tally);
                tally.still_running += 1;
                return tally.failed(user, format!("how it ended could not be learnt: {error}"), 1);
            }
        };
        let outcome = match self.outcome(&execution).await {
            Ok(outcome) => outcome,
            Err(error) => {
                lock(self.tally).failed(user, format!("the output could not be read: {error}"), 1);
                "(unknown)".to_owned()
            }
        };
        let ms = duration_ms(&execution);
        self.run.journal.tell(Happened::ExecutionFinished {
            user: user.to_string(),
            arn: execution.arn.clone(),
            status: word(execution.status).to_owned(),
            outcome: outcome.clone(),
            ms,
        });
        let mut tally = lock(self.tally);
        tally.finished += 1;
        *tally.outcomes.entry(outcome).or_default() += 1;
        tally.durations.record(ms);
        tally.ended.push(Ended { user: user.clone(), arn: execution.arn, started_ms: execution.started_ms });
    }

    /// The outcome's name. Only an output that is needed and was not listed costs a DescribeExecution.
    async fn outcome(&self, execution: &Execution) -> Result<String, CloudError> {
        let status = || word(execution.status).to_owned();
        let Some(pointer) = self.run.outcome.as_deref().filter(|_| execution.status == ExecutionStatus::Succeeded) else {
            return Ok(status());
        };
        let read;
        let output = match &execution.output {
            Some(output) => Some(output),
            None => {
                read = self.participant.cloud.execution(&execution.arn).await?;
                read.output.as_ref()
            }
        };
        Ok(match output.and_then(|output| output.pointer(pointer)) {
            Some(Value::String(outcome)) => outcome.clone(),
            Some(Value::Null) | None => status(),
            Some(other) => other.to_string(),
        })
    }

    fn tell_started(&self, arn: &str) {
        lock(self.tally).started += 1;
        self.run.journal.tell(Happened::ExecutionStarted {
            user: self.participant.user.to_string(),
            machine: self.machine.name.clone(),
            arn: arn.to_owned(),
        });
    }
}

/// How a start came out.
enum Attempt {
    Started(Started),
    Over(Execution),
}

impl Tally {
    fn not_started(&mut self, user: &UserName, why: String, count: u64) {
        self.failed_to_start += count;
        self.failed(user, why, count);
    }

    fn failed(&mut self, user: &UserName, why: String, count: u64) {
        *self.failures.entry((user.to_string(), why)).or_default() += count;
    }

    fn report(self) -> BulkReport {
        BulkReport {
            started: self.started,
            finished: self.finished,
            still_running: self.still_running,
            outcomes: self.outcomes,
            throttled: self.throttled,
            failed_to_start: self.failed_to_start,
            latency_ms: self.durations.latency(),
            histogram: self.durations.buckets(BARS),
            failures: self
                .failures
                .into_iter()
                .map(|((user, error), count)| BulkFailure { user, error, count })
                .collect(),
            ..BulkReport::default()
        }
    }
}

/// Latencies by state, from a sample spread evenly; and how many histories it took.
async fn states(
    run: &BulkRun<'_>,
    crews: &[Crew<'_>],
    ended: Vec<Ended>,
) -> (BTreeMap<String, StateLatency>, u64) {
    let step = ended.len().div_ceil(run.histories.max(1)).max(1);
    let sample: Vec<Ended> = ended.into_iter().step_by(step).take(run.histories).collect();
    let mut by_user: BTreeMap<UserName, Vec<Ended>> = BTreeMap::new();
    for ended in sample {
        by_user.entry(ended.user.clone()).or_default().push(ended);
    }
    let reads = crews.iter().filter_map(|crew| Some((crew, by_user.remove(&crew.participant.user)?)));
    let reads: Vec<_> = reads.map(|(crew, ended)| crew.histories(ended)).collect();
    let mut cancel = run.cancel.clone();
    let read = tokio::select! {
        read = futures::future::join_all(reads) => read,
        () = cancelled(&mut cancel) => return (BTreeMap::new(), 0),
    };
    let mut durations: BTreeMap<String, Durations> = BTreeMap::new();
    let mut histories = 0;
    for walk in read.into_iter().flatten() {
        histories += 1;
        for visit in walk.visits {
            durations.entry(visit.state).or_default().record(visit.ms);
        }
    }
    (durations.into_iter().map(|(state, durations)| (state, durations.state())).collect(), histories)
}

impl Crew<'_> {
    /// What could be read of these histories; what could not is left out, for they are a sample.
    async fn histories(&self, ended: Vec<Ended>) -> Vec<super::walk::Walk> {
        let Some(chart) = self.machine.chart() else { return Vec::new() };
        let cloud = self.participant.cloud.as_ref();
        let histories = match (self.machine.machine_type, &self.machine.log_group) {
            (MachineType::Standard, _) => {
                futures::stream::iter(ended)
                    .map(|ended| async move { cloud.history(&ended.arn).await.ok() })
                    .buffer_unordered(READ_AT_ONCE)
                    .filter_map(|history| async { history })
                    .collect()
                    .await
            }
            (MachineType::Express, None) => Vec::new(),
            (MachineType::Express, Some(group)) => {
                let since = ended.iter().map(|ended| ended.started_ms).min().unwrap_or(0).saturating_sub(60_000);
                let arns = ended.into_iter().map(|ended| ended.arn).collect();
                let mut cancel = self.run.cancel.clone();
                let read = await_histories(cloud, group, since, &arns, self.run.pace, &mut cancel).await;
                read.map(|histories| histories.into_values().collect()).unwrap_or_default()
            }
        };
        histories.iter().map(|history| walk(&chart, history)).collect()
    }
}

fn figures(report: &BulkReport) -> Figures {
    Figures {
        asked: report.asked,
        started: report.started,
        finished: report.finished,
        failed_to_start: report.failed_to_start,
        throttled: report.throttled,
        outcomes: report.outcomes.clone(),
        latency_ms: report.latency_ms.map(|Latency { p50, p90, p95, p99, max }| {
            BTreeMap::from([("p50", p50), ("p90", p90), ("p95", p95), ("p99", p99), ("max", max)])
        }),
    }
}

fn lock(tally: &Mutex<Tally>) -> std::sync::MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}
