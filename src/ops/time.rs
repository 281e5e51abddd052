//! The embedded endpoint's clock as labctl's time: what sleeps here makes the endpoint's time jump.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::host::{Hold, Time, Timekeeper};
use crate::local::{Clock, TimeMode};

/// How many times faster than this machine's a clock goes; infinite where it jumps.
pub(crate) fn factor(mode: TimeMode) -> f64 {
    match mode {
        TimeMode::Real => 1.0,
        TimeMode::Scaled(factor) => factor,
        TimeMode::Jump => f64::INFINITY,
    }
}

/// A clock of an endpoint in this process, read from the moment it was made.
struct EndpointTime {
    clock: Clock,
    begun_ms: i64,
    /// Sleepers wake at multiples of this, so that many wake at once.
    tick_ms: i64,
    /// Whether it stands still while a call is out. Only where no call waits for a time itself, as a synchronous execution does.
    holds: bool,
    jumps: bool,
}

/// The endpoint's time, in steps of a millisecond.
pub(crate) fn of_endpoint(clock: &Clock, jumps: bool) -> Time {
    Arc::new(EndpointTime { clock: clock.clone(), begun_ms: clock.now_ms(), tick_ms: 1, holds: false, jumps })
}

/// The endpoint's time for a simulation, in which calls take no time, in longer steps: each costs some real milliseconds, and buckets
/// lose nothing by them.
pub(crate) fn in_ticks(clock: &Clock, tick_ms: i64) -> Time {
    Arc::new(EndpointTime {
        clock: clock.clone(),
        begun_ms: clock.now_ms(),
        tick_ms: tick_ms.max(1),
        holds: true,
        jumps: true,
    })
}

impl fmt::Debug for EndpointTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EndpointTime").field("tick_ms", &self.tick_ms).finish_non_exhaustive()
    }
}

#[async_trait]
impl Timekeeper for EndpointTime {
    fn elapsed(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.clock.now_ms() - self.begun_ms).unwrap_or_default())
    }

    async fn sleep(&self, pause: Duration) {
        let pause_ms = i64::try_from(pause.as_micros().div_ceil(1000)).unwrap_or(i64::MAX / 2);
        let at = self.clock.now_ms().saturating_add(pause_ms) - self.begun_ms;
        let tick = at.saturating_add(self.tick_ms - 1) / self.tick_ms * self.tick_ms;
        drop(self.clock.sleep_until(self.begun_ms.saturating_add(tick)).await);
    }

    fn jumps(&self) -> bool {
        self.jumps
    }

    async fn idle(&self) {
        self.clock.idle().await;
    }

    fn hold(&self) -> Hold {
        if self.holds { Hold::of(self.clock.busy()) } else { Hold::nothing() }
    }
}
