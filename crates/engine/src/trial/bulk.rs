//! Many executions at once: paced starts, waiting for every one, outcomes and latencies.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use tokio::sync::Semaphore;

use super::account::Account;
use super::bulk_report::BulkReport;
use super::bulk_run::{BulkRun, READ_AT_ONCE, number};
use super::participant::{Participant, clouds};
use super::run_clock::RunClock;
use super::sample::Sample;
use super::source::{Need, Source};
use super::tally::{Tally, lock};
use super::user_run::UserRun;
use super::watch::{Begun, Watched};
use crate::event::Happened;
use crate::host::Stopwatch;

/// Executions that run at once where no quota paces the starts and nothing else is said: starts would be sooner than any end, and all
/// there is to start would wait in line at once.
const UNPACED: usize = 256;
/// Users whose executions are started in turn where no quota paces the starts: so few that the workers of their functions are used again.
const BAND: usize = 8;

/// Starts the executions and waits for the end of every one. Trouble is counted and reported in the report.
pub async fn bulk(run: BulkRun<'_>) -> BulkReport {
    let watch = Stopwatch::start();
    let asked = run.count.saturating_mul(number(run.participants.len()));
    let tally = Mutex::new(Tally::default());
    let throttled_before = throttled(&run.participants);
    let source = drive(&run, &tally).await;
    lock(&tally).throttled = throttled(&run.participants).saturating_sub(throttled_before);
    let elapsed_ms = watch.elapsed_ms();
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut report = BulkReport { asked, source, elapsed_ms, ..tally.report() };
    let turns: BTreeMap<&str, usize> =
        run.participants.iter().enumerate().map(|(turn, participant)| (participant.user.as_str(), turn)).collect();
    report.users.sort_by_key(|user| turns.get(user.user.as_str()).copied());
    report.interrupted = run.cancel.is_set();
    if report.interrupted {
        // What was never tried is neither started nor refused.
        report.asked = report.started + report.failed_to_start;
    }
    let figures = report.figures();
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

/// Starts everything, follows it and counts, all at the same time. Gives where the times of states came from.
async fn drive(run: &BulkRun<'_>, tally: &Mutex<Tally>) -> Option<Source> {
    let (clouds, which) = clouds(&run.participants);
    let accounts: Vec<Account> = clouds.iter().map(|cloud| Account::new(run, cloud.as_ref())).collect();
    let reads = Semaphore::new(READ_AT_ONCE);
    let is_paced = clouds.iter().any(|cloud| cloud.bucket("states:StartExecution").is_some());
    let usual = if is_paced { Semaphore::MAX_PERMITS / 2 } else { UNPACED };
    let flight = Semaphore::new(run.in_flight.unwrap_or(usual).max(1));
    let clock = RunClock::new(Arc::clone(&run.time), run.pace.patience);
    let (mut user_runs, mut drawn_from) = (Vec::new(), Vec::new());
    let users = number(run.participants.len());
    for (turn, (participant, cloud)) in run.participants.iter().zip(which).enumerate() {
        let (Some(machine), Some(account)) = (participant.machines.get(&run.machine), accounts.get(cloud)) else {
            let why = format!("machine `{}` is not in the lab of this user", run.machine);
            lock(tally).not_started(&participant.user, why, run.count);
            continue;
        };
        let need =
            Need { machines: users, each: run.count, outputs: run.outcome.is_some(), histories: number(run.histories) };
        let source = Source::choose(machine, participant.cloud.as_ref(), need);
        let (outline, budgets) = (machine.outline(), &account.budgets);
        let sample = Sample::of(need.histories, number(turn), users, run.count);
        let (reads, flight, clock) = (&reads, &flight, &clock);
        user_runs.push(UserRun {
            run,
            participant,
            machine,
            outline,
            tally,
            source,
            sample,
            reads,
            flight,
            clock,
            budgets,
        });
        drawn_from.push(account);
    }
    let (mut senders, mut follows) = (Vec::new(), Vec::new());
    for (user_run, account) in user_runs.iter().zip(drawn_from) {
        let (started, to_watch) = unbounded();
        let (ended, over) = unbounded();
        senders.push((started, ended));
        follows.push(user_run.follow(account, to_watch, over));
    }
    let starting = async {
        start_all(run, &user_runs, &senders, (&flight, &clock, is_paced)).await;
        drop(senders);
    };
    tokio::join!(starting, futures::future::join_all(follows));
    user_runs.first().map(|user_run| user_run.source)
}

/// Starts that were throttled so far, over all connections.
fn throttled(participants: &[Participant]) -> u64 {
    let (clouds, _) = clouds(participants);
    let starts = ["states:StartExecution", "states:StartSyncExecution"];
    let throttles = clouds.iter().flat_map(|cloud| cloud.throttles());
    throttles.filter(|(operation, _)| starts.contains(&operation.as_str())).map(|(_, count)| count).sum()
}

/// The starts in turn: first of each user, second of each user, … Where nothing is paced, the endpoint is on this machine and has handlers of
/// a few users at a time at hand: a band of users after the other.
async fn start_all(
    run: &BulkRun<'_>,
    user_runs: &[UserRun<'_>],
    senders: &[(UnboundedSender<Begun>, UnboundedSender<Watched>)],
    (flight, clock, is_paced): (&Semaphore, &RunClock, bool),
) {
    let begun = clock.elapsed();
    let turns = turns(run.count, user_runs.len(), if is_paced { user_runs.len() } else { BAND });
    let starts = futures::stream::iter(turns.enumerate()).map(|(turn, (index, number))| async move {
        let due = begun.saturating_add(due(turn, run.per_second)).saturating_sub(clock.elapsed());
        let cancel = run.cancel.clone();
        if (!due.is_zero() && clock.pause(&cancel, due).await) || cancel.is_set() {
            return;
        }
        let place = tokio::select! {
            place = flight.acquire() => place,
            () = cancel.wait() => return,
        };
        let (Ok(place), Some(user_run), Some((started, ended))) = (place, user_runs.get(number), senders.get(number))
        else {
            return;
        };
        let hand_on = |execution| drop(started.unbounded_send(execution));
        if user_run.start(index, hand_on, |watched| drop(ended.unbounded_send(watched))).await {
            // Free again when its end is seen.
            place.forget();
        }
    });
    starts.buffer_unordered(run.concurrency.max(1)).for_each(|()| async {}).await;
}

/// Index and user of each start. Users take turns within a band, and bands come one after the other.
fn turns(count: u64, users: usize, band: usize) -> impl Iterator<Item = (u64, usize)> {
    let bands = (0..users).step_by(band.max(1)).map(move |first| first..users.min(first + band.max(1)));
    bands.flat_map(move |band| (1..=count).flat_map(move |index| band.clone().map(move |user| (index, user))))
}

/// When a turn is due, after the first.
fn due(turn: usize, per_second: Option<f64>) -> Duration {
    let turn = u32::try_from(turn).map_or(f64::from(u32::MAX), f64::from);
    let seconds = per_second.filter(|rate| *rate > 0.0).map_or(0.0, |rate| turn / rate);
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use serde_json::json;

    use super::super::bulk_report::BulkFailure;
    use super::super::fake::{Script, ScriptedCloud, error, pace, participant};
    use super::super::latency::Latency;
    use super::super::participant::Logged;
    use super::super::record::each_record;
    use super::*;
    use crate::cloud::ErrorClass;
    use crate::event::Journal;
    use crate::event::{Event, Listener};
    use crate::model::UserName;
    use crate::trial::pace::{Cancel, Pace};
    use crate::trial::record::RecordFile;
    use crate::trial::threshold::Threshold;

    /// Every tenth input fails, as its `status` says.
    fn cloud() -> Arc<ScriptedCloud> {
        ScriptedCloud::new(|_, input| {
            let index = input["index"].as_u64().unwrap();
            let status = if input["invalid"] == true { "REJECTED" } else { "COMPLETED" };
            let ms = i64::try_from(index).unwrap();
            Ok(Script {
                polls: 2 + u32::try_from(index % 3).unwrap(),
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
        records: RecordFile,
        logged: bool,
        /// Whether COMPLETED alone is good.
        judged: bool,
        in_flight: Option<usize>,
    }

    fn wish(count: u64) -> Wish {
        Wish {
            machine: "work",
            count,
            invalid_share: 0.0,
            thresholds: Vec::new(),
            cancel: Cancel::new(),
            pace: pace(),
            records: RecordFile::default(),
            logged: false,
            judged: false,
            in_flight: None,
        }
    }

    #[derive(Default)]
    struct Ear {
        started: AtomicU64,
        finished: AtomicU64,
        /// Executions at once.
        peak: AtomicU64,
    }

    impl Listener for Arc<Ear> {
        fn hear(&self, event: &Event) {
            match event.event {
                Happened::ExecutionStarted { .. } => {
                    let started = self.started.fetch_add(1, Ordering::Relaxed) + 1;
                    self.peak.fetch_max(started - self.finished.load(Ordering::Relaxed), Ordering::Relaxed);
                }
                Happened::ExecutionFinished { .. } => {
                    self.finished.fetch_add(1, Ordering::Relaxed);
                }
                _ => {}
            }
        }
    }

    /// The participants' STANDARD machines write everything into their log groups.
    fn logged(participants: &mut [Participant]) {
        for participant in participants {
            let group = format!("/aws/vendedlogs/states/{}-work", participant.user);
            let machine = participant.machines.get_mut("work").unwrap();
            (machine.log_group, machine.logged) = (Some(group), Logged::Everything);
        }
    }

    async fn run(cloud: &Arc<ScriptedCloud>, users: &[&str], wish: Wish) -> (BulkReport, u64) {
        let ear = Arc::new(Ear::default());
        let journal = Journal::open(None, None, vec![Box::new(Arc::clone(&ear))]).unwrap();
        let make_input = |_: &UserName, index: u64, invalid: bool| {
            if index == 13 { Err("no luck".to_owned()) } else { Ok(json!({"index": index, "invalid": invalid})) }
        };
        let mut participants: Vec<_> = users.iter().map(|user| participant(user, Arc::clone(cloud))).collect();
        if wish.logged {
            logged(&mut participants);
        }
        for machine in participants.iter_mut().filter(|_| wish.judged).flat_map(|it| it.machines.values_mut()) {
            (machine.outcome, machine.good) = (Some("/status".to_owned()), vec!["COMPLETED".to_owned()]);
        }
        let report = bulk(BulkRun {
            participants,
            machine: wish.machine.to_owned(),
            count: wish.count,
            per_second: None,
            invalid_share: wish.invalid_share,
            seed: 7,
            make_input: &make_input,
            outcome: Some("/status".to_owned()),
            thresholds: wish.thresholds.iter().map(|text| Threshold::parse(text).unwrap()).collect(),
            histories: 6,
            records: &wish.records,
            keeps_time: true,
            concurrency: 8,
            in_flight: wish.in_flight,
            run_id: "r1".to_owned(),
            pace: wish.pace,
            time: crate::host::real_time(),
            journal: &journal,
            cancel: wish.cancel,
        })
        .await;
        if let Some(most) = wish.in_flight {
            assert!(ear.peak.load(Ordering::Relaxed) <= most as u64, "{} at once", ear.peak.load(Ordering::Relaxed));
        }
        (report, ear.finished.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn failed_executions_are_looked_into_as_far_as_the_bucket_goes() {
        let mut cloud = ScriptedCloud::new(|_, _| {
            Ok(Script { caught: true, states: vec!["Work", "Sorry"], ..Script::succeeds(json!({"status": "SORRY"})) })
        });
        Arc::get_mut(&mut cloud).unwrap().region = Some("us-east-1");
        let (report, _) = run(&cloud, &["ann", "ben"], Wish { judged: true, ..wish(900) }).await;
        let causes: Vec<_> = report.causes.iter().map(|it| (it.key.as_str(), it.count, it.users.len())).collect();
        // One of each user's inputs cannot be made.
        assert_eq!((causes, report.failed), (vec![("failed/Work", 1798, 2)], 1798));
        // 400 and a minute of twenty a second, those for latencies among them.
        assert_eq!(cloud.calls_of("history"), 1600);
        assert_eq!((report.taken_alike, report.unexplained), (198, 0));
        assert!(report.causes[0].example.as_deref().is_some_and(|it| it.ends_with("-r1")), "{:?}", report.causes);
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
            let sampled = if machine == "work" { 6 } else { 24 };
            assert_eq!((report.states_of, report.states["Work"].count), (sampled, sampled), "{machine}");
            assert_eq!(report.users.iter().map(|user| user.finished).collect::<Vec<_>>(), [12, 12]);
            assert_eq!(
                report.users[1].outcomes,
                BTreeMap::from([("COMPLETED".to_owned(), 9), ("REJECTED".to_owned(), 3)])
            );
            assert!(report.failures.is_empty());
        }
    }

    #[test]
    fn users_take_turns_within_a_band() {
        let all = |count, users, band| turns(count, users, band).collect::<Vec<_>>();
        assert_eq!(all(2, 3, 3), [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]);
        assert_eq!(all(2, 3, 2), [(1, 0), (1, 1), (2, 0), (2, 1), (1, 2), (2, 2)]);
        assert!(all(2, 0, 2).is_empty() && all(0, 2, 2).is_empty());
    }

    #[tokio::test]
    async fn a_class_costs_pages_and_no_polls() {
        let cloud = ScriptedCloud::new(|_, _| Ok(Script::succeeds(json!({"status": "COMPLETED"}))));
        let names: Vec<String> = (1..=300).map(|number| format!("user{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (report, heard) = run(&cloud, &names, Wish { logged: true, ..wish(10) }).await;
        assert_eq!((report.started, report.finished, heard, report.states_of), (3000, 3000, 3000, 6));
        assert_eq!(report.outcomes, BTreeMap::from([("COMPLETED".to_owned(), 3000)]));
        assert_eq!(report.source, Some(Source::LogGroupEnds));
        assert_eq!(report.users.iter().take(3).map(|user| user.user.as_str()).collect::<Vec<_>>(), names[..3]);
        let calls = |operation: &str| cloud.calls_of(operation);
        assert!(calls("executions") <= 600, "two listings a machine: {}", calls("executions"));
        assert!(calls("logs") <= 600, "two pages a machine: {}", calls("logs"));
        assert_eq!((calls("execution"), calls("history")), (0, 6));
    }

    #[tokio::test]
    async fn where_quotas_pace_the_log_group_tells_everything_of_every_execution() {
        let folder = tempfile::tempdir().unwrap();
        let mut cloud = cloud();
        Arc::get_mut(&mut cloud).unwrap().region = Some("us-east-1");
        let path = folder.path().join("run.jsonl");
        let records = RecordFile::create(&path).unwrap();
        let (report, _) = run(&cloud, &["ann", "ben"], Wish { logged: true, records, ..wish(5) }).await;
        assert_eq!((report.source, report.states_of, report.finished), (Some(Source::LogGroup), 10, 10));
        assert_eq!(cloud.calls_of("history"), 0);
        each_record(&path, |record| assert!(record.states_ms.contains_key("Work"), "{record:?}")).unwrap();
    }

    #[tokio::test]
    async fn what_the_log_does_not_tell_in_time_is_asked_for() {
        let mut cloud = cloud();
        Arc::get_mut(&mut cloud).unwrap().log_polls = u64::MAX;
        let mut wish = Wish { logged: true, ..wish(6) };
        wish.pace.log_patience = Duration::from_millis(3);
        let (report, _) = run(&cloud, &["ann"], wish).await;
        assert_eq!(report.outcomes, BTreeMap::from([("COMPLETED".to_owned(), 6)]));
        assert_eq!((cloud.calls_of("execution"), report.states_of), (6, 6));
        assert_eq!(report.unlogged, BTreeMap::from([("ann".to_owned(), 6)]));
    }

    #[tokio::test]
    async fn a_straggler_behind_thousands_costs_no_pages() {
        let cloud = ScriptedCloud::new(|_, input| {
            let polls = if input["index"] == 1 { 40 } else { 1 };
            Ok(Script { polls, ..Script::succeeds(json!({"status": "COMPLETED"})) })
        });
        let mut wish = Wish { logged: true, ..wish(2500) };
        (wish.pace.first, wish.pace.longest) = (Duration::from_millis(20), Duration::from_millis(20));
        let (report, _) = run(&cloud, &["ann"], wish).await;
        assert_eq!((report.finished, report.failed_to_start), (2499, 1), "{:?}", report.failures);
        assert!(cloud.calls_of("executions") < 30, "{} listings", cloud.calls_of("executions"));
        assert!(cloud.calls_of("execution") > 0);
    }

    #[tokio::test]
    async fn no_more_run_at_once_than_is_allowed() {
        for machine in ["work", "fast"] {
            let wish = Wish { machine, in_flight: Some(3), ..wish(12) };
            let (report, _) = run(&cloud(), &["ann", "ben"], wish).await;
            assert_eq!((report.started, report.finished), (24, 24), "{machine}");
        }
    }

    #[tokio::test]
    async fn every_execution_is_a_line_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        for (logged, machine) in [(false, "work"), (true, "work"), (false, "fast")] {
            let path = folder.path().join(format!("{machine}-{logged}.jsonl"));
            let records = RecordFile::create(&path).unwrap();
            let (_, _) = run(&cloud(), &["ann", "ben"], Wish { machine, records, logged, ..wish(5) }).await;
            let (mut names, mut with_states) = (std::collections::BTreeSet::new(), 0);
            each_record(&path, |record| {
                assert_eq!((record.outcome.as_str(), record.status.as_str()), ("COMPLETED", "SUCCEEDED"));
                assert_eq!(record.machine, format!("{}-{machine}", record.user));
                assert!(record.ms().is_some(), "{record:?}");
                with_states += usize::from(record.states_ms.contains_key("Work"));
                names.insert((record.user, record.name));
            })
            .unwrap();
            // An EXPRESS machine tells of all its executions in its log, of others a sample of histories is read.
            assert_eq!((names.len(), with_states), (10, if machine == "fast" { 10 } else { 5 }), "{machine} {logged}");
        }
    }

    #[tokio::test]
    async fn an_input_that_cannot_be_made_is_counted() {
        let (report, _) = run(&cloud(), &["ann"], wish(14)).await;
        assert_eq!((report.started, report.finished, report.failed_to_start), (13, 13, 1));
        let failure =
            BulkFailure { user: "ann".to_owned(), error: "the input could not be made: no luck".to_owned(), count: 1 };
        assert_eq!(report.failures, [failure]);
        assert!(!report.is_not_deployed());
    }

    #[tokio::test]
    async fn a_machine_that_is_not_there_is_asked_for_no_further() {
        let cloud = ScriptedCloud::new(|_, _| Err(error(ErrorClass::NotFound, "states:StartExecution")));
        let (report, _) = run(&cloud, &["ann"], wish(100)).await;
        assert_eq!((report.started, report.failed_to_start), (0, 100));
        assert!(report.is_not_deployed(), "{:?}", report.failures);
        assert!(cloud.calls_of("start") <= 8, "{}", cloud.calls_of("start"));
        assert_eq!(report.latency_ms, None);
        assert_eq!(report.failures.iter().map(|failure| failure.count).sum::<u64>(), 100);
    }

    #[tokio::test]
    async fn a_start_that_stays_throttled_is_counted_and_reported() {
        let refused = AtomicU64::new(0);
        let cloud = ScriptedCloud::new(move |_, _| {
            if refused.fetch_add(1, Ordering::Relaxed) == 0 {
                return Err(error(ErrorClass::Throttled, "states:StartExecution"));
            }
            Ok(Script::succeeds(json!({"status": "COMPLETED"})))
        });
        // The connection has tried it as often as it may.
        let (report, _) = run(&cloud, &["ann"], wish(3)).await;
        assert_eq!((report.started, report.finished, report.throttled, report.failed_to_start), (2, 2, 1, 1));
    }

    #[tokio::test]
    async fn an_interruption_reports_what_ran_and_what_still_runs() {
        let cancel = Cancel::new();
        let interrupt = cancel.clone();
        let cloud = ScriptedCloud::new(|_, input| {
            let polls = if input["index"] == 1 { 1 } else { u32::MAX };
            Ok(Script { polls, ..Script::succeeds(json!({"status": "COMPLETED"})) })
        });
        let heard = |cloud: Arc<ScriptedCloud>| async move {
            while cloud.calls_of("executions") < 4 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            interrupt.trigger();
        };
        let wish = Wish { cancel, thresholds: vec!["finished==4"], ..wish(4) };
        let ((report, _), ()) = tokio::join!(run(&cloud, &["ann"], wish), heard(Arc::clone(&cloud)));
        assert!(report.interrupted);
        assert_eq!((report.started, report.finished, report.still_running), (4, 1, 3));
        assert!(!report.thresholds[0].passed);
    }

    #[tokio::test]
    async fn an_endless_execution_ends_the_wait_when_patience_ends() {
        let cloud = ScriptedCloud::new(|_, _| Ok(Script { polls: u32::MAX, ..Script::succeeds(json!({})) }));
        let mut wish = wish(2);
        wish.pace.patience = Duration::from_millis(5);
        let (report, _) = run(&cloud, &["ann"], wish).await;
        assert_eq!((report.started, report.finished, report.still_running, report.interrupted), (2, 0, 2, false));
        assert_eq!(cloud.stopped().len(), 2);
        let reported =
            report.failures.iter().map(|failure| (failure.error.as_str(), failure.count)).collect::<Vec<_>>();
        assert_eq!(reported, [("was still running after 0 s in which nothing ended, and was stopped", 2)]);
    }

    #[test]
    fn turns_are_due_at_the_rate() {
        assert_eq!(due(30, Some(10.0)), Duration::from_secs(3));
        assert_eq!(due(30, None), Duration::ZERO);
        assert_eq!(due(30, Some(0.0)), Duration::ZERO);
        assert_eq!(due(30, Some(f64::MIN_POSITIVE)), Duration::MAX);
    }
}
