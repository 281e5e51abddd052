//! Whose calls these are: their place among others, how they are cancelled, how long a change is tried again, and who hears of that.

use super::lock::lock;
use std::fmt;
use std::sync::atomic::AtomicBool;
#[cfg(any(feature = "aws", test))]
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::retry::{Pauses, passes};
use super::{RetryPolicy, RoleAges};
use crate::cloud::{CloudError, ErrorClass};
use crate::host::{Interrupt, Time};

/// Hears what a change waits for, as the journal calls it, and how long.
pub type OnWait = Box<dyn Fn(&'static str, Duration) + Send + Sync>;

/// What a change says of itself to the calls it makes.
pub struct ChangeWork {
    /// How long it is tried again.
    pub policy: RetryPolicy,
    /// Whose time it waits in.
    pub time: Time,
    /// The ARN of the role that what it makes runs under.
    pub role: Option<String>,
    /// How old roles had to be so far in this run.
    pub ages: Arc<RoleAges>,
    /// Hears of its waits.
    pub on_wait: OnWait,
}

/// The order in which the calls of a piece of work stand in line. All clones are one piece of work.
#[derive(Clone)]
pub struct CallOrder {
    work: Arc<Work>,
    /// Whether this attempt has sent anything.
    #[cfg_attr(not(any(feature = "aws", test)), expect(dead_code, reason = "only the calls of the SDK ask"))]
    sent: Arc<AtomicBool>,
}

struct Work {
    place: u64,
    interrupt: Interrupt,
    change: Option<Change>,
}

struct Change {
    work: ChangeWork,
    retries: Mutex<Retries>,
}

struct Retries {
    pauses: Pauses,
    /// When the first attempt failed, or the call of it that never came to its end was made.
    since: Option<Duration>,
    /// When the last attempt began.
    attempt: Duration,
}

impl fmt::Debug for CallOrder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallOrder").field("place", &self.work.place).finish_non_exhaustive()
    }
}

impl Default for CallOrder {
    /// Goes before all others, and is never cancelled.
    fn default() -> Self {
        Self::looking(Interrupt::new())
    }
}

impl CallOrder {
    /// For calls that belong to no change. They go first, and are given up with what is in flight.
    pub fn looking(interrupt: Interrupt) -> Self {
        Self { work: Arc::new(Work { place: 0, interrupt, change: None }), sent: Arc::default() }
    }

    /// For the calls of a change: lower places go first. An interruption cancels them until one of them was sent, with the class
    /// `Interrupted`; what was begun is brought to its end.
    pub fn change(place: u64, interrupt: Interrupt, work: ChangeWork) -> Self {
        let pauses = Pauses::new(work.policy.first, work.policy.longest);
        let retries = Mutex::new(Retries { pauses, since: None, attempt: work.time.elapsed() });
        let change = Some(Change { work, retries });
        Self { work: Arc::new(Work { place, interrupt, change }), sent: Arc::default() }
    }

    /// The same work, attempted anew: nothing is sent yet.
    #[must_use]
    pub fn attempt(&self) -> Self {
        if let Some(change) = &self.work.change {
            lock(&change.retries).attempt = change.work.time.elapsed();
        }
        Self { work: Arc::clone(&self.work), sent: Arc::default() }
    }

    /// Waits until the change's role is as old as roles had to be so far in this run. That is told once, unless it was `reported` already.
    pub async fn role_is_known(&self, mut reported: bool) {
        let Some(Change { work, .. }) = &self.work.change else { return };
        let Some(role) = &work.role else { return };
        while let Some(pause) = work.ages.pause(role, work.time.elapsed()) {
            if self.work.interrupt.is_set() {
                return;
            }
            if !std::mem::replace(&mut reported, true) {
                (work.on_wait)("iam", pause);
            }
            self.sleep(work, pause).await;
        }
    }

    /// Waits after an attempt that failed with this error; `false` where the error stays, or has been waited out for long enough. An
    /// interruption ends the wait.
    pub async fn wait_out(&self, error: &CloudError) -> bool {
        let Some(Change { work, retries }) = &self.work.change else { return false };
        let Some(reason) = passes(error.class) else { return false };
        let now = work.time.elapsed();
        let (pause, attempt) = {
            let mut retries = lock(retries);
            let over = *retries.since.get_or_insert(now) + work.policy.total;
            let left = over.saturating_sub(now);
            if left.is_zero() {
                return false;
            }
            (retries.pauses.next().min(left), retries.attempt)
        };
        let pause = match &work.role {
            Some(role) if error.class == ErrorClass::IamPropagation => work.ages.not_yet(role, attempt, pause),
            _ => pause,
        };
        (work.on_wait)(reason, pause);
        self.sleep(work, pause).await;
        true
    }

    async fn sleep(&self, work: &ChangeWork, pause: Duration) {
        tokio::select! {
            () = work.time.sleep(pause) => {}
            () = self.work.interrupt.wait() => {}
        }
    }
}

/// What the queue asks.
#[cfg(any(feature = "aws", test))]
impl CallOrder {
    pub(super) fn place(&self) -> u64 {
        self.work.place
    }

    pub(super) fn is_change(&self) -> bool {
        self.work.change.is_some()
    }

    /// Notes that a call of this attempt is sent.
    pub(super) fn sends(&self) {
        self.sent.store(true, Ordering::Relaxed);
    }

    /// Waits until a call that was not sent yet is not to be sent any more.
    pub(super) async fn cancelled(&self) {
        if self.is_change() && !self.sent.load(Ordering::Relaxed) {
            self.work.interrupt.wait().await;
        } else {
            self.work.interrupt.given_up().await;
        }
    }

    /// Waits until what is in flight is given up.
    pub(super) async fn given_up(&self) {
        self.work.interrupt.given_up().await;
    }

    /// How long calls are tried again, in all.
    pub(super) fn total(&self) -> Duration {
        self.work.change.as_ref().map_or(RetryPolicy::default().total, |change| change.work.policy.total)
    }

    /// From when on a call that failed first when it was made at `made` is tried again: the change's own troubles count.
    pub(super) fn since(&self, made: Duration) -> Duration {
        let since = self.work.change.as_ref().and_then(|change| lock(&change.retries).since);
        since.map_or(made, |since| since.min(made))
    }

    /// Notes that a call was tried since then, in vain: the change is not tried as long again.
    pub(super) fn in_vain(&self, since: Duration) {
        if let Some(change) = &self.work.change {
            lock(&change.retries).since.get_or_insert(since);
        }
    }

    /// Says that a call waits to be tried again.
    pub(super) fn waits(&self, class: ErrorClass, pause: Duration) {
        if let (Some(change), Some(reason)) = (&self.work.change, passes(class)) {
            (change.work.on_wait)(reason, pause);
        }
    }
}
