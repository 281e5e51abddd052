//! How often each of many may call: what an operation's bucket gives, shared by all who draw from it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::host::Stopwatch;
use crate::model::Quota;

/// Where calls are not paced: gentle to an endpoint on a small machine, and no wait for a few callers.
const UNPACED: Quota = Quota { burst: 200.0, per_second: 200.0 };

/// With a full bucket, callers may be this many times faster than it refills.
const HASTE: f64 = 10.0;

/// The bucket of one operation, as far as one run draws from it. It chooses pauses; waiting for tokens is the cloud's.
#[derive(Debug)]
pub(super) struct Budget {
    quota: Quota,
    is_paced: bool,
    sharers: AtomicUsize,
    drawn: Mutex<(f64, Stopwatch)>,
}

impl Budget {
    /// A budget within this bucket; `None` where calls are not paced.
    pub(super) fn new(quota: Option<Quota>) -> Self {
        let (is_paced, quota) = (quota.is_some(), quota.unwrap_or(UNPACED));
        Self { quota, is_paced, sharers: AtomicUsize::new(0), drawn: Mutex::new((quota.burst, Stopwatch::start())) }
    }

    /// Whether the endpoint is known to limit the operation.
    pub(super) fn is_paced(&self) -> bool {
        self.is_paced
    }

    /// Takes a seat among those who share; gives how many sat before.
    pub(super) fn sit(&self) -> (Seat<'_>, usize) {
        (Seat(self), self.sharers.fetch_add(1, Ordering::Relaxed))
    }

    /// The pause before the first call of whoever has this many before them: the first callers learn how long things take
    /// before the others ask.
    pub(super) fn first(&self, before: usize) -> Duration {
        self.seconds(before, 2.0)
    }

    /// The least pause between two calls of one sharer: longer with more of them, and as the bucket empties.
    pub(super) fn pause(&self) -> Duration {
        let full = (self.tokens() / self.quota.burst.max(1.0)).clamp(0.0, 1.0);
        self.seconds(self.sharers.load(Ordering::Relaxed), 1.0 + HASTE * full)
    }

    /// Counts a call.
    pub(super) fn draw(&self) {
        let tokens = self.tokens();
        *self.drawn.lock().unwrap_or_else(PoisonError::into_inner) = ((tokens - 1.0).max(0.0), Stopwatch::start());
    }

    fn tokens(&self) -> f64 {
        let (tokens, since) = *self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        (tokens + since.elapsed().as_secs_f64() * self.quota.per_second).min(self.quota.burst)
    }

    fn seconds(&self, callers: usize, speed: f64) -> Duration {
        let callers = u32::try_from(callers).map_or(f64::from(u32::MAX), f64::from);
        let seconds = callers / (self.quota.per_second.max(f64::MIN_POSITIVE) * speed);
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

/// A place among those who share a budget.
pub(super) struct Seat<'a>(&'a Budget);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.sharers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_the_class_and_as_the_bucket_empties() {
        let budget = Budget::new(Some(Quota { burst: 200.0, per_second: 0.001 }));
        let seats: Vec<_> = (0..300).map(|_| budget.sit()).collect();
        assert_eq!(seats.last().unwrap().1, 299);
        let full = budget.pause();
        for _ in 0..300 {
            budget.draw();
        }
        let empty = budget.pause();
        assert!(empty > full * 10, "{full:?} {empty:?}");
        assert_eq!(empty.as_secs() / 1000, 299, "300 calls at one in a thousand seconds");
        drop(seats);
        assert_eq!(budget.pause(), Duration::ZERO);
    }

    #[test]
    fn one_caller_alone_never_waits_long() {
        let budget = Budget::new(Some(Quota { burst: 200.0, per_second: 5.0 }));
        let (_seat, before) = budget.sit();
        assert_eq!(budget.first(before), Duration::ZERO);
        assert!(budget.pause() < Duration::from_millis(25));
        assert!(budget.is_paced() && !Budget::new(None).is_paced());
    }
}
