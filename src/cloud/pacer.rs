//! Token buckets, so that a class does not run into AWS's throttles: one per operation or family, shared by all callers.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::quota::{family, published};
use crate::host::Stopwatch;
use crate::model::Quota;

/// After a throttle a bucket refills at half speed, at worst a sixteenth; each call that goes through gives 5 % back.
const SLOWEST: f64 = 1.0 / 16.0;

/// The buckets of one account and region.
#[derive(Debug)]
pub(super) struct Pacer {
    clock: Stopwatch,
    region: String,
    /// Whether AWS's published figures hold here.
    published: bool,
    given: BTreeMap<String, Quota>,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

impl Pacer {
    /// A pacer that keeps to `given`, and to AWS's published figures if `published`.
    pub(super) fn new(region: &str, published: bool, given: BTreeMap<String, Quota>) -> Self {
        Self { clock: Stopwatch::start(), region: region.to_owned(), published, given, buckets: Mutex::default() }
    }

    /// Waits until `operation` may be called. Callers get through in the order they came.
    pub(super) async fn wait(&self, operation: &str) {
        let pause = self.with_bucket(operation, Bucket::take);
        if let Some(pause) = pause.filter(|pause| !pause.is_zero()) {
            tokio::time::sleep(pause).await;
        }
    }

    /// AWS throttled the operation all the same: slower.
    pub(super) fn throttled(&self, operation: &str) {
        self.with_bucket(operation, |bucket, now| {
            bucket.refill(now);
            bucket.speed = (bucket.speed / 2.0).max(SLOWEST);
            bucket.tokens = bucket.tokens.min(0.0);
        });
    }

    /// A call went through: a little faster again.
    pub(super) fn went_through(&self, operation: &str) {
        self.with_bucket(operation, |bucket, _| bucket.speed = (bucket.speed * 1.05).min(1.0));
    }

    fn with_bucket<T>(&self, operation: &str, act: impl FnOnce(&mut Bucket, f64) -> T) -> Option<T> {
        let now = self.clock.elapsed().as_secs_f64();
        let name = if self.given.contains_key(operation) { operation } else { family(operation) };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(name) {
            let quota = self.given.get(name).copied();
            let quota = quota.or_else(|| published(name, &self.region).filter(|_| self.published))?;
            buckets.insert(name.to_owned(), Bucket::new(quota, now));
        }
        buckets.get_mut(name).map(|bucket| act(bucket, now))
    }
}

/// A bucket whose tokens may be owed: who takes one that is not there yet waits until it would be.
#[derive(Debug)]
struct Bucket {
    quota: Quota,
    tokens: f64,
    at: f64,
    speed: f64,
}

impl Bucket {
    fn new(quota: Quota, now: f64) -> Self {
        Self { quota, tokens: quota.burst.max(1.0), at: now, speed: 1.0 }
    }

    fn rate(&self) -> f64 {
        (self.quota.per_second * self.speed).max(0.001)
    }

    fn refill(&mut self, now: f64) {
        let gained = (now - self.at).max(0.0) * self.rate();
        self.tokens = (self.tokens + gained).min(self.quota.burst.max(1.0));
        self.at = now;
    }

    fn take(&mut self, now: f64) -> Duration {
        self.refill(now);
        self.tokens -= 1.0;
        Duration::from_secs_f64((-self.tokens / self.rate()).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let mut bucket = Bucket::new(Quota { burst: 3.0, per_second: 2.0 }, 0.0);
        let pauses: Vec<u128> = (0..6).map(|_| bucket.take(0.0).as_millis()).collect();
        assert_eq!(pauses, [0, 0, 0, 500, 1000, 1500]);
        // After everybody got through, the bucket fills again, but never above its size.
        assert_eq!(bucket.take(100.0), Duration::ZERO);
        assert!((bucket.tokens - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_throttle_slows_and_success_speeds_up_again() {
        let quota = Quota { burst: 10.0, per_second: 4.0 };
        let pacer = Pacer::new("eu-west-1", false, BTreeMap::from([("states:StartExecution".to_owned(), quota)]));
        let speed = |pacer: &Pacer| pacer.with_bucket("states:StartExecution", |bucket, _| bucket.speed).unwrap();
        pacer.throttled("states:StartExecution");
        assert!((speed(&pacer) - 0.5).abs() < 1e-9);
        assert!(pacer.with_bucket("states:StartExecution", Bucket::take).unwrap() > Duration::ZERO);
        for _ in 0..40 {
            pacer.went_through("states:StartExecution");
        }
        assert!((speed(&pacer) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_loopback_endpoint_is_not_paced_unless_told() {
        let quotas = BTreeMap::from([("states:CreateStateMachine".to_owned(), Quota { burst: 1.0, per_second: 1.0 })]);
        let local = Pacer::new("eu-west-1", false, quotas);
        assert!(local.with_bucket("lambda:CreateFunction", |_, _| ()).is_none());
        assert!(local.with_bucket("states:CreateStateMachine", |_, _| ()).is_some());
        let real = Pacer::new("eu-west-1", true, BTreeMap::new());
        assert!(real.with_bucket("lambda:CreateFunction", |_, _| ()).is_some());
        assert!(real.with_bucket("sts:GetCallerIdentity", |_, _| ()).is_none());
    }
}
