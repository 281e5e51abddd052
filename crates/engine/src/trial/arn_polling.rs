//! Following executions by their ARN: one DescribeExecution each, when it is likely over, and no more than the bucket holds for all
//! that run in an account.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::execution::duration_ms;
use super::latency::Durations;
use super::line::{Line, Turn};
use super::pace::{Cancel, Pace};
use super::run_clock::{Idle, Moment, RunClock};
use super::sharers::Sharers;
use super::watch::{Begun, MORE, Watched, goes_on};
use crate::cloud::{Cloud, ErrorClass};
use crate::model::Execution;

/// How long a started execution may not be found: reads are eventually consistent.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
pub(super) const APPEARS: Duration = Duration::from_secs(10);

/// Where polls are scarce, an execution's end is seen after at most this share of its age more.
const SHARE_OF_AGE: u32 = 8;

/// However many wait, a pause need not be longer.
const SOON: Duration = Duration::from_millis(250);

/// Executions of a kind that are asked for while nobody knows how long the kind takes.
const LEADS: usize = 1;

/// How long the others of a kind wait for what its leads tell: one of those may never end.
const UNKNOWN: Duration = Duration::from_secs(30);

/// What the polls of an account share: the bucket, and how long executions of a kind take.
pub(super) struct ArnPolling {
    sharers: Sharers,
    kinds: Mutex<BTreeMap<String, Arc<Kind>>>,
}

/// Executions that take about as long as each other.
#[derive(Default)]
struct Kind {
    took: Mutex<Durations>,
    members: AtomicUsize,
    /// Tells that the first of them has ended.
    learnt: Notify,
    /// Those that are waited for.
    line: Line,
}

impl Kind {
    fn learn(&self, execution: &Execution) {
        let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = took.latency().is_none();
        took.record(duration_ms(execution));
        if is_first {
            self.learnt.notify_waiters();
        }
    }

    /// The age at which most are over: nine of ten, and a little later; none where no end was seen.
    fn usual(&self) -> Option<Duration> {
        let took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        let usual = Duration::from_millis(took.latency()?.p90);
        Some(usual + usual / SHARE_OF_AGE)
    }
}

/// An execution to follow, and where.
pub(super) struct Followed<'a> {
    pub(super) cloud: &'a dyn Cloud,
    pub(super) begun: Begun,
    /// What its duration is alike to: executions of one scenario take about as long, whoever's they are.
    pub(super) alike: &'a str,
    pub(super) pace: Pace,
    pub(super) cancel: &'a Cancel,
    pub(super) clock: &'a RunClock,
}

/// When an execution began, how long it may go on, and how it stands to its kind.
struct Waiting<'a> {
    kind: &'a Kind,
    turn: Turn<'a>,
    is_lead: bool,
    since: Moment,
    limit: Duration,
    pace: Pace,
    /// Its age when it was asked for last.
    asked: Option<Duration>,
    /// Where polls are scarce: the age at which it is asked for next, unless that is not worth it yet.
    due: Duration,
    /// What the last wait told.
    idle: Idle,
}

impl ArnPolling {
    /// Polls within the account's bucket for DescribeExecution. Without `keeps_time` the endpoint's clock is not this machine's, which
    /// then tells nothing about buckets and durations.
    pub(super) fn new(keeps_time: bool) -> Self {
        Self { sharers: Sharers::new("states:DescribeExecution", keeps_time), kinds: Mutex::default() }
    }

    fn kind(&self, alike: &str) -> Arc<Kind> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kinds.entry(alike.to_owned()).or_default())
    }

    /// Polls an execution until it is over, it has had its time, or the user interrupts.
    pub(super) async fn follow(&self, followed: Followed<'_>) -> Watched {
        let Followed { cloud, begun: Begun { started, limit }, alike, pace, cancel, clock } = followed;
        let (arn, started_ms) = (started.arn, started.started_ms);
        let kind = self.kind(alike);
        let is_lead = kind.members.fetch_add(1, Ordering::Relaxed) < LEADS;
        let (_seat, before) = self.sharers.sit();
        let mut length = pace.first;
        let due = length.max(self.sharers.first(cloud, before));
        let (kind, turn) = (kind.as_ref(), kind.line.join());
        let mut waiting =
            Waiting { kind, turn, is_lead, since: clock.now(), limit, pace, asked: None, due, idle: Idle::Unknown };
        loop {
            if self.until_due(&mut waiting, (cloud, clock, cancel)).await {
                return Watched::StillRunning { arn, started_ms, limit: waiting.limit };
            }
            // What is over by its time must be seen to run after that time.
            let now = clock.now();
            let age = now.real().saturating_sub(waiting.since.real());
            let polled = tokio::select! {
                polled = cloud.execution(&arn) => polled,
                () = cancel.wait() => return Watched::StillRunning { arn, started_ms, limit: waiting.limit },
            };
            match polled {
                Ok(execution) if execution.status.is_terminal() => {
                    waiting.kind.learn(&execution);
                    waiting.turn.ended();
                    clock.saw_an_end();
                    return Watched::Ended(execution);
                }
                Ok(_) => waiting.turn.runs(),
                Err(error) if error.class == ErrorClass::NotFound && age < APPEARS => {}
                Err(error) => return Watched::Lost { arn, started_ms, error },
            }
            if clock.is_over(waiting.since, now, waiting.limit) {
                // Where time jumps, what goes on by itself gets more: it ends, and all that it costs are jumps.
                if clock.is_up_to_jumps(waiting.since, now) && goes_on(cloud, &arn).await {
                    waiting.limit *= MORE;
                } else {
                    return Watched::StillRunning { arn, started_ms, limit: waiting.limit };
                }
            }
            length = pace.longer(length);
            let asked = clock.elapsed().saturating_sub(waiting.since.real());
            waiting.due = asked + self.pause(cloud, length, age);
            waiting.asked = Some(asked);
        }
    }

    /// Waits until a poll is due at this age and worth it; where time jumps and nothing is at work, until the execution has had its time.
    /// `true` when the user has interrupted.
    async fn until_due(
        &self,
        waiting: &mut Waiting<'_>,
        (cloud, clock, cancel): (&dyn Cloud, &RunClock, &Cancel),
    ) -> bool {
        loop {
            let mut learnt = pin!(waiting.kind.learnt.notified());
            learnt.as_mut().enable();
            let age = clock.elapsed().saturating_sub(waiting.since.real());
            let wait = self.due(waiting, cloud).saturating_sub(age);
            tokio::select! {
                interrupted = clock.pause(cancel, wait) => {
                    waiting.idle = Idle::Unknown;
                    return interrupted;
                }
                idle = clock.until_over(waiting.idle, [(waiting.since, waiting.limit)].into_iter()) => {
                    waiting.idle = idle;
                    return false;
                }
                () = learnt => {}
                () = waiting.turn.moved() => {}
            }
        }
    }

    /// The age at which it is asked for: where polls are scarce, not before that is worth it; elsewhere, when it is its turn.
    fn due(&self, waiting: &Waiting<'_>, cloud: &dyn Cloud) -> Duration {
        if !self.sharers.is_paced(cloud) {
            return waiting.turn.due(waiting.pace, waiting.asked);
        }
        let unknown = if waiting.is_lead { Duration::ZERO } else { UNKNOWN };
        waiting.due.max(waiting.kind.usual().unwrap_or(unknown))
    }

    /// The pause before the next poll of an execution of this age. Where polls are scarce, whoever is not over goes behind all others that
    /// wait, but not for longer than half as long as it has run.
    fn pause(&self, cloud: &dyn Cloud, length: Duration, age: Duration) -> Duration {
        let share = self.sharers.pause(cloud);
        if !self.sharers.is_paced(cloud) {
            return length.max(share);
        }
        length.max(age / SHARE_OF_AGE).max(share.min(SOON.max(age / 2)))
    }
}
