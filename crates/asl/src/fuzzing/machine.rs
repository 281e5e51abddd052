//! A machine, run to its end or to a limit by a driver that jumps from one thing to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::trace::{HistoryEvent, Trace};
use crate::{Command, Definition, Effects, Event, Run, Seed, Signal, Task, TaskId, TimerId};

/// What is reported to a run at most; whoever gets here waits.
const MOST_SIGNALS: usize = 400;

/// An EXPRESS loop comes to no end of its own; it is stopped after so many events.
const MOST_EVENTS: usize = 1_000;

/// Runs a machine; what becomes of its tasks is given by `fates`, one byte for each, over and over. An empty list lets all succeed.
///
/// # Panics
/// Unless, whatever comes, events are numbered without a gap and follow earlier ones, the end comes once and leaves nothing behind, and the
/// same again gives the same again; and its trace has every state that was entered, each with an end once the execution has one.
pub fn execute(machine: &Arc<Definition>, input: &Value, express: bool, fates: &[u8]) {
    let events = Driver::run(machine, input.clone(), express, fates);
    assert_traced(machine, &events);
    // Every second time is often enough for what costs as much again.
    if fates.last().is_some_and(|fate| fate % 2 == 1) {
        return;
    }
    assert_eq!(Driver::run(machine, input.clone(), express, fates), events, "two runs differ");
}

fn assert_traced(machine: &Definition, events: &[Event]) {
    let reported = serde_json::to_value(events).and_then(serde_json::from_value::<Vec<HistoryEvent>>);
    assert!(reported.is_ok(), "events are not read as they are written: {reported:?}");
    let trace = Trace::of(&machine.outline(), &reported.unwrap_or_default());
    let entered = events.iter().filter(|event| event.event_type.ends_with("StateEntered")).count();
    assert_eq!(trace.visits.len(), entered, "the trace has other states than the history");
    if trace.end.is_some() {
        let open = trace.visits.iter().find(|visit| visit.end.is_none());
        assert!(open.is_none(), "the execution is over, and a visit is not: {open:?}");
    }
}

struct Driver<'fates> {
    fates: &'fates [u8],
    tasks: usize,
    now_ms: i64,
    queue: BTreeMap<(i64, u64), Signal>,
    timers: BTreeMap<TimerId, (i64, u64)>,
    open: BTreeSet<TaskId>,
    sequence: u64,
    events: Vec<Event>,
    ended: bool,
}

impl<'fates> Driver<'fates> {
    fn run(machine: &Arc<Definition>, input: Value, express: bool, fates: &'fates [u8]) -> Vec<Event> {
        let seed = seed(input, express);
        let mut driver = Self {
            fates,
            tasks: 0,
            now_ms: seed.started_ms,
            queue: BTreeMap::new(),
            timers: BTreeMap::new(),
            open: BTreeSet::new(),
            sequence: 0,
            events: Vec::new(),
            ended: false,
        };
        let (mut run, effects) = Run::start(Arc::clone(machine), seed);
        driver.take(effects);
        for _ in 0..MOST_SIGNALS {
            if driver.events.len() > MOST_EVENTS {
                break;
            }
            let Some(((at, _), signal)) = driver.queue.pop_first() else { break };
            driver.now_ms = driver.now_ms.max(at);
            if let Signal::TimerFired(timer) = &signal {
                driver.timers.remove(timer);
            }
            driver.take(run.handle(driver.now_ms, signal));
        }
        assert_eq!(run.is_over(), driver.ended, "the run and its outcome disagree");
        if !driver.ended && driver.queue.is_empty() {
            assert!(!driver.open.is_empty(), "the run waits for nothing");
        }
        let stop = Signal::Stop { error: Some("Stopped".to_owned()), cause: None };
        driver.take(run.handle(driver.now_ms, stop));
        driver.judge();
        driver.events
    }

    fn take(&mut self, effects: Effects) {
        assert!(!self.ended || effects == Effects::default(), "something happens after the end");
        self.events.extend(effects.events);
        for command in effects.commands {
            match command {
                Command::RunTask(task) => {
                    let fate = self.fates.get(self.tasks % self.fates.len().max(1)).copied().unwrap_or_default();
                    self.tasks += 1;
                    assert!(self.open.insert(task.id), "a task is run twice");
                    for (delay_ms, signal) in answers(&task, fate) {
                        self.expect(self.now_ms + delay_ms, signal);
                    }
                }
                Command::SetTimer { timer, at_ms } => {
                    assert!(at_ms >= self.now_ms, "a timer is set for the past");
                    let key = self.expect(at_ms, Signal::TimerFired(timer));
                    assert!(self.timers.insert(timer, key).is_none(), "a timer is set twice");
                }
                Command::CancelTimer(timer) => {
                    let key = self.timers.remove(&timer);
                    assert!(key.and_then(|key| self.queue.remove(&key)).is_some(), "no such timer to cancel");
                }
                Command::CancelTask(task) => assert!(self.open.remove(&task), "no such task to cancel"),
            }
        }
        self.ended |= effects.outcome.is_some();
    }

    fn expect(&mut self, at_ms: i64, signal: Signal) -> (i64, u64) {
        self.sequence += 1;
        self.queue.insert((at_ms, self.sequence), signal);
        (at_ms, self.sequence)
    }

    fn judge(&self) {
        assert!(self.ended, "a stopped run has no outcome");
        assert!(self.timers.is_empty(), "timers outlive the run");
        for (event, id) in self.events.iter().zip(1..) {
            assert_eq!(event.id, id, "events are numbered from 1 without a gap");
            assert!((0..id).contains(&event.previous_id), "{event:?} follows an event that is not before it");
        }
        let ends = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"];
        let count = self.events.iter().filter(|event| ends.contains(&event.event_type)).count();
        assert_eq!(count, 1, "one event ends an execution");
        assert!(self.events.last().is_some_and(|event| ends.contains(&event.event_type)), "the end comes last");
    }
}

/// A seed with plausible names.
pub(crate) fn seed(input: Value, express: bool) -> Seed {
    Seed {
        execution_arn: "arn:aws:states:us-east-1:111111111111:execution:machine:run".to_owned(),
        execution_name: "run".to_owned(),
        machine_arn: "arn:aws:states:us-east-1:111111111111:stateMachine:machine".to_owned(),
        machine_name: "machine".to_owned(),
        role_arn: "arn:aws:iam::111111111111:role/role".to_owned(),
        express,
        input,
        started_ms: 1_700_000_000_000,
        token_seed: 7,
    }
}

/// What the world does to a task, and when.
fn answers(task: &Task, fate: u8) -> Vec<(i64, Signal)> {
    let (id, output) = (task.id, task.input.clone());
    let failed =
        |error: &str, cause: &str| Signal::TaskFailed { task: id, error: error.to_owned(), cause: cause.to_owned() };
    let succeeded = |output: Value| Signal::TaskSucceeded { task: id, output };
    match fate % 12 {
        0 | 8 => vec![(0, Signal::TaskStarted(id)), (100, succeeded(output))],
        1 => vec![(0, Signal::TaskStarted(id)), (1, failed("X", "{\"a\":[1]}"))],
        2 => vec![(0, failed("", ""))],
        3 => vec![(0, failed("States.TaskFailed", "no \u{1f980}"))],
        4 => vec![(0, failed("Lambda.TooManyRequestsException", "Rate exceeded"))],
        5 => Vec::new(),
        6 => vec![(0, Signal::TaskStarted(id)), (5, Signal::TaskSubmitted { task: id, output: json!({}) })],
        7 => vec![
            (3, Signal::TaskSubmitted { task: id, output: json!(1) }),
            (8_000, Signal::TaskHeartbeat(id)),
            (30_000, succeeded(json!({"a": [1, {"b": null}]}))),
        ],
        9 => vec![(0, succeeded(json!([1, "x", {"a": true}]))), (0, Signal::TaskStarted(id)), (9, succeeded(output))],
        10 => vec![(7, failed("States.Timeout", "")), (8, failed("X", ""))],
        _ => vec![(50, Signal::Stop { error: None, cause: Some("enough".to_owned()) })],
    }
}
