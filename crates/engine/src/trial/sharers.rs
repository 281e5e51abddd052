//! How often each of many may call: what an operation's bucket gives, shared by all who draw from it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::cloud::Cloud;
use crate::model::Quota;

/// Calls a second where they are not paced: gentle to an endpoint on a small machine, and no wait for a few callers.
const UNPACED: f64 = 200.0;

/// With a full bucket, callers may be this many times faster than it refills.
const HASTE: f64 = 10.0;

/// The callers of one operation. It chooses the pauses between their calls; tokens are the connection's queue's.
#[derive(Debug)]
pub(super) struct Sharers {
    operation: &'static str,
    /// Whether the endpoint's clock is this machine's, so that its buckets tell something.
    keeps_time: bool,
    count: AtomicUsize,
}

impl Sharers {
    pub(super) fn new(operation: &'static str, keeps_time: bool) -> Self {
        Self { operation, keeps_time, count: AtomicUsize::new(0) }
    }

    /// Whether the endpoint is known to limit the operation.
    pub(super) fn is_paced(&self, cloud: &dyn Cloud) -> bool {
        self.keeps_time && cloud.bucket(self.operation).is_some()
    }

    /// Takes a seat among those who share; gives how many sat before.
    pub(super) fn sit(&self) -> (Seat<'_>, usize) {
        (Seat(self), self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// The pause before the first call of whoever has this many before them: the first callers learn how long things take
    /// before the others ask.
    pub(super) fn first(&self, cloud: &dyn Cloud, before: usize) -> Duration {
        seconds(before, self.bucket(cloud).0, 2.0)
    }

    /// The least pause between two calls of one sharer: longer with more of them, and as the bucket empties.
    pub(super) fn pause(&self, cloud: &dyn Cloud) -> Duration {
        let (quota, level) = self.bucket(cloud);
        seconds(self.count.load(Ordering::Relaxed), quota, 1.0 + HASTE * level)
    }

    fn bucket(&self, cloud: &dyn Cloud) -> (Quota, f64) {
        let paced = cloud.bucket(self.operation).filter(|_| self.keeps_time);
        let unpaced = Quota { burst: UNPACED, per_second: UNPACED };
        paced.map_or((unpaced, 0.0), |paced| (paced.quota, paced.level))
    }

    /// Seconds in which so many calls of any operation are given back to its bucket.
    pub(super) fn refill_seconds(&self, cloud: &dyn Cloud, operation: &str, calls: u64) -> f64 {
        let paced = cloud.bucket(operation).filter(|_| self.keeps_time);
        let per_second = paced.map_or(UNPACED, |paced| paced.quota.per_second);
        #[expect(clippy::cast_precision_loss, reason = "numbers of calls stay far below 2^52")]
        let calls = calls as f64;
        calls / per_second.max(f64::MIN_POSITIVE)
    }
}

fn seconds(callers: usize, quota: Quota, speed: f64) -> Duration {
    let callers = u32::try_from(callers).map_or(f64::from(u32::MAX), f64::from);
    let seconds = callers / (quota.per_second.max(f64::MIN_POSITIVE) * speed);
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// A place among those who share.
pub(super) struct Seat<'a>(&'a Sharers);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::{Script, ScriptedCloud};
    use super::*;

    #[test]
    fn pauses_grow_with_the_class_and_as_the_bucket_empties() {
        let quota = Quota { burst: 200.0, per_second: 0.001 };
        let (full, empty) = (seconds(300, quota, 1.0 + HASTE), seconds(300, quota, 1.0));
        assert!(empty > full * 10, "{full:?} {empty:?}");
        assert_eq!(empty.as_secs() / 1000, 300, "300 calls at one in a thousand seconds");
    }

    #[test]
    fn one_caller_alone_never_waits_long() {
        let cloud = |region| {
            let mut fake = ScriptedCloud::new(|_, _| Ok(Script::succeeds(serde_json::Value::Null)));
            std::sync::Arc::get_mut(&mut fake).unwrap().region = region;
            fake
        };
        for (region, is_paced) in [(Some("eu-west-1"), true), (None, false)] {
            let cloud = cloud(region);
            let sharers = Sharers::new("states:ListExecutions", true);
            let (seat, before) = sharers.sit();
            assert_eq!(sharers.first(cloud.as_ref(), before), Duration::ZERO);
            assert!(sharers.pause(cloud.as_ref()) < Duration::from_millis(25));
            assert_eq!(sharers.is_paced(cloud.as_ref()), is_paced);
            drop(seat);
            assert_eq!(sharers.pause(cloud.as_ref()), Duration::ZERO);
        }
    }
}
