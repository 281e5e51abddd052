//! Waiting for many executions to end: one ListExecutions per machine and poll, however many of them run, and no more polls than its
//! bucket holds for all machines together. The last of them are asked for by their ARNs, as soon as that costs less.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use futures::channel::mpsc::{TryRecvError, UnboundedReceiver, UnboundedSender};

use super::execution::duration_ms;
use super::latency::Durations;
use super::pace::{Cancel, Pace};
use super::run_clock::{Idle, Moment, RunClock};
use super::sharers::Sharers;
use crate::cloud::{Cloud, CloudError, ErrorClass, ExecutionQuery, LARGEST_PAGE, Started};
use crate::model::Execution;

/// Executions that began this much earlier are listed too: listings are in the order of starts, though not to the millisecond. Starts and
/// listings tell the time of the same clock, the service's.
const ORDER_SLACK_MS: i64 = 2_000;

/// A listing may take this share of the time between two of them, where many wait on a small machine.
const SHARE: u32 = 1;

/// Polls in which a listing may leave out a started execution (ListExecutions is eventually consistent) before it is asked
/// for by itself.
const POLLS_UNLISTED: u32 = 3;

/// Executions asked for by themselves per poll.
const ASKED_AT_ONCE: usize = 20;

/// How many times longer something is waited for that goes on by itself where time jumps, each time it had its time.
pub(super) const MORE: u32 = 8;

/// How a wait came out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Watched {
    /// The execution ended. From a listing: without output.
    Ended(Execution),
    /// It was still running when its time was over (`limit`) or the user ended the wait.
    StillRunning { arn: String, started_ms: i64, limit: Duration },
    /// Its end could not be learnt.
    Lost { arn: String, started_ms: i64, error: CloudError },
}

/// An execution that was started, and how long it may run while nothing else ends.
#[derive(Clone, Debug)]
pub(super) struct Begun {
    pub(super) started: Started,
    pub(super) limit: Duration,
}

/// Executions beyond those of this watch that a page has room for: somebody else's, and those started meanwhile.
const ROOM: u64 = 50;

/// What all watches of an account share: the bucket, and how long executions usually take.
pub(super) struct Polling {
    pub(super) sharers: Sharers,
    took: Mutex<Durations>,
}

impl Polling {
    /// Polls within the account's bucket for ListExecutions. Without `keeps_time` the endpoint's clock is not this machine's, which
    /// then tells nothing about buckets and durations.
    pub(super) fn new(keeps_time: bool) -> Self {
        Self { sharers: Sharers::new("states:ListExecutions", keeps_time), took: Mutex::default() }
    }

    fn learn(&self, execution: &Execution) {
        self.took.lock().unwrap_or_else(PoisonError::into_inner).record(duration_ms(execution));
    }

    /// How long nine of ten executions take at most; nothing where polls are not scarce.
    fn usual(&self, cloud: &dyn Cloud) -> Duration {
        if !self.sharers.is_paced(cloud) {
            return Duration::ZERO;
        }
        let took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        took.latency().map_or(Duration::ZERO, |latency| Duration::from_millis(latency.p90))
    }
}

/// A wait for the executions of one STANDARD machine.
pub(super) struct Watch<'a> {
    pub(super) cloud: &'a dyn Cloud,
    pub(super) machine_arn: &'a str,
    pub(super) pace: Pace,
    pub(super) cancel: Cancel,
    pub(super) polling: &'a Polling,
    pub(super) clock: &'a RunClock,
}

struct Pending {
    started_ms: i64,
    begun: Moment,
    limit: Duration,
    /// Its place among all that were started, from 0.
    turn: u64,
    unlisted: u32,
}

/// What runs.
struct Running {
    pending: BTreeMap<String, Pending>,
    started: u64,
    /// When the last one was started.
    youngest: Duration,
    /// What the last wait told.
    idle: Idle,
}

impl Running {
    fn insert(&mut self, Begun { started, limit }: Begun, begun: Moment) {
        let pending = Pending { started_ms: started.started_ms, begun, limit, turn: self.started, unlisted: 0 };
        self.pending.insert(started.arn, pending);
        self.started += 1;
        self.youngest = begun.real();
    }

    /// Takes in what has been started meanwhile; `false` when nothing more will come.
    fn drain(&mut self, started: &mut UnboundedReceiver<Begun>, clock: &RunClock) -> bool {
        loop {
            match started.try_recv() {
                Ok(next) => self.insert(next, clock.now()),
                Err(error) => return error == TryRecvError::Empty,
            }
        }
    }

    /// Executions of a listing that reaches back to the oldest.
    fn reach(&self) -> u64 {
        let oldest = self.pending.values().map(|pending| pending.turn).min().unwrap_or(self.started);
        self.started.saturating_sub(oldest)
    }

    /// Pages of such a listing.
    fn pages(&self) -> u64 {
        self.reach().div_ceil(LARGEST_PAGE as u64)
    }

    /// How large pages of such a listing should be.
    fn page_size(&self) -> usize {
        usize::try_from(self.reach() + ROOM).unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE)
    }
}

impl Watch<'_> {
    /// Takes in started executions until their sender is gone, and says of each how it ended.
    pub(super) async fn run(mut self, mut started: UnboundedReceiver<Begun>, ended: &UnboundedSender<Watched>) {
        let mut running =
            Running { pending: BTreeMap::new(), started: 0, youngest: self.clock.elapsed(), idle: Idle::Unknown };
        // Who waits for nothing takes nobody's share of the polls: in a class whose users come one after the other, most do.
        let (polling, mut seat) = (self.polling, None);
        let mut length = self.pace.first;
        let mut open = true;
        while !self.cancel.is_set() && (open || !running.pending.is_empty()) {
            if running.pending.is_empty() {
                drop(seat.take());
                let Some(first) = self.next(&mut started).await else { break };
                running.insert(first, self.clock.now());
                let (taken, before) = polling.sharers.sit();
                seat = Some(taken);
                let is_first = running.started == 1;
                let turn = if is_first { self.polling.sharers.first(self.cloud, before) } else { Duration::ZERO };
                length = self.pace.first.max(turn);
            }
            open = running.drain(&mut started, self.clock);
            let wait = self.until_worth_it(length, &running);
            if self.pause(wait, &mut running).await {
                break;
            }
            open = open && running.drain(&mut started, self.clock);
            // What is over by its time must be seen to run after that time.
            let now = self.clock.now();
            let asked = self.clock.elapsed();
            match self.poll(&mut running).await {
                Ok(over) => {
                    let took = self.clock.elapsed().saturating_sub(asked);
                    if over.is_empty() {
                        length = self.pace.longer(length);
                    } else {
                        length = (length * 2 / 3).max(self.pace.first);
                        self.clock.saw_an_end();
                    }
                    length =
                        length.max(self.polling.sharers.pause(self.cloud)).max((took * SHARE).min(self.pace.longest));
                    let overdue = self.overdue(&mut running, now).await;
                    for watched in over.into_iter().chain(overdue) {
                        let _ = ended.unbounded_send(watched);
                    }
                }
                Err(error) => return give_up(&mut started, running.pending, Some(&error), ended).await,
            }
        }
        drop(seat);
        give_up(&mut started, running.pending, None, ended).await;
    }

    /// Waits until the next poll is due; where time jumps and nothing is at work, until something has had its time. `true` when the
    /// user has interrupted.
    async fn pause(&self, wait: Duration, running: &mut Running) -> bool {
        let waiting = running.pending.values().map(|pending| (pending.begun, pending.limit));
        let interrupted;
        (interrupted, running.idle) = tokio::select! {
            interrupted = self.clock.pause(&self.cancel, wait) => (interrupted, Idle::Unknown),
            idle = self.clock.until_over(running.idle, waiting) => (false, idle),
        };
        interrupted
    }

    /// A poll before the youngest can be over finds little.
    fn until_worth_it(&self, length: Duration, running: &Running) -> Duration {
        let usual =
            self.polling.usual(self.cloud).saturating_sub(self.clock.elapsed().saturating_sub(running.youngest));
        length.max(usual.min(self.pace.longest.max(length)))
    }

    async fn next(&mut self, started: &mut UnboundedReceiver<Begun>) -> Option<Begun> {
        tokio::select! {
            next = started.next() => next,
            () = self.cancel.wait() => None,
        }
    }

    /// Takes out of `running` what had its time at `now`. Where time jumps, what goes on by itself gets more: it ends, if only where its
    /// history is full, and all that it costs are jumps.
    async fn overdue(&self, running: &mut Running, now: Moment) -> Vec<Watched> {
        let is_over = |pending: &Pending| self.clock.is_over(pending.begun, now, pending.limit);
        let over: Vec<String> =
            running.pending.iter().filter(|(_, pending)| is_over(pending)).map(|(arn, _)| arn.clone()).collect();
        let mut overdue = Vec::new();
        for arn in over {
            let Some(pending) = running.pending.get_mut(&arn) else { continue };
            if self.clock.is_up_to_jumps(pending.begun, now) && goes_on(self.cloud, &arn).await {
                pending.limit *= MORE;
            } else if let Some(pending) = running.pending.remove(&arn) {
                overdue.push(Watched::StillRunning { arn, started_ms: pending.started_ms, limit: pending.limit });
            }
        }
        overdue
    }

    /// One poll: takes out of `running` what is over.
    async fn poll(&self, running: &mut Running) -> Result<Vec<Watched>, CloudError> {
        let mut over = Vec::new();
        if self.costs_less_singly(running) {
            // A few stragglers, or some behind thousands: asked for by themselves they cost less than the pages up to them.
            let stragglers: Vec<String> = running.pending.keys().cloned().collect();
            self.ask(stragglers, running, &mut over).await?;
            return Ok(over);
        }
        let oldest = running.pending.values().map(|execution| execution.started_ms).min().unwrap_or(0);
        let since_ms = oldest.saturating_sub(ORDER_SLACK_MS);
        let query = ExecutionQuery { since_ms, page_size: running.page_size(), ..ExecutionQuery::default() };
        let listed = self.cloud.executions(self.machine_arn, query).await?;
        for execution in running.pending.values_mut() {
            execution.unlisted += 1;
        }
        for execution in listed {
            if execution.status.is_terminal() {
                if running.pending.remove(&execution.arn).is_some() {
                    self.polling.learn(&execution);
                    over.push(Watched::Ended(execution));
                }
            } else if let Some(running) = running.pending.get_mut(&execution.arn) {
                running.unlisted = 0;
            }
        }
        let unlisted = running
            .pending
            .iter()
            .filter(|(_, execution)| execution.unlisted >= POLLS_UNLISTED)
            .map(|(arn, _)| arn.clone())
            .take(ASKED_AT_ONCE)
            .collect();
        self.ask(unlisted, running, &mut over).await?;
        Ok(over)
    }

    /// Whether the buckets give the descriptions of all that run sooner than the pages of a listing.
    fn costs_less_singly(&self, running: &Running) -> bool {
        let seconds = |operation, calls| self.polling.sharers.refill_seconds(self.cloud, operation, calls);
        let descriptions = seconds("states:DescribeExecution", running.pending.len() as u64);
        seconds("states:ListExecutions", running.pages()) > descriptions
    }

    /// Asks for executions by themselves.
    async fn ask(&self, arns: Vec<String>, running: &mut Running, over: &mut Vec<Watched>) -> Result<(), CloudError> {
        for arn in arns {
            match self.cloud.execution(&arn).await {
                Ok(execution) if execution.status.is_terminal() => {
                    running.pending.remove(&arn);
                    over.push(Watched::Ended(execution));
                }
                Ok(_) => {
                    if let Some(running) = running.pending.get_mut(&arn) {
                        running.unlisted = 0;
                    }
                }
                // Deleted with its machine.
                Err(error) if error.class == ErrorClass::NotFound => {
                    let started_ms = running.pending.remove(&arn).map_or(0, |pending| pending.started_ms);
                    over.push(Watched::Lost { arn, started_ms, error });
                }
                // What was found before this is reported; the rest is asked for with the next poll.
                Err(_) if !over.is_empty() => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Whether an execution waits for nothing but time, in a Wait state or for another try, or for a call that is at work: that takes this
/// machine's time, however far the endpoint's has jumped before it.
pub(super) async fn goes_on(cloud: &dyn Cloud, arn: &str) -> bool {
    let Ok(events) = cloud.history(arn, false).await else { return false };
    let last = events.last().map(|event| event.event_type.as_str()).unwrap_or_default();
    let is_at_work =
        matches!(last, "LambdaFunctionScheduled" | "LambdaFunctionStarted" | "TaskScheduled" | "TaskStarted");
    is_at_work || last == "WaitStateEntered" || last.ends_with("Failed") || last.ends_with("TimedOut")
}

/// Says of everything that is left, and of what is started from now on, that its end was not seen.
async fn give_up(
    started: &mut UnboundedReceiver<Begun>,
    pending: BTreeMap<String, Pending>,
    error: Option<&CloudError>,
    ended: &UnboundedSender<Watched>,
) {
    let tell = |arn: String, started_ms: i64, limit: Duration| match error {
        Some(error) => Watched::Lost { arn, started_ms, error: error.clone() },
        None => Watched::StillRunning { arn, started_ms, limit },
    };
    for (arn, execution) in pending {
        let _ = ended.unbounded_send(tell(arn, execution.started_ms, execution.limit));
    }
    while let Some(Begun { started, limit }) = started.next().await {
        let _ = ended.unbounded_send(tell(started.arn, started.started_ms, limit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_for_nothing_does_not_make_the_others_slow() {
        use super::super::fake::{Script, ScriptedCloud, pace};

        let cloud = ScriptedCloud::new(|_, _| Ok(Script::succeeds(serde_json::Value::Null)));
        let polling = Polling::new(true);
        let clock = RunClock::new(crate::host::real_time(), Duration::from_secs(1));
        let watch = |polling| Watch {
            cloud: cloud.as_ref(),
            machine_arn: "arn",
            pace: pace(),
            cancel: Cancel::new(),
            polling,
            clock: &clock,
        };
        let (send, to_watch) = futures::channel::mpsc::unbounded();
        let (ended, _over) = futures::channel::mpsc::unbounded();
        let started = Started { arn: "arn-1".to_owned(), started_ms: 0 };
        let look = async {
            tokio::task::yield_now().await;
            assert_eq!(polling.sharers.pause(cloud.as_ref()), Duration::ZERO, "nothing has begun");
            send.unbounded_send(Begun { started, limit: Duration::from_secs(1) }).unwrap();
            while polling.sharers.pause(cloud.as_ref()).is_zero() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = watch(&polling).run(to_watch, &ended) => unreachable!("its sender lives"),
            () = look => {}
        }
        assert_eq!(polling.sharers.pause(cloud.as_ref()), Duration::ZERO, "it is gone");
    }

    #[test]
    fn a_page_holds_what_began_since_the_oldest() {
        let mut running =
            Running { pending: BTreeMap::new(), started: 0, youngest: Duration::ZERO, idle: Idle::Unknown };
        let clock = RunClock::new(crate::host::real_time(), Duration::from_secs(1));
        let begun = |arn: u32| Begun {
            started: Started { arn: format!("arn-{arn:04}"), started_ms: 0 },
            limit: Duration::from_secs(1),
        };
        for (number, after, pages) in [(0, 51, 1), (99, 150, 1), (1999, 1000, 2)] {
            while running.started <= number {
                let next = u32::try_from(running.started).unwrap();
                running.insert(begun(next), clock.now());
            }
            assert_eq!((running.page_size(), running.pages()), (after, pages), "{number}");
        }
        // Once the older ones are over, the page need not reach them.
        running.pending.retain(|arn, _| arn.as_str() >= "arn-1990");
        assert_eq!((running.page_size(), running.pages()), (60, 1));
    }
}
