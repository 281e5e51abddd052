//! Drives one execution: feeds the stepper, carries out what it commands, keeps what it records.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::engine::Engine;
use super::execution::{Execution, Message, Progress};
use super::machine::StateMachine;
use super::metrics;
use super::transitions::Transitions;
use crate::clock::Busy;
use labctl_asl::{Command, Effects, Event, Outcome, Resource, Run, Signal, Task, TaskId, TimerId};

/// States that an execution goes through before others have their turn, and before its events are kept.
const BURST: usize = 128;

/// Who carries out tasks.
pub(super) trait Tasks: Send + Sync {
    /// Begins to carry out one attempt of a task; its end is reported to the execution. `unwanted` fires when nobody waits for
    /// it any more.
    fn begin(
        self: Arc<Self>,
        execution: Arc<Execution>,
        machine: &StateMachine,
        task: Task,
        unwanted: oneshot::Receiver<()>,
        busy: Busy,
    );
}

/// Runs an execution from start to end. While it has something to do it keeps time from jumping; while it waits for a
/// timer or a token it does not.
pub(super) async fn drive(
    engine: Arc<Engine>,
    tasks: Arc<dyn Tasks>,
    execution: Arc<Execution>,
    machine: Arc<StateMachine>,
    messages: UnboundedReceiver<Box<Message>>,
    run: Run,
    busy: Busy,
) {
    let mut driver = Driver {
        engine,
        tasks,
        execution,
        machine,
        run,
        messages,
        timers: Timers::default(),
        pending: BTreeMap::new(),
        transitions: Transitions::default(),
        outcome: None,
    };
    driver.go_on();
    let (mut busy, mut kept) = (Some(busy), None);
    loop {
        if let Some(outcome) = driver.outcome.take() {
            driver.finish(outcome);
            return;
        }
        drop(kept.take());
        let message = match driver.messages.try_recv() {
            Ok(message) => *message,
            Err(_) if driver.run.has_more() => {
                tokio::task::yield_now().await;
                driver.engine.registry.store.breathe().await;
                driver.go_on();
                continue;
            }
            Err(_) => driver.next(busy.take()).await,
        };
        (busy, kept) = (Some(message.busy), message.kept);
        driver.hear(message.signal);
        driver.go_on();
        if kept.is_some() {
            driver.execution.recorder.settle(&driver.engine.registry.store);
        }
    }
}

/// What a running task is remembered by.
struct Pending {
    resource: Resource,
    token: Option<String>,
    /// Dropped with this: whoever carries the task out hears that nobody waits for it any more.
    _wanted: oneshot::Sender<()>,
}

struct Driver {
    engine: Arc<Engine>,
    tasks: Arc<dyn Tasks>,
    execution: Arc<Execution>,
    machine: Arc<StateMachine>,
    run: Run,
    messages: UnboundedReceiver<Box<Message>>,
    timers: Timers,
    pending: BTreeMap<TaskId, Pending>,
    transitions: Transitions,
    outcome: Option<Outcome>,
}

impl Driver {
    /// Waits for a message or for the next timer. The timer is set before time may jump.
    async fn next(&mut self, busy: Option<Busy>) -> Message {
        let clock = self.engine.clock.clone();
        let first = self.timers.first().map(|(at, timer)| (clock.sleep_until(at), timer));
        drop(busy);
        let timer = async {
            match first {
                Some((sleep, timer)) => (sleep.await, timer),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            message = self.messages.recv() => match message {
                Some(message) => *message,
                // The execution itself holds a sender, so this does not happen; stopping is the safe answer.
                None => Message::new(Signal::Stop { error: None, cause: None }, clock.busy()),
            },
            (busy, timer) = timer => {
                self.timers.cancel(timer);
                Message::new(Signal::TimerFired(timer), busy)
            }
        }
    }

    fn hear(&mut self, signal: Signal) {
        self.watch(&signal);
        self.run.hear(self.engine.clock.now_ms(), signal);
    }

    fn go_on(&mut self) {
        let effects = self.run.go_on(self.engine.clock.now_ms(), BURST);
        self.carry_out(effects);
    }

    /// Notes the end of a task: for the metrics, and so that its token is not accepted again.
    fn watch(&mut self, signal: &Signal) {
        let (task, step) = match signal {
            Signal::TaskSucceeded { task, .. } => (task, "Succeeded"),
            Signal::TaskFailed { task, .. } => (task, "Failed"),
            _ => return,
        };
        if let Some(pending) = self.pending.remove(task) {
            self.measure(&pending.resource, step);
            if let Some(token) = &pending.token {
                self.engine.tokens.close(token);
            }
        }
    }

    fn carry_out(&mut self, effects: Effects) {
        let mut queue = VecDeque::from([effects]);
        while let Some(effects) = queue.pop_front() {
            self.record(&effects.events);
            self.outcome = self.outcome.take().or(effects.outcome);
            for command in effects.commands {
                match command {
                    Command::RunTask(task) => queue.push_back(self.begin(task)),
                    Command::CancelTask(task) => self.cancel(task),
                    Command::SetTimer { timer, at_ms } => self.timers.set(timer, at_ms),
                    Command::CancelTimer(timer) => self.timers.cancel(timer),
                }
            }
        }
    }

    /// Starts a task; it reports to the inbox.
    fn begin(&mut self, task: Task) -> Effects {
        if let Some(token) = &task.token {
            self.engine.tokens.open(token, &self.execution, task.id);
        }
        let id = task.id;
        self.measure(&task.resource, "Scheduled");
        self.measure(&task.resource, "Started");
        let (wanted, unwanted) = oneshot::channel();
        let pending = Pending { resource: task.resource.clone(), token: task.token.clone(), _wanted: wanted };
        self.pending.insert(id, pending);
        let now_ms = self.engine.clock.now_ms();
        self.run.hear(now_ms, Signal::TaskStarted(id));
        let effects = self.run.go_on(now_ms, 0);
        let busy = self.engine.clock.busy();
        Arc::clone(&self.tasks).begin(Arc::clone(&self.execution), &self.machine, task, unwanted, busy);
        effects
    }

    fn cancel(&mut self, task: TaskId) {
        if let Some(token) = self.pending.remove(&task).and_then(|pending| pending.token) {
            self.engine.tokens.close(&token);
        }
    }

    /// Keeps and logs events. EXPRESS executions have no history but their log.
    fn record(&mut self, events: &[Event]) {
        let Some(last) = events.last() else { return };
        for event in events {
            self.transitions.see(event);
        }
        self.execution.recorder.record(events, &self.engine.registry.store);
        self.execution.last_event.store(last.id, Ordering::Release);
    }

    fn measure(&self, resource: &Resource, step: &str) {
        let now = self.engine.clock.now_ms();
        metrics::task(self.engine.metrics.as_ref(), &self.execution.facts.region, resource, step, now);
    }

    /// Keeps the end, and then tells it: whatever follows from it comes after it on the disk.
    fn finish(&mut self, outcome: Outcome) {
        for task in std::mem::take(&mut self.pending).into_values() {
            if let Some(token) = task.token {
                self.engine.tokens.close(&token);
            }
        }
        let progress = Progress::ended(outcome, self.engine.clock.now_ms());
        let facts = &self.execution.facts;
        metrics::ended(self.engine.metrics.as_ref(), facts, &progress);
        let express = self.machine.record.express;
        if express {
            metrics::billed(self.engine.metrics.as_ref(), facts, &progress);
        } else {
            metrics::transitions(self.engine.metrics.as_ref(), facts, &progress, self.transitions.count);
        }
        self.execution.recorder.settle(&self.engine.registry.store);
        if !express {
            self.engine.registry.store.put_execution(self.execution.to_store(&progress));
        }
        self.execution.end(progress);
        let mut state = self.engine.registry.state();
        if express {
            state.executions.remove(&facts.arn);
        } else {
            state.finished.push(Arc::clone(&self.execution));
            self.engine.registry.thin_out(&mut state);
        }
        let deleting = state.machines.get(&facts.machine_arn).is_some_and(|machine| machine.record.deleting);
        if deleting && !state.is_running(&facts.machine_arn) {
            state.purge(&facts.machine_arn, &self.engine.registry.store);
        }
    }
}

/// The timers that are set, by time and by name.
#[derive(Default)]
struct Timers {
    by_time: BTreeSet<(i64, TimerId)>,
    times: BTreeMap<TimerId, i64>,
}

impl Timers {
    fn set(&mut self, timer: TimerId, at_ms: i64) {
        self.cancel(timer);
        self.by_time.insert((at_ms, timer));
        self.times.insert(timer, at_ms);
    }

    fn cancel(&mut self, timer: TimerId) {
        if let Some(at) = self.times.remove(&timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    fn first(&self) -> Option<(i64, TimerId)> {
        self.by_time.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_future<A, B, C, D, E, F, G, R>(_: impl FnOnce(A, B, C, D, E, F, G) -> R) -> usize {
        size_of::<R>()
    }

    #[test]
    fn an_execution_that_waits_is_small() {
        let (driver, execution) = (size_of_future(drive), size_of::<Execution>());
        assert!(driver + execution < 4096, "{driver} and {execution} bytes, beside texts and timers");
    }
}
