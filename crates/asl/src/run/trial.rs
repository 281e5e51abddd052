//! A driver for tests: virtual time, and tasks that answer by rule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::Run;
use crate::definition::Definition;
use crate::effect::{Command, Effects, Event, Outcome, Seed, Signal, Task, TaskId, TimerId};
pub(crate) use crate::fuzzing::seed;

/// When signals come, counted from the command, and which.
pub(crate) type Answer = Vec<(i64, Signal)>;

/// A run and what came of it.
pub(crate) struct Trial {
    pub run: Run,
    pub now_ms: i64,
    pub events: Vec<Event>,
    pub tasks: Vec<Task>,
    pub outcome: Option<Outcome>,
    pub outcomes: usize,
    /// Tasks that were neither answered nor cancelled.
    pub open: BTreeSet<TaskId>,
    queue: BTreeMap<(i64, u64), Signal>,
    timers: BTreeMap<TimerId, (i64, u64)>,
    sequence: u64,
}

impl Trial {
    /// Starts a run and goes on until nothing is left to happen, at most `most` signals.
    pub(crate) fn run(machine: Arc<Definition>, seed: Seed, most: usize, answer: impl FnMut(&Task) -> Answer) -> Self {
        Self::run_with(machine, seed, most, Vec::new(), answer)
    }

    /// As [`Trial::run`], with signals that come whatever the tasks do, counted from the start.
    pub(crate) fn run_with(
        machine: Arc<Definition>,
        seed: Seed,
        most: usize,
        outside: Answer,
        mut answer: impl FnMut(&Task) -> Answer,
    ) -> Self {
        let now_ms = seed.started_ms;
        let (run, effects) = Run::start(machine, seed);
        let mut trial = Self {
            run,
            now_ms,
            events: Vec::new(),
            tasks: Vec::new(),
            outcome: None,
            outcomes: 0,
            open: BTreeSet::new(),
            queue: BTreeMap::new(),
            timers: BTreeMap::new(),
            sequence: 0,
        };
        for (at, signal) in outside {
            trial.sequence += 1;
            trial.queue.insert((now_ms + at, trial.sequence), signal);
        }
        trial.take(effects, &mut answer);
        for _ in 0..most {
            let Some(((at, _), signal)) = trial.queue.pop_first() else { break };
            trial.now_ms = trial.now_ms.max(at);
            if let Signal::TaskSucceeded { task, .. } | Signal::TaskFailed { task, .. } = &signal {
                trial.open.remove(task);
            }
            let effects = trial.run.handle(trial.now_ms, signal);
            trial.take(effects, &mut answer);
        }
        trial
    }

    fn take(&mut self, effects: Effects, answer: &mut impl FnMut(&Task) -> Answer) {
        self.events.extend(effects.events);
        for command in effects.commands {
            match command {
                Command::RunTask(task) => {
                    for (delay, signal) in answer(&task) {
                        self.sequence += 1;
                        self.queue.insert((self.now_ms + delay, self.sequence), signal);
                    }
                    self.open.insert(task.id);
                    self.tasks.push(task);
                }
                Command::SetTimer { timer, at_ms } => {
                    self.sequence += 1;
                    self.queue.insert((at_ms, self.sequence), Signal::TimerFired(timer));
                    self.timers.insert(timer, (at_ms, self.sequence));
                }
                Command::CancelTimer(timer) => {
                    if let Some(key) = self.timers.remove(&timer) {
                        self.queue.remove(&key);
                    }
                }
                Command::CancelTask(task) => {
                    self.open.remove(&task);
                }
            }
        }
        if let Some(outcome) = effects.outcome {
            self.outcome = Some(outcome);
            self.outcomes += 1;
        }
    }

    /// Timers that were set and neither fired nor were cancelled.
    pub(crate) fn pending_timers(&self) -> usize {
        self.queue.values().filter(|signal| matches!(signal, Signal::TimerFired(_))).count()
    }

    pub(crate) fn types(&self) -> Vec<&'static str> {
        self.events.iter().map(|event| event.event_type).collect()
    }

    pub(crate) fn output(&self) -> &Value {
        match &self.outcome {
            Some(Outcome::Succeeded { output }) => output,
            other => panic!("the run did not succeed: {other:?}"),
        }
    }

    /// The error and cause of a failed run.
    pub(crate) fn failure(&self) -> (&str, &str) {
        match &self.outcome {
            Some(Outcome::Failed { error, cause }) => {
                (error.as_deref().unwrap_or_default(), cause.as_deref().unwrap_or_default())
            }
            other => panic!("the run did not fail: {other:?}"),
        }
    }
}

/// Started at once, done after a tenth of a second.
pub(crate) fn echo(task: &Task) -> Answer {
    vec![(0, Signal::TaskStarted(task.id)), (100, Signal::TaskSucceeded { task: task.id, output: task.input.clone() })]
}
