//! A pack's scenarios, run for every user at once and compared with what they expect.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::arn_polling::ArnPolling;
use super::coverage::{Coverage, Reach};
use super::group::Group;
use super::participant::Participant;
use super::run_clock::RunClock;
use super::scenario_run::{Case, ScenarioOutcome, ScenarioRun, Seen};
use crate::asl::Definition;
use crate::cloud::Cloud;
use crate::model::Scenario;

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

/// Runs the scenarios, all at once, a user's as soon as it is known who takes part; nobody's where that gives none. Trouble with one is
/// reported in its outcome and stops no other.
pub async fn run_scenarios<A>(run: ScenarioRun<'_>, arriving: impl IntoIterator<Item = A>) -> ScenarioReport
where
    A: Future<Output = Option<Participant>>,
{
    let shared = Shared {
        permits: Semaphore::new(run.concurrency.max(1)),
        clock: RunClock::new(Arc::clone(&run.time), run.pace.patience),
        polling: Mutex::default(),
        reach: Mutex::default(),
        run: &run,
    };
    let everybody = arriving.into_iter().enumerate().map(async |(turn, arrives)| match arrives.await {
        Some(participant) => shared.run(turn, &participant).await,
        None => Vec::new(),
    });
    let mut seen: Vec<Seen> = join_all(everybody).await.into_iter().flatten().collect();
    seen.sort_by_key(|seen| seen.order);
    let mut reach = shared.reach.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut scenarios = Vec::new();
    for Seen { outcome, trace, .. } in seen {
        if let Some(trace) = &trace {
            reach.see(&outcome.machine, trace);
        }
        scenarios.push(ScenarioOutcome { trace, ..outcome });
    }
    ScenarioReport { scenarios, coverage: reach.coverage(), interrupted: run.cancel.is_set() }
}

/// An account, and who asks it after executions.
type Polled = (Arc<dyn Cloud>, Arc<ArnPolling>);

/// What all users share.
struct Shared<'a> {
    run: &'a ScenarioRun<'a>,
    permits: Semaphore,
    clock: RunClock,
    /// Those in one cloud share its buckets.
    polling: Mutex<Vec<Polled>>,
    reach: Mutex<Reach>,
}

impl Shared<'_> {
    /// Runs the scenarios of one user, whose turn it is in the report.
    async fn run(&self, turn: usize, participant: &Participant) -> Vec<Seen> {
        let run = self.run;
        let polling = self.polling(&participant.cloud);
        let mut by_machine: BTreeMap<&str, Vec<Case<'_>>> = BTreeMap::new();
        for (number, scenario) in run.scenarios.iter().enumerate() {
            if participant.takes(scenario) {
                by_machine.entry(&scenario.machine).or_default().push(Case { order: (turn, number), scenario });
            }
        }
        let (mut groups, mut seen) = (Vec::new(), Vec::new());
        for (name, machine) in &participant.machines {
            let definition = machine.parsed();
            let outline = definition.as_ref().map(Definition::outline);
            let cases = by_machine.remove(name.as_str());
            if let Some(outline) = outline.as_ref().filter(|_| cases.is_some() || !run.only_some) {
                self.reach.lock().unwrap_or_else(PoisonError::into_inner).expect(name, outline);
            }
            if let Some(cases) = cases {
                let (permits, polling, clock) = (&self.permits, polling.as_ref(), &self.clock);
                let group = Group { run, participant, machine, definition, outline, permits, polling, clock };
                groups.push(async move { group.run(cases).await });
            }
        }
        for case in by_machine.into_values().flatten() {
            let problem = format!("machine `{}` is not in the lab of this user", case.scenario.machine);
            seen.push(Seen::without(run, participant, case, vec![problem], None));
        }
        seen.extend(join_all(groups).await.into_iter().flatten());
        seen
    }

    fn polling(&self, cloud: &Arc<dyn Cloud>) -> Arc<ArnPolling> {
        let mut all = self.polling.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, polling)) = all.iter().find(|(known, _)| Arc::ptr_eq(known, cloud)) {
            return Arc::clone(polling);
        }
        let polling = Arc::new(ArnPolling::new(self.run.keeps_time()));
        all.push((Arc::clone(cloud), Arc::clone(&polling)));
        polling
    }
}

/// How many of these scenarios are run, over all participants.
pub fn count_scenarios(participants: &[Participant], scenarios: &[Scenario]) -> usize {
    let of = |participant: &Participant| scenarios.iter().filter(|it| participant.takes(it)).count();
    participants.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fake::{Script, ScriptedCloud, error, pace, participant};
    use super::super::pace::{Cancel, Pace};
    use super::*;
    use crate::cloud::{ErrorClass, published_bucket};
    use crate::event::Journal;
    use crate::host::virtual_time::Virtual;
    use crate::model::{ExecutionStatus, Expectation};
    use std::future::ready;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    fn scenario(name: &str, machine: &str, path: &[&str]) -> Scenario {
        Scenario {
            name: name.to_owned(),
            title: String::new(),
            machine: machine.to_owned(),
            input: json!({"case": name}),
            expect: Expectation {
                status: ExecutionStatus::Succeeded,
                output: Some(json!({"status": "COMPLETED"})),
                error: None,
                path: Some(path.iter().map(|&state| state.to_owned()).collect()),
            },
            waits_seconds: 0,
            when: None,
            nonce: None,
            stage: None,
            mocks: Vec::new(),
        }
    }

    struct Setting {
        scenarios: Vec<Scenario>,
        pace: Pace,
        slow: bool,
        factor: f64,
        only_some: bool,
        concurrency: usize,
        cancel: Cancel,
    }

    fn setting(scenarios: Vec<Scenario>) -> Setting {
        let cancel = Cancel::new();
        Setting { scenarios, pace: pace(), slow: false, factor: 1.0, only_some: false, concurrency: 4, cancel }
    }

    async fn run(cloud: &Arc<ScriptedCloud>, users: &[&str], setting: Setting) -> ScenarioReport {
        let time = cloud.time.clone().unwrap_or_else(crate::host::real_time);
        let journal = Journal::open(None, None, Vec::new()).unwrap();
        let run = ScenarioRun {
            scenarios: setting.scenarios,
            only_some: setting.only_some,
            include_slow: setting.slow,
            time_factor: setting.factor,
            concurrency: setting.concurrency,
            run_id: "r1".to_owned(),
            pace: setting.pace,
            time,
            journal: &journal,
            cancel: setting.cancel,
        };
        run_scenarios(run, users.iter().map(|user| ready(Some(participant(user, Arc::clone(cloud)))))).await
    }

    fn by_case() -> Arc<ScriptedCloud> {
        ScriptedCloud::new(|_, input| match input["case"].as_str() {
            Some("caught") => Ok(Script {
                states: vec!["Work", "Sorry"],
                caught: true,
                ..Script::succeeds(json!({"status": "COMPLETED"}))
            }),
            Some("wrong") => Ok(Script::succeeds(json!({"status": "FAILED"}))),
            Some("refused") => Err(error(ErrorClass::NotFound, "states:StartExecution")),
            Some("endless") => Ok(Script { polls: u32::MAX, ..Script::succeeds(json!({})) }),
            Some("unlisted") => Ok(Script { listed: false, ..Script::succeeds(json!({"status": "COMPLETED"})) }),
            _ => Ok(Script { polls: 3, ..Script::succeeds(json!({"status": "COMPLETED", "id": 1})) }),
        })
    }

    #[tokio::test]
    async fn everything_reached_is_full_coverage() {
        let cloud = by_case();
        let mut scenarios = Vec::new();
        for machine in ["work", "fast"] {
            scenarios.push(scenario("valid", machine, &["Work", "Done"]));
            scenarios.push(scenario("caught", machine, &["Work", "Sorry"]));
        }
        let report = run(&cloud, &["ann", "ben"], setting(scenarios)).await;
        assert_eq!((report.passed(), report.failed(), report.skipped()), (8, 0, 0), "{:#?}", report.scenarios);
        assert_eq!((report.coverage.states.covered, report.coverage.states.total), (6, 6));
        assert_eq!((report.coverage.transitions.covered, report.coverage.transitions.total), (4, 4));
        let order: Vec<_> = report.scenarios.iter().map(|one| (one.user.as_str(), one.name.as_str())).collect();
        assert_eq!(order[..2], [("ann", "valid"), ("ann", "caught")]);
        assert_eq!(report.scenarios[0].ms, 10);
        assert!(report.scenarios[0].execution_arn.as_deref().is_some_and(|arn| arn.ends_with(":labctl-valid-r1")));
    }

    #[tokio::test]
    async fn what_was_started_is_followed_by_its_arn_and_never_listed() {
        let cloud = by_case();
        let scenarios = (0..20).map(|number| scenario(&format!("s{number}"), "work", &["Work", "Done"])).collect();
        let report = run(&cloud, &["ann"], setting(scenarios)).await;
        assert_eq!(report.passed(), 20);
        let calls = ["executions", "execution", "history"].map(|operation| cloud.calls_of(operation));
        assert_eq!(calls, [0, 60, 20], "each is over with the third poll, which has its output");
    }

    /// Milliseconds that each of the eight executions takes that `verify` starts for a user, some a third more.
    const TAKES_MS: [i64; 8] = [300, 450, 2_400, 15_000, 900, 1_200, 6_000, 3_500];

    fn class(time: &Arc<Virtual>, region: &'static str) -> Arc<ScriptedCloud> {
        let started = AtomicI64::new(0);
        let mut cloud = ScriptedCloud::new(move |_, input| {
            let kind = input["case"].as_str().and_then(|case| case.trim_start_matches('s').parse::<usize>().ok());
            let usual = TAKES_MS[kind.unwrap()];
            let more = usual * (started.fetch_add(3, Ordering::Relaxed) % 7) / 18;
            Ok(Script { ms: usual + more, ..Script::succeeds(json!({"status": "COMPLETED"})) })
        });
        let fake = Arc::get_mut(&mut cloud).unwrap();
        (fake.region, fake.time) = (Some(region), Some(Arc::clone(time) as crate::host::Time));
        cloud
    }

    #[test]
    fn a_class_is_seen_to_end_within_what_the_buckets_allow() {
        for (region, users) in [("us-east-1", 300), ("eu-central-1", 100)] {
            let started = 8 * users;
            let (cloud, took) = Virtual::run(async |time| {
                let cloud = class(&time, region);
                let scenarios =
                    (0..TAKES_MS.len()).map(|number| scenario(&format!("s{number}"), "work", &["Work", "Done"]));
                let names: Vec<String> = (1..=users).map(|number| format!("user{number}")).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let wish = Setting { pace: Pace::default(), concurrency: 32, ..setting(scenarios.collect()) };
                let report = run(&cloud, &names, wish).await;
                assert_eq!((report.passed(), report.failed()), (started, 0));
                cloud
            });
            let bound = |operation: &str| {
                let quota = published_bucket(operation, region).unwrap().quota;
                (f64::from(u32::try_from(started).unwrap()) - quota.burst) / quota.per_second
            };
            let bound = ["StartExecution", "DescribeExecution", "GetExecutionHistory"]
                .map(|operation| bound(&format!("states:{operation}")))
                .into_iter()
                .fold(0.0, f64::max);
            let polls = cloud.calls_of("execution");
            assert_eq!(cloud.calls_of("executions"), 0);
            assert!(polls <= started as u64 * 11 / 10, "{region}: {polls} polls");
            assert!(took.as_secs_f64() <= bound * 1.1, "{region}: {took:?} of at least {bound} s");
        }
    }

    /// Of users on an endpoint on this machine, whose few processors take up executions one after the other: polls for each execution, how late
    /// ends are seen as a share of what the execution took, on average, and how much later than the last end the run is over.
    fn followed(users: usize, takes: impl Fn(usize, i64) -> i64 + Send + Sync + Copy + 'static) -> (f64, f64, f64) {
        let (cloud, took) = Virtual::run(async |time| {
            let started = AtomicI64::new(0);
            let mut cloud = ScriptedCloud::new(move |_, input| {
                let kind = input["case"].as_str().and_then(|case| case.trim_start_matches('s').parse::<usize>().ok());
                let ms = takes(kind.unwrap(), started.fetch_add(1, Ordering::Relaxed));
                Ok(Script { ms, ..Script::succeeds(json!({"status": "COMPLETED"})) })
            });
            Arc::get_mut(&mut cloud).unwrap().time = Some(time);
            let scenarios = (0..8).map(|number| scenario(&format!("s{number}"), "work", &["Work", "Done"])).collect();
            let names: Vec<String> = (1..=users).map(|number| format!("user{number}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let wish = Setting { pace: Pace::default(), concurrency: 32, ..setting(scenarios) };
            let report = run(&cloud, &names, wish).await;
            assert_eq!((report.passed(), report.failed()), (8 * users, 0));
            cloud
        });
        let number = |count: usize| f64::from(u32::try_from(count).unwrap());
        let seen = cloud.seen();
        let share =
            |(late, ms): &(i64, i64)| number(usize::try_from(*late).unwrap()) / number(usize::try_from(*ms).unwrap());
        let late = seen.iter().map(share).sum::<f64>() / number(seen.len());
        let last = seen.iter().map(|(_, ms)| *ms).max().unwrap();
        let polls = number(usize::try_from(cloud.calls_of("execution")).unwrap()) / number(8 * users);
        (polls, late, took.as_secs_f64() * 1000.0 / number(usize::try_from(last).unwrap()) - 1.0)
    }

    #[test]
    fn where_nothing_is_paced_one_that_still_runs_stands_for_those_behind_it() {
        // Each waits for those before it; a few are quick, some take twice as long, and some wait for a time that jumps at the end.
        let in_turn = |kind: usize, before: i64| match kind {
            0 => 200 + before * 20,
            7 => 20_000,
            _ => 400 + before * 40 + (before * 7919) % 300,
        };
        for (users, most, latest) in [(3, 6.0, 0.15), (30, 3.0, 0.125)] {
            let (polls, late, after) = followed(users, in_turn);
            assert!(polls <= most, "{users} users: {polls} polls for each execution");
            assert!(late <= latest && after <= latest, "{users} users: {late} late, {after} after the last end");
        }
    }

    #[test]
    fn where_nothing_is_paced_one_that_takes_long_hides_no_other() {
        let (polls, late, after) = followed(30, |_, before| if before < 8 { 30_000 } else { 1_000 + before });
        assert!(polls <= 4.0, "{polls}");
        // The last in line is asked for after two seconds, and then everybody.
        assert!(late <= 1.1 && after <= 0.1, "{late} {after}");
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_and_stops_no_other() {
        let cloud = by_case();
        let scenarios = vec![
            scenario("wrong", "work", &["Work", "Sorry"]),
            scenario("refused", "work", &[]),
            scenario("valid", "work", &["Work", "Done"]),
            scenario("lost", "nowhere", &[]),
        ];
        let report = run(&cloud, &["ann"], setting(scenarios)).await;
        let problems: Vec<_> = report.scenarios.iter().map(|one| one.problems.join("; ")).collect();
        assert_eq!(
            problems,
            [
                "output.status: expected `COMPLETED`, got `FAILED`; \
                 path: state 2: expected `Sorry`, got `Done` (entered: Work, Done)",
                "could not be started: states:StartExecution: scripted; run `labctl deploy` first",
                "",
                "machine `nowhere` is not in the lab of this user",
            ]
        );
        assert_eq!(report.passed(), 1);
        let refused = report.scenarios[1].refused.as_ref().map(|error| error.class);
        assert_eq!((refused, report.scenarios[0].refused.as_ref()), (Some(ErrorClass::NotFound), None));
        assert_eq!(
            report.coverage.transitions.missing,
            ["fast: Work -> Done", "fast: Work -> Sorry (catch)", "work: Work -> Sorry (catch)"]
        );
    }

    #[tokio::test]
    async fn an_execution_that_listings_leave_out_is_seen_to_end() {
        let report = run(&by_case(), &["ann"], setting(vec![scenario("unlisted", "work", &["Work", "Done"])])).await;
        assert_eq!(report.passed(), 1, "{:#?}", report.scenarios);
    }

    #[tokio::test]
    async fn an_endless_execution_is_stopped_when_patience_ends() {
        let cloud = by_case();
        let mut setting = setting(vec![scenario("endless", "work", &[])]);
        setting.pace.grace = Duration::from_millis(5);
        let report = run(&cloud, &["ann"], setting).await;
        let problem = report.scenarios[0].problems.join("; ");
        assert!(
            problem.starts_with("was still running in `Done` after 0 s (its `waits_seconds` of 0 and 0 s more)"),
            "{problem}"
        );
        assert!(problem.ends_with("was stopped"), "{problem}");
        assert_eq!(cloud.stopped().len(), 1);
    }

    #[tokio::test]
    async fn a_log_that_comes_late_is_waited_for_and_one_that_never_comes_is_reported() {
        let mut cloud = by_case();
        Arc::get_mut(&mut cloud).unwrap().log_polls = 4;
        let scenarios = vec![scenario("valid", "fast", &["Work", "Done"])];
        assert_eq!(run(&cloud, &["ann"], setting(scenarios.clone())).await.passed(), 1);

        let mut cloud = by_case();
        Arc::get_mut(&mut cloud).unwrap().log_polls = u64::MAX;
        let mut never = setting(scenarios);
        never.pace.log_patience = Duration::from_millis(3);
        let report = run(&cloud, &["ann"], never).await;
        assert_eq!(
            report.scenarios[0].problems,
            ["path: not known: the log was not delivered to `/aws/vendedlogs/states/ann-fast` within 0 s; \
              is the machine's logging level ALL?"]
        );
        assert_eq!(report.scenarios[0].actual.as_ref().map(|actual| actual.status), Some(ExecutionStatus::Succeeded));
    }

    #[tokio::test]
    async fn slow_scenarios_run_where_time_jumps_or_when_asked_for() {
        let slow = Scenario { waits_seconds: 300, ..scenario("valid", "work", &["Work", "Done"]) };
        let reported = |slow_too, factor| {
            let mut setting = setting(vec![slow.clone()]);
            (setting.slow, setting.factor) = (slow_too, factor);
            async move { run(&by_case(), &["ann"], setting).await }
        };
        let report = reported(false, 1.0).await;
        assert_eq!((report.passed(), report.skipped(), report.failed()), (0, 1, 0));
        assert_eq!(report.scenarios[0].notes, ["left out: it waits 300 s of real time; run it with `--slow`"]);
        assert_eq!(reported(true, 1.0).await.passed(), 1);
        assert_eq!(reported(false, f64::INFINITY).await.passed(), 1);
        assert_eq!(reported(false, 100.0).await.passed(), 1, "three seconds are not slow");
        assert_eq!(reported(false, 9.0).await.skipped(), 1);
    }

    #[tokio::test]
    async fn some_scenarios_cover_their_machines_only() {
        let setting = Setting { only_some: true, ..setting(vec![scenario("valid", "work", &["Work", "Done"])]) };
        let report = run(&by_case(), &["ann"], setting).await;
        assert_eq!((report.coverage.states.covered, report.coverage.states.total), (2, 3));
        assert_eq!(report.coverage.states.missing, ["work: Sorry"]);
    }

    #[tokio::test]
    async fn a_setting_switches_a_scenario_on() {
        let switched = Scenario { when: Some("sqs".to_owned()), ..scenario("valid", "work", &["Work", "Done"]) };
        assert!(run(&by_case(), &["ann"], setting(vec![switched])).await.scenarios.is_empty());
    }

    #[tokio::test]
    async fn an_interruption_ends_the_wait() {
        let cancel = Cancel::new();
        let interrupt = cancel.clone();
        let cloud = by_case();
        let scenarios = vec![scenario("endless", "work", &[]), scenario("valid", "fast", &["Work", "Done"])];
        let setting = Setting { cancel, ..setting(scenarios) };
        let users = ["ann"];
        let running = run(&cloud, &users, setting);
        let interrupting = async {
            while cloud.calls_of("execution") < 3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            interrupt.trigger();
        };
        let (report, ()) = tokio::join!(running, interrupting);
        assert!(report.interrupted);
        assert_eq!(report.scenarios[0].problems, ["was interrupted before its end"]);
        assert!(report.scenarios[1].passed);
        assert!(cloud.stopped().is_empty());
    }
}
