//! In whose time a run waits, and how long for something that does not end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::pace::Cancel;
use crate::host::{self, Time};

/// Real time in which nothing ends, from which on a time that jumps is made to: what is at work by then would have ended.
const QUIET: Duration = Duration::from_millis(200);

/// Real time without any end after which what a jump set going has had its turn: before that, what still runs may be about to end.
const SETTLED: Duration = Duration::from_secs(1);

/// How far beyond its limit time is made to jump.
const BEYOND: Duration = Duration::from_secs(1);

/// A moment in this machine's time and in the endpoint's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    real: Duration,
    own: Duration,
}

impl Moment {
    /// In the time that passes steadily.
    pub(super) fn real(self) -> Duration {
        self.real
    }
}

/// Whether an endpoint whose time jumps had nothing at work before it was last asked for what still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Idle {
    /// It may just have ended.
    Unknown,
    /// It still ran although nothing was at work and nothing waited for a time: only from outside can it be ended.
    Seen,
}

/// What all waits of a run share: the time they are waited in, and when an execution was last seen to end. As long as others end, those
/// that still run may just be waiting for their turn.
///
/// Where the endpoint's time jumps, only jumps count: time jumps while nothing is at work, so that a slow machine fails nobody.
pub(super) struct RunClock {
    time: Time,
    /// The time in which is waited for what others are at work on: `time`, or this machine's where that jumps.
    steady: Time,
    /// Steady time without any end, where time jumps: something may be at work for ever.
    most: Duration,
    last_end: Mutex<Moment>,
}

impl RunClock {
    pub(super) fn new(time: Time, most: Duration) -> Self {
        let clock = Self { steady: host::steady(&time), time, most, last_end: Mutex::default() };
        clock.saw_an_end();
        clock
    }

    pub(super) fn now(&self) -> Moment {
        Moment { real: self.steady.elapsed(), own: self.time.elapsed() }
    }

    /// The time that passes steadily.
    pub(super) fn elapsed(&self) -> Duration {
        self.steady.elapsed()
    }

    /// Waits this long, or until the user interrupts; `true` when interrupted.
    pub(super) async fn pause(&self, cancel: &Cancel, length: Duration) -> bool {
        tokio::select! {
            () = self.steady.sleep(length) => cancel.is_set(),
            () = cancel.wait() => true,
        }
    }

    /// Does this within so long; `None` where that is not enough.
    pub(super) async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.steady.sleep(limit) => None,
        }
    }

    /// Notes that something ended.
    pub(super) fn saw_an_end(&self) {
        let now = self.now();
        *self.last_end.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// From when on something that began at `begun` is waited for in vain.
    fn since(&self, begun: Moment) -> Moment {
        let last_end = *self.last_end.lock().unwrap_or_else(PoisonError::into_inner);
        if last_end.real > begun.real { last_end } else { begun }
    }

    /// How long has been waited in vain by `now`.
    fn waited(&self, begun: Moment, now: Moment) -> Duration {
        let since = self.since(begun);
        let real = now.real.saturating_sub(since.real);
        if self.time.jumps() { now.own.saturating_sub(since.own).saturating_sub(real) } else { real }
    }

    /// Whether what began at `begun` and still ran at `now` has had its time.
    pub(super) fn is_over(&self, begun: Moment, now: Moment, limit: Duration) -> bool {
        let real = now.real.saturating_sub(self.since(begun).real);
        let has_settled = !self.time.jumps() || real >= SETTLED;
        self.waited(begun, now) >= limit && has_settled || self.time.jumps() && real >= self.most
    }

    /// Whether only jumps of time have passed, and nothing was at work for ever.
    pub(super) fn is_up_to_jumps(&self, begun: Moment, now: Moment) -> bool {
        self.time.jumps() && now.real.saturating_sub(self.since(begun).real) < self.most
    }

    /// Where time jumps: waits until nothing is at work any more, and then, if what was asked for afterwards still ran, until the first
    /// of these has had its time. Whoever just ended has a look first, so that no time passes for nothing. Never ends where time does
    /// not jump, or where something ended a moment ago.
    pub(super) async fn until_over(&self, idle: Idle, waiting: impl Iterator<Item = (Moment, Duration)>) -> Idle {
        let now = self.now();
        let left = waiting
            .filter(|(begun, _)| self.time.jumps() && now.real.saturating_sub(self.since(*begun).real) >= QUIET)
            .map(|(begun, limit)| limit.saturating_sub(self.waited(begun, now)))
            .min();
        match (left, idle) {
            (Some(_), Idle::Unknown) => {
                self.time.idle().await;
                Idle::Seen
            }
            // What passes in real time meanwhile is no jump, so that it takes a little more.
            (Some(left), Idle::Seen) => {
                self.time.sleep(left + BEYOND).await;
                Idle::Unknown
            }
            (None, _) => std::future::pending().await,
        }
    }

    /// Real time after which a call that waits for an execution's end is given up.
    pub(super) fn of_a_call(&self, limit: Duration) -> Duration {
        if self.time.jumps() { self.most } else { limit }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;

    use super::*;
    use crate::host::{Hold, Timekeeper};

    /// A time that says that it jumps, and never does by itself.
    #[derive(Debug)]
    struct Jumping(Time);

    #[async_trait]
    impl Timekeeper for Jumping {
        fn elapsed(&self) -> Duration {
            self.0.elapsed()
        }

        async fn sleep(&self, pause: Duration) {
            self.0.sleep(pause).await;
        }

        fn jumps(&self) -> bool {
            true
        }

        fn hold(&self) -> Hold {
            Hold::nothing()
        }
    }

    fn at(real: u64, own: u64) -> Moment {
        Moment { real: Duration::from_secs(real), own: Duration::from_secs(own) }
    }

    fn clock(jumps: bool) -> RunClock {
        let time: Time = if jumps { Arc::new(Jumping(host::real_time())) } else { host::real_time() };
        let clock = RunClock::new(time, Duration::from_mins(5));
        *clock.last_end.lock().unwrap() = at(10, 10);
        clock
    }

    const LIMIT: Duration = Duration::from_mins(1);

    #[test]
    fn time_counts_from_the_start_or_from_the_last_end_of_anything() {
        let clock = clock(false);
        assert!(!clock.is_over(at(0, 0), at(69, 69), LIMIT), "something ended after 10 s");
        assert!(clock.is_over(at(0, 0), at(70, 70), LIMIT));
        assert!(!clock.is_over(at(30, 30), at(89, 89), LIMIT));
        assert!(clock.is_over(at(30, 30), at(90, 90), LIMIT));
    }

    #[test]
    fn where_time_jumps_a_slow_machine_fails_nobody() {
        let clock = clock(true);
        assert!(!clock.is_over(at(20, 20), at(200, 200), LIMIT), "at work for three minutes");
        assert!(clock.is_over(at(20, 20), at(21, 81), LIMIT), "nothing at work, and a minute jumped");
        assert!(!clock.is_over(at(20, 20), at(100, 159), LIMIT), "59 s jumped");
        assert!(
            !clock.is_over(at(20, 20), at(20, 1820), LIMIT),
            "half an hour jumped a moment ago: it may be about to end"
        );
        assert!(clock.is_over(at(20, 20), at(320, 320), LIMIT), "at work for ever");
    }

    #[tokio::test]
    async fn time_is_made_to_jump_only_where_it_does() {
        let waits = |clock: RunClock| async move {
            let waiting = [(at(0, 0), Duration::from_millis(1))].into_iter();
            clock.within(Duration::from_millis(50), clock.until_over(Idle::Seen, waiting)).await
        };
        assert!(waits(clock(false)).await.is_none(), "real time goes on by itself");
        assert!(waits(clock(true)).await.is_none(), "something ended a moment ago");
    }
}
