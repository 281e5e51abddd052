//! Many executions at once: paced starts, waiting for every one, outcomes and latencies.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::crew::Crew;
use super::latency::{Bucket, Durations, Latency, StateLatency};
use super::pace::{Cancel, Pace, cancelled, is_cancelled, pause};
use super::participant::Participant;
use super::tally::{Ended, Tally, lock};
use super::threshold::{Figures, Judged, Threshold};
use super::watch::{Watch, Watched, stream};
use crate::cloud::Started;
use crate::event::{Happened, Journal};
use crate::host::Stopwatch;
use crate::model::{MachineType, UserName};

/// Makes the input of one execution: user, index counted from 1, whether it shall be invalid.
pub type MakeInput<'a> = &'a (dyn Fn(&UserName, u64, bool) -> Result<Value, String> + Sync);

/// Outputs and histories read at once.
pub(super) const READ_AT_ONCE: usize = 16;

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
    let mut report = BulkReport { asked, states, histories, elapsed_ms, ..tally.report() };
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
            let watch = Watch { cloud, machine_arn: &crew.machine.arn, pace: run.pace, cancel: run.cancel.clone() };
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
        if (!due.is_zero() && pause(&mut cancel, due).await) || is_cancelled(&cancel) {
            return;
        }
        if let (Some(crew), Some(started)) = (crews.get(number), senders.get(number)) {
            crew.start(
                index,
                |started_execution| drop(started.send(started_execution)),
                |watched| {
                    drop(ended.send((number, watched)));
                },
            )
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

/// Latencies by state, from a sample spread evenly; and how many histories it took.
async fn states(run: &BulkRun<'_>, crews: &[Crew<'_>], ended: Vec<Ended>) -> (BTreeMap<String, StateLatency>, u64) {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use serde_json::json;
    use tokio::sync::watch;

    use super::super::fake::{Fake, Script, error, pace, participant};
    use super::*;
    use crate::cloud::ErrorClass;
    use crate::event::{Event, Listener};

    /// Every tenth input fails, as its `status` says.
    fn cloud() -> Arc<Fake> {
        Fake::new(|_, input| {
            let index = input["index"].as_u64().unwrap();
            let status = if input["invalid"] == true { "REJECTED" } else { "COMPLETED" };
            let ms = i64::try_from(index).unwrap();
            Ok(Script {
                looks: 2 + u32::try_from(index % 3).unwrap(),
                ms,
                ..Script::succeeds(json!({"status": status}))
            })
        })
    }

    struct Wish {
        machine: &'static str,
        count: u64,
        invalid_share: f64,
        thresholds: Vec<&'static str>,
        cancel: Cancel,
        pace: Pace,
        _interrupt: watch::Sender<bool>,
    }

    fn wish(count: u64) -> Wish {
        let (interrupt, cancel) = watch::channel(false);
        Wish {
            machine: "work",
            count,
            invalid_share: 0.0,
            thresholds: Vec::new(),
            cancel,
            pace: pace(),
            _interrupt: interrupt,
        }
    }

    struct Ear(Arc<AtomicU64>);

    impl Listener for Ear {
        fn hear(&self, event: &Event) {
            if matches!(event.event, Happened::ExecutionFinished { .. }) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    async fn run(cloud: &Arc<Fake>, users: &[&str], wish: Wish) -> (BulkReport, u64) {
        let heard = Arc::new(AtomicU64::new(0));
        let journal = Journal::open(&[], vec![Box::new(Ear(Arc::clone(&heard)))]).unwrap();
        let make_input = |_: &UserName, index: u64, invalid: bool| {
            if index == 13 { Err("no luck".to_owned()) } else { Ok(json!({"index": index, "invalid": invalid})) }
        };
        let report = bulk(BulkRun {
            participants: users.iter().map(|user| participant(user, Arc::clone(cloud))).collect(),
            machine: wish.machine.to_owned(),
            count: wish.count,
            per_second: None,
            invalid_share: wish.invalid_share,
            seed: 7,
            make_input: &make_input,
            outcome: Some("/status".to_owned()),
            thresholds: wish.thresholds.iter().map(|text| Threshold::parse(text).unwrap()).collect(),
            histories: 6,
            concurrency: 8,
            run_id: "r1".to_owned(),
            pace: wish.pace,
            journal: &journal,
            cancel: wish.cancel,
        })
        .await;
        (report, heard.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn every_execution_is_waited_for_and_counted() {
        for machine in ["work", "fast"] {
            let mut wish = wish(12);
            (wish.machine, wish.invalid_share) = (machine, 0.25);
            wish.thresholds = vec!["COMPLETED>=75%", "p99<=12ms", "REJECTED<6", "failed_to_start==0"];
            let (report, heard) = run(&cloud(), &["ann", "ben"], wish).await;
            assert_eq!((report.asked, report.started, report.finished, heard), (24, 24, 24, 24), "{machine}");
            assert_eq!(report.outcomes, BTreeMap::from([("COMPLETED".to_owned(), 18), ("REJECTED".to_owned(), 6)]));
            assert_eq!(report.latency_ms, Some(Latency { p50: 6, p90: 11, p95: 12, p99: 12, max: 12 }));
            assert_eq!(
                report.thresholds.iter().map(|judged| judged.passed).collect::<Vec<_>>(),
                [true, true, false, true]
            );
            assert_eq!((report.histories, report.states["Work"].count), (6, 6));
            assert!(report.failures.is_empty());
        }
    }

    #[tokio::test]
    async fn an_input_that_cannot_be_made_is_counted() {
        let (report, _) = run(&cloud(), &["ann"], wish(14)).await;
        assert_eq!((report.started, report.finished, report.failed_to_start), (13, 13, 1));
        let failure =
            BulkFailure { user: "ann".to_owned(), error: "the input could not be made: no luck".to_owned(), count: 1 };
        assert_eq!(report.failures, [failure]);
    }

    #[tokio::test]
    async fn a_machine_that_is_not_there_is_asked_for_no_further() {
        let cloud = Fake::new(|_, _| Err(error(ErrorClass::NotFound, "states:StartExecution")));
        let (report, _) = run(&cloud, &["ann"], wish(100)).await;
        assert_eq!((report.started, report.failed_to_start), (0, 100));
        assert!(cloud.calls_of("start") <= 8, "{}", cloud.calls_of("start"));
        assert_eq!(report.latency_ms, None);
        assert_eq!(report.failures.iter().map(|failure| failure.count).sum::<u64>(), 100);
    }

    #[tokio::test]
    async fn a_throttled_start_is_counted_and_tried_again() {
        let refused = AtomicU64::new(0);
        let cloud = Fake::new(move |_, _| {
            if refused.fetch_add(1, Ordering::Relaxed) == 0 {
                return Err(error(ErrorClass::Throttled, "states:StartExecution"));
            }
            Ok(Script::succeeds(json!({"status": "COMPLETED"})))
        });
        let (report, _) = run(&cloud, &["ann"], wish(3)).await;
        assert_eq!((report.started, report.finished, report.throttled, report.failed_to_start), (3, 3, 1, 0));
    }

    #[tokio::test]
    async fn an_interruption_reports_what_ran_and_what_still_runs() {
        let (interrupt, cancel) = watch::channel(false);
        let cloud = Fake::new(|_, input| {
            let looks = if input["index"] == 1 { 1 } else { u32::MAX };
            Ok(Script { looks, ..Script::succeeds(json!({"status": "COMPLETED"})) })
        });
        let heard = |cloud: Arc<Fake>| async move {
            while cloud.calls_of("executions") < 4 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            interrupt.send(true).unwrap();
        };
        let wish = Wish { cancel, thresholds: vec!["finished==4"], ..wish(4) };
        let ((report, _), ()) = tokio::join!(run(&cloud, &["ann"], wish), heard(Arc::clone(&cloud)));
        assert!(report.interrupted);
        assert_eq!((report.started, report.finished, report.still_running), (4, 1, 3));
        assert!(!report.thresholds[0].passed);
    }

    #[tokio::test]
    async fn an_endless_execution_ends_the_wait_when_patience_ends() {
        let cloud = Fake::new(|_, _| Ok(Script { looks: u32::MAX, ..Script::succeeds(json!({})) }));
        let mut wish = wish(2);
        wish.pace.patience = Duration::from_millis(5);
        let (report, _) = run(&cloud, &["ann"], wish).await;
        assert_eq!((report.started, report.finished, report.still_running, report.interrupted), (2, 0, 2, false));
    }

    #[test]
    fn turns_are_due_at_the_rate() {
        assert_eq!(due(30, Some(10.0)), Duration::from_secs(3));
        assert_eq!(due(30, None), Duration::ZERO);
        assert_eq!(due(30, Some(0.0)), Duration::ZERO);
        assert_eq!(due(30, Some(f64::MIN_POSITIVE)), Duration::MAX);
    }
}
