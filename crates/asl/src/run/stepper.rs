//! A run of a machine.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

use super::history::{Details, History, Kept, error_details, exhausted};
use super::thread::{Phase, Thread, ThreadId};
use crate::context::Context;
use crate::definition::{Definition, Kind, State};
use crate::effect::{Command, Effects, Outcome, Seed, Signal, TaskId, TimerId, started};
use crate::failure::Failure;
use crate::payload::Payload;
use crate::random::Random;

/// EXPRESS executions end after this time.
pub(super) const EXPRESS_LIMIT_MS: i64 = 300_000;
/// After so many states between two signals the run takes a rest: only an EXPRESS execution that loops without waiting gets there, and
/// with a rest of [`REST_MS`] it meets its time limit.
const LONGEST_BURST: usize = if cfg!(fuzzing) { 100 } else { 25_000 };
const REST_MS: i64 = 10_000;

/// One execution of a machine, as a value: it never waits and never does anything itself.
///
/// The same machine, seed and signals always give the same effects.
#[derive(Debug)]
pub struct Run {
    pub(super) machine: Arc<Definition>,
    pub(super) seed: Seed,
    pub(super) input: Payload,
    pub(super) random: Random,
    pub(super) now_ms: i64,
    pub(super) history: History,
    pub(super) effects: Effects,
    threads: Vec<Option<Thread>>,
    free: Vec<ThreadId>,
    ready: VecDeque<ThreadId>,
    pub(super) tasks: BTreeMap<TaskId, ThreadId>,
    timers: BTreeMap<TimerId, Alarm>,
    next_task: TaskId,
    next_timer: TimerId,
    /// States entered since the last signal.
    entered: usize,
    resting: bool,
    over: bool,
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// The execution's own limit.
    Execution,
    /// The end of a rest.
    Rest,
    /// The end of a Wait, or of the delay before a retry.
    Thread(ThreadId),
    /// A task's limit.
    Timeout(TaskId),
    Heartbeat(TaskId),
    /// The limit of an EXPRESS child execution.
    Child(ThreadId),
}

impl Run {
    /// Begins an execution at [`Seed::started_ms`] and goes as far as it can.
    pub fn start(machine: Arc<Definition>, seed: Seed) -> (Self, Effects) {
        let mut run = Self::begin(machine, seed);
        let effects = run.go_on(run.now_ms, usize::MAX);
        (run, effects)
    }

    /// Begins an execution at [`Seed::started_ms`]; [`Run::go_on`] takes it further.
    pub fn begin(machine: Arc<Definition>, mut seed: Seed) -> Self {
        let input = Payload::new(std::mem::take(&mut seed.input));
        let mut run = Self {
            random: Random::new(seed.token_seed),
            now_ms: seed.started_ms,
            history: History::new(!seed.express),
            effects: Effects::default(),
            threads: Vec::new(),
            free: Vec::new(),
            ready: VecDeque::new(),
            tasks: BTreeMap::new(),
            timers: BTreeMap::new(),
            next_task: 1,
            next_timer: 1,
            entered: 0,
            resting: false,
            over: false,
            machine,
            seed,
            input,
        };
        let details = started(run.input.text(), &run.seed.role_arn);
        run.record(0, "ExecutionStarted", Some(("executionStartedEventDetails", details)));
        let own =
            run.machine.timeout_seconds.and_then(|seconds| i64::try_from(seconds).ok()).map(|seconds| seconds * 1000);
        let limit =
            if run.seed.express { Some(own.map_or(EXPRESS_LIMIT_MS, |own| own.min(EXPRESS_LIMIT_MS))) } else { own };
        if let Some(limit) = limit {
            run.set_timer(limit, Alarm::Execution);
        }
        if let Some(scope) = run.machine.scopes.first() {
            let thread = Thread::new(None, scope.start, run.input.clone(), 0);
            run.spawn(thread);
        }
        run
    }

    /// Takes in what happened and goes as far as it can. `now_ms` counts from 1970 and never goes back.
    ///
    /// Signals about tasks and timers that nobody waits for any more are ignored, and so is everything after the end.
    pub fn handle(&mut self, now_ms: i64, signal: Signal) -> Effects {
        self.hear(now_ms, signal);
        self.go_on(now_ms, usize::MAX)
    }

    /// As [`Run::handle`], but goes no further: what comes of it is given by [`Run::go_on`].
    pub fn hear(&mut self, now_ms: i64, signal: Signal) {
        if self.over {
            return;
        }
        self.entered = 0;
        self.now_ms = self.now_ms.max(now_ms);
        match signal {
            Signal::TaskStarted(task) => self.task_started(task),
            Signal::TaskSubmitted { task, output } => self.task_submitted(task, output),
            Signal::TaskSucceeded { task, output } => self.task_succeeded(task, output),
            Signal::TaskFailed { task, error, cause } => self.task_failed(task, error, cause),
            Signal::TaskHeartbeat(task) => self.task_heartbeat(task),
            Signal::TimerFired(timer) => self.timer_fired(timer),
            Signal::Stop { error, cause } => {
                let details = error_details(error.as_deref(), cause.as_deref());
                let details = Some(("executionAbortedEventDetails", Value::Object(details)));
                self.finish(0, "ExecutionAborted", details, Outcome::Aborted { error, cause });
            }
        }
    }

    /// Goes on through at most so many states, so that a long run neither keeps others waiting nor gathers all its events
    /// before the first is reported. While [`Run::has_more`], nothing has to be waited for.
    pub fn go_on(&mut self, now_ms: i64, states: usize) -> Effects {
        self.now_ms = self.now_ms.max(now_ms);
        self.proceed(states);
        std::mem::take(&mut self.effects)
    }

    /// Whether [`Run::go_on`] would get further.
    pub fn has_more(&self) -> bool {
        !self.over && !self.resting && (self.history.full || !self.ready.is_empty())
    }

    /// Whether the outcome was given.
    pub fn is_over(&self) -> bool {
        self.over
    }

    fn proceed(&mut self, states: usize) {
        let mut left = states;
        while !self.over && !self.resting && left > 0 {
            if self.history.full {
                let last = self.history.last();
                self.fail_execution(last, exhausted());
                return;
            }
            let Some(thread) = self.ready.pop_front() else { return };
            if self.entered == LONGEST_BURST {
                self.ready.push_front(thread);
                self.resting = true;
                self.set_timer(REST_MS, Alarm::Rest);
                return;
            }
            left -= 1;
            self.entered += 1;
            self.enter(thread);
        }
    }

    fn timer_fired(&mut self, timer: TimerId) {
        match self.timers.remove(&timer) {
            None => {}
            Some(Alarm::Rest) => self.resting = false,
            Some(Alarm::Execution) => {
                let failure = Failure::timeout(crate::failure::FailureKind::Timeout);
                let details = error_details(failure.error.as_deref(), None);
                let outcome = Outcome::TimedOut { error: failure.error, cause: failure.cause };
                self.finish(
                    0,
                    "ExecutionTimedOut",
                    Some(("executionTimedOutEventDetails", Value::Object(details))),
                    outcome,
                );
            }
            Some(Alarm::Thread(thread)) => self.wake(thread),
            Some(Alarm::Child(thread)) => self.child_timed_out(thread),
            Some(alarm @ (Alarm::Timeout(task) | Alarm::Heartbeat(task))) => self.task_timed_out(task, alarm),
        }
    }

    /// Adds an event that follows `previous`; gives its number.
    pub(super) fn record(&mut self, previous: i64, event_type: &'static str, details: Details) -> i64 {
        self.keep(previous, event_type, kept(details))
    }

    fn keep(&mut self, previous: i64, event_type: &'static str, details: Kept) -> i64 {
        if let Some(event) = self.history.record(self.now_ms, previous, event_type, details) {
            self.effects.events.push(event);
        }
        self.history.last()
    }

    /// Adds an event of a thread that follows `previous`, unless the thread is hidden; gives the number to go on from.
    pub(super) fn note(&mut self, thread: ThreadId, previous: i64, event_type: &'static str, details: Details) -> i64 {
        self.note_kept(thread, previous, event_type, kept(details))
    }

    /// As [`Run::note`].
    pub(super) fn note_kept(
        &mut self,
        thread: ThreadId,
        previous: i64,
        event_type: &'static str,
        details: Kept,
    ) -> i64 {
        if self.thread(thread).is_some_and(|thread| thread.child.is_some()) {
            return previous;
        }
        self.keep(previous, event_type, details)
    }

    /// Adds an event of a thread, which its next event will follow.
    pub(super) fn tell(&mut self, thread: ThreadId, event_type: &'static str, details: Details) -> i64 {
        self.tell_kept(thread, event_type, kept(details))
    }

    /// As [`Run::tell`].
    pub(super) fn tell_kept(&mut self, thread: ThreadId, event_type: &'static str, details: Kept) -> i64 {
        let previous = self.thread(thread).map_or(0, |thread| thread.last);
        let id = self.note_kept(thread, previous, event_type, details);
        if let Some(thread) = self.thread_mut(thread) {
            thread.last = id;
        }
        id
    }

    /// A timer that fires after `delay_ms`.
    pub(super) fn set_timer(&mut self, delay_ms: i64, alarm: Alarm) -> TimerId {
        let timer = self.next_timer;
        self.next_timer += 1;
        self.timers.insert(timer, alarm);
        self.effects.commands.push(Command::SetTimer { timer, at_ms: self.now_ms.saturating_add(delay_ms) });
        timer
    }

    pub(super) fn cancel_timer(&mut self, timer: Option<TimerId>) {
        if let Some(timer) = timer
            && self.timers.remove(&timer).is_some()
        {
            self.effects.commands.push(Command::CancelTimer(timer));
        }
    }

    pub(super) fn new_task(&mut self, thread: ThreadId) -> TaskId {
        let task = self.next_task;
        self.next_task += 1;
        self.tasks.insert(task, thread);
        task
    }

    /// A new thread, ready to go.
    pub(super) fn spawn(&mut self, thread: Thread) -> ThreadId {
        let id = self.free.pop().unwrap_or(self.threads.len());
        if id == self.threads.len() {
            self.threads.push(None);
        }
        if let Some(place) = self.threads.get_mut(id) {
            *place = Some(thread);
        }
        self.ready.push_back(id);
        id
    }

    pub(super) fn make_ready(&mut self, thread: ThreadId) {
        self.ready.push_back(thread);
    }

    /// Takes a thread away. INVARIANT: a place that is free is not in `ready`, so whoever gets it next is entered once.
    pub(super) fn remove(&mut self, id: ThreadId) -> Option<Thread> {
        let thread = self.threads.get_mut(id).and_then(Option::take);
        if let Some(thread) = &thread {
            if matches!(thread.phase, Phase::Entering) {
                self.ready.retain(|ready| *ready != id);
            }
            self.cancel_timer(thread.limit);
            self.free.push(id);
        }
        thread
    }

    pub(super) fn thread(&self, id: ThreadId) -> Option<&Thread> {
        self.threads.get(id).and_then(Option::as_ref)
    }

    pub(super) fn thread_mut(&mut self, id: ThreadId) -> Option<&mut Thread> {
        self.threads.get_mut(id).and_then(Option::as_mut)
    }

    /// What the thread's state sees of the execution, with the source of chance beside it.
    pub(super) fn view<'run>(
        &'run mut self,
        id: ThreadId,
        state: &'run State,
    ) -> Option<(Context<'run>, &'run Thread, &'run mut Random)> {
        let thread = self.threads.get(id)?.as_ref()?;
        let retries =
            matches!(state.kind, Kind::Task(_) | Kind::Parallel { .. } | Kind::Map(_)).then_some(thread.retries);
        let token = match &thread.phase {
            Phase::Task(task) => task.token.as_deref(),
            _ => None,
        };
        let context = Context {
            seed: &self.seed,
            input: &self.input,
            state: &state.name,
            entered_ms: thread.entered_ms,
            now_ms: self.now_ms,
            variables: &thread.variables,
            retries,
            token,
            item: thread.item.as_deref(),
            child: thread.child.as_deref(),
        };
        Some((context, thread, &mut self.random))
    }

    pub(super) fn succeed(&mut self, last: i64, output: Payload) {
        let details = json!({ "output": output.text(), "outputDetails": { "truncated": false } });
        let details = Some(("executionSucceededEventDetails", details));
        self.finish(last, "ExecutionSucceeded", details, Outcome::Succeeded { output: output.into_value() });
    }

    pub(super) fn fail_execution(&mut self, last: i64, failure: Failure) {
        let details = error_details(failure.error.as_deref(), failure.cause.as_deref());
        let outcome = Outcome::Failed { error: failure.error, cause: failure.cause };
        self.finish(last, "ExecutionFailed", Some(("executionFailedEventDetails", Value::Object(details))), outcome);
    }

    /// The last event, and an end to everything that is still under way.
    fn finish(&mut self, last: i64, event_type: &'static str, details: Details, outcome: Outcome) {
        if self.history.full
            && !matches!(outcome, Outcome::Failed { .. } | Outcome::Aborted { .. } | Outcome::TimedOut { .. })
        {
            return;
        }
        let event = self.history.end(self.now_ms, last, event_type, kept(details));
        self.effects.events.push(event);
        for task in std::mem::take(&mut self.tasks).into_keys() {
            self.effects.commands.push(Command::CancelTask(task));
        }
        for timer in std::mem::take(&mut self.timers).into_keys() {
            self.effects.commands.push(Command::CancelTimer(timer));
        }
        self.effects.outcome = Some(outcome);
        self.threads.clear();
        self.ready.clear();
        self.over = true;
    }
}

fn kept(details: Details) -> Kept {
    details.map(|(member, value)| (member, value.into()))
}
