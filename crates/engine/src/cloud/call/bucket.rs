//! What is in a token bucket of the endpoint's, as far as can be told from here.

use std::time::Duration;

use crate::host;
use crate::model::Quota;

/// At worst a bucket is taken to refill at a sixteenth of its rate.
const SLOWEST: f64 = 1.0 / 16.0;

/// A throttle halves the speed; each call that goes through gives this share of the full speed back.
const STEP: f64 = 0.05;

/// Calls in flight together are throttled together: within this time one of them is answer enough.
const ONE_THROTTLE: Duration = Duration::from_secs(1);

/// How much later than ours the endpoint's bucket may begin to refill: its first call has the longest way (name, TLS).
pub(super) const LAG: f64 = 0.25;

/// What is in a bucket, as far as can be told from here.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) quota: Quota,
    tokens: f64,
    /// Seconds up to which its refill is counted; ahead of now while the endpoint's may not have begun.
    at: f64,
    /// Whether it has stood full for a while, as it does at first: then the endpoint's may begin to refill later than ours.
    rested: bool,
    pub(super) speed: f64,
    throttled: Option<Duration>,
}

impl Bucket {
    pub(super) fn new(quota: Quota, now: Duration) -> Self {
        Self { quota, tokens: quota.burst.max(1.0), at: now.as_secs_f64(), rested: true, speed: 1.0, throttled: None }
    }

    fn rate(&self) -> f64 {
        (self.quota.per_second * self.speed).max(0.001)
    }

    fn refill(&mut self, now: f64) {
        let (size, gained) = (self.quota.burst.max(1.0), (now - self.at).max(0.0) * self.rate());
        self.rested |= self.tokens + gained - size > LAG * self.rate();
        self.tokens = (self.tokens + gained).min(size);
        self.at = self.at.max(now);
    }

    /// Takes a token, or says how long until there is one.
    pub(super) fn take(&mut self, now: Duration) -> Option<Duration> {
        let now = now.as_secs_f64();
        self.refill(now);
        // Sums of shares come out a hair short of the whole.
        if self.tokens >= 1.0 - 1e-6 {
            if std::mem::take(&mut self.rested) {
                self.at = now + LAG;
            }
            self.tokens -= 1.0;
            return None;
        }
        let missing = (1.0 - self.tokens) / self.rate() + (self.at - now).max(0.0);
        Some(Duration::from_secs_f64(missing.max(0.001)))
    }

    /// The share of it that is there.
    pub(super) fn level(&mut self, now: Duration) -> f64 {
        self.refill(now.as_secs_f64());
        (self.tokens / self.quota.burst.max(1.0)).clamp(0.0, 1.0)
    }

    pub(super) fn slow_down(&mut self, now: Duration) {
        self.refill(now.as_secs_f64());
        // A bucket that others draw from too is empty; some chance keeps its drawers apart.
        self.tokens = self.tokens.min(-chance() / 2.0);
        if self.throttled.is_none_or(|last| now >= last + ONE_THROTTLE) {
            self.speed = (self.speed / 2.0).max(SLOWEST);
            self.throttled = Some(now);
        }
    }

    pub(super) fn speed_up(&mut self) {
        self.speed = (self.speed + STEP).min(1.0);
    }
}

/// From 0 up to 1.
fn chance() -> f64 {
    f64::from(u32::try_from(host::random_u64() % 1000).unwrap_or_default()) / 1000.0
}
