//! Token buckets, so that a class does not run into AWS's throttles: one per operation or family, shared by all callers.
//!
//! Calls stand in line at their bucket in the order of their work; only the first waits for a token, so that a throttle slows
//! everybody behind it, and a call that is cancelled has taken nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::bucket::Bucket;
use super::line::Line;
use super::lock::lock;
use super::quota::Quotas;
use crate::cloud::Paced;
use crate::host::Time;
use crate::model::Quota;

/// Where nothing was known of a bucket until it throttled.
const LEARNED: Quota = Quota { burst: 5.0, per_second: 50.0 };

/// Buckets by the name of their operation or family.
type Lanes = Arc<Mutex<BTreeMap<String, Arc<Lane>>>>;

/// The buckets of a run, by account and region, and by account alone for services that are not a region's. Whoever calls into an
/// account draws from the same ones, whatever role it does so under.
#[derive(Clone, Debug, Default)]
pub struct Buckets(Arc<Mutex<BTreeMap<String, Lanes>>>);

impl Buckets {
    fn at(&self, place: String) -> Lanes {
        Arc::clone(lock(&self.0).entry(place).or_default())
    }
}

/// The buckets one connection draws from.
#[derive(Debug)]
struct Drawn {
    of_region: Lanes,
    of_account: Lanes,
}

/// A bucket and who waits for it.
#[derive(Debug)]
struct Lane {
    bucket: Mutex<Bucket>,
    line: Line,
}

/// Paces the calls of one connection.
#[derive(Debug)]
pub(super) struct Pacing {
    pub(super) time: Time,
    quotas: Mutex<Quotas>,
    /// Its own until the account is known.
    lanes: Lanes,
    drawn: OnceLock<Drawn>,
    throttles: Mutex<BTreeMap<String, u64>>,
}

impl Pacing {
    /// Keeps to these quotas, in this time.
    pub(super) fn new(quotas: Quotas, time: Time) -> Self {
        let (lanes, drawn) = (Lanes::default(), OnceLock::new());
        Self { time, quotas: Mutex::new(quotas), lanes, drawn, throttles: Mutex::default() }
    }

    /// From now on draws from what others who call into this account draw from. `endpoint` tells stand-ins for AWS apart.
    pub(super) fn joins(&self, buckets: &Buckets, endpoint: &str, account: &str, region: &str) {
        self.drawn.get_or_init(|| Drawn {
            of_region: buckets.at(format!("{endpoint} {account} {region}")),
            of_account: buckets.at(format!("{endpoint} {account}")),
        });
    }

    /// Where the bucket of this name is kept. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
    fn lanes(&self, name: &str) -> &Lanes {
        match self.drawn.get() {
            Some(drawn) if name.starts_with("iam:") => &drawn.of_account,
            Some(drawn) => &drawn.of_region,
            None => &self.lanes,
        }
    }

    /// The bucket an operation draws from.
    pub(super) fn bucket(&self, operation: &str) -> Option<Paced> {
        lock(&self.quotas).of(operation)
    }

    /// The same with what is in it now.
    pub(super) fn now(&self, operation: &str) -> Option<Paced> {
        let mut paced = self.bucket(operation)?;
        if let Some(lane) = lock(self.lanes(&paced.bucket)).get(&paced.bucket) {
            paced.level = lock(&lane.bucket).level(self.time.elapsed());
        }
        Some(paced)
    }

    /// Takes over what Service Quotas answered; buckets in use keep what they hold.
    pub(super) fn learn(&self, live: BTreeMap<String, Quota>) {
        lock(&self.quotas).live = live;
        for lanes in [self.lanes(""), self.lanes("iam:")] {
            for (name, lane) in lock(lanes).iter() {
                if let Some(paced) = self.bucket(name) {
                    lock(&lane.bucket).quota = paced.quota;
                }
            }
        }
    }

    /// Stands in line for `operation`, and takes a token when it is there and nobody is before.
    pub(super) async fn wait(&self, operation: &str, order: u64) {
        let Some(lane) = self.lane(operation) else { return };
        let place = lane.line.enter(0, order);
        loop {
            place.first().await;
            let pause = lock(&lane.bucket).take(self.time.elapsed());
            match pause {
                None => return,
                Some(pause) => self.time.sleep(pause).await,
            }
        }
    }

    /// AWS throttled the operation all the same: slower. An operation without a bucket has one from now on.
    pub(super) fn throttled(&self, operation: &str) {
        *lock(&self.throttles).entry(operation.to_owned()).or_default() += 1;
        let now = self.time.elapsed();
        let lane = self.lane(operation).unwrap_or_else(|| self.open(operation, LEARNED));
        lock(&lane.bucket).slow_down(now);
    }

    /// A call went through: a little faster again.
    pub(super) fn went_through(&self, operation: &str) {
        if let Some(lane) = self.lane(operation) {
            lock(&lane.bucket).speed_up();
        }
    }

    /// Throttled answers so far, by `service:Operation`.
    pub(super) fn throttles(&self) -> BTreeMap<String, u64> {
        lock(&self.throttles).clone()
    }

    fn lane(&self, operation: &str) -> Option<Arc<Lane>> {
        match self.bucket(operation) {
            Some(paced) => Some(self.open(&paced.bucket, paced.quota)),
            None => lock(self.lanes(operation)).get(operation).map(Arc::clone),
        }
    }

    fn open(&self, name: &str, quota: Quota) -> Arc<Lane> {
        let mut lanes = lock(self.lanes(name));
        let new = || {
            let bucket = Mutex::new(Bucket::new(quota, self.time.elapsed()));
            Arc::new(Lane { bucket, line: Line::default() })
        };
        Arc::clone(lanes.entry(name.to_owned()).or_insert_with(new))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::bucket::LAG;
    use super::*;
    use crate::host::Timekeeper as _;
    use crate::host::virtual_time::Virtual;
    use futures::future::join_all;
    use proptest::prelude::*;

    const CREATE: &str = "states:CreateStateMachine";

    fn pacer(quota: Quota, time: Arc<Virtual>) -> Arc<Pacing> {
        let given = BTreeMap::from([(CREATE.to_owned(), quota)]);
        Arc::new(Pacing::new(Quotas { given, ..Quotas::default() }, time))
    }

    #[test]
    fn regions_of_an_account_share_the_buckets_of_iam_and_no_others() {
        let (taken, _) = Virtual::run(async |time| {
            let one = Quota { burst: 1.0, per_second: 1.0 };
            let given = BTreeMap::from([(CREATE.to_owned(), one), ("iam:CreateRole".to_owned(), one)]);
            let buckets = Buckets::default();
            let pacer = |account: &str, region: &str| {
                let time: Time = Arc::clone(&time) as Time;
                let pacer = Pacing::new(Quotas { given: given.clone(), ..Quotas::default() }, time);
                pacer.joins(&buckets, "", account, region);
                pacer
            };
            let pacers = [pacer("1", "eu-west-1"), pacer("1", "us-east-1"), pacer("2", "eu-west-1")];
            let mut taken = Vec::new();
            for operation in [CREATE, "iam:CreateRole"] {
                for pacer in &pacers {
                    let before = time.elapsed();
                    pacer.wait(operation, 0).await;
                    taken.push(time.elapsed().saturating_sub(before).as_secs_f64() > 0.5);
                }
            }
            taken
        });
        assert_eq!(taken, [false, false, false, false, true, false]);
    }

    /// A bucket as an endpoint keeps it: full at its first call, which comes `late` behind the others.
    struct Endpoint {
        quota: Quota,
        tokens: f64,
        at: Option<f64>,
    }

    impl Endpoint {
        fn new(quota: Quota) -> Self {
            Self { quota, tokens: quota.burst, at: None }
        }

        fn takes(&mut self, now: f64) -> bool {
            let passed = (now - self.at.unwrap_or(now)).max(0.0);
            self.tokens = (self.tokens + passed * self.quota.per_second).min(self.quota.burst);
            self.at = Some(now);
            // Nanoseconds are rounded on the way here, a millionth of a token at most.
            let enough = self.tokens >= 1.0 - 1e-6;
            if enough {
                self.tokens -= 1.0;
            }
            enough
        }
    }

    fn seconds(calls: usize, quota: Quota) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let waiting = (calls as f64 - quota.burst).max(0.0);
        waiting / quota.per_second
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn never_above_the_bucket_and_never_much_below(
            burst in 1_u32..40, rate in 1_u32..40, calls in 1_usize..400, first in 0.0..0.2_f64,
        ) {
            let quota = Quota { burst: f64::from(burst), per_second: f64::from(rate) };
            let ((refused, done), took) = Virtual::run(async |time| {
                let pacer = pacer(quota, Arc::clone(&time));
                let at = Mutex::new(Vec::new());
                join_all((0..calls).map(|_| async {
                    pacer.wait(CREATE, 0).await;
                    at.lock().unwrap().push(time.elapsed().as_secs_f64());
                })).await;
                // The endpoint sees the first call after a long way, the others at once.
                let mut endpoint = Endpoint::new(quota);
                let at = at.into_inner().unwrap();
                let refused = at.iter().filter(|at| !endpoint.takes((**at).max(first))).count();
                (refused, at.len())
            });
            prop_assert_eq!((refused, done), (0, calls));
            let bound = seconds(calls, quota);
            prop_assert!(took.as_secs_f64() <= bound * 1.05 + LAG + 0.01, "{took:?} for {bound}");
        }
    }

    #[test]
    fn who_began_first_is_served_first_whenever_it_asks() {
        let (served, _) = Virtual::run(async |time| {
            let pacer = pacer(Quota { burst: 1.0, per_second: 1.0 }, Arc::clone(&time));
            let served = Mutex::new(Vec::new());
            let call = |order: u64, after: u64| {
                let (pacer, time, served) = (&pacer, &time, &served);
                async move {
                    let time: Time = Arc::clone(time) as Time;
                    time.sleep(Duration::from_millis(after)).await;
                    pacer.wait(CREATE, order).await;
                    served.lock().unwrap().push(order);
                }
            };
            join_all([call(5, 0), call(4, 1), call(3, 2), call(1, 1500), call(2, 1500)]).await;
            served.into_inner().unwrap()
        });
        assert_eq!(served, [5, 3, 1, 2, 4]);
    }

    #[test]
    fn who_gives_up_while_waiting_has_taken_nothing() {
        let ((), took) = Virtual::run(async |time| {
            let pacer = pacer(Quota { burst: 1.0, per_second: 0.1 }, time);
            pacer.wait(CREATE, 0).await;
            let mut waiting = Box::pin(pacer.wait(CREATE, 0));
            assert!(futures::poll!(&mut waiting).is_pending());
            drop(waiting);
            pacer.wait(CREATE, 0).await;
        });
        assert!((10.0..11.0).contains(&took.as_secs_f64()), "{took:?}");
    }

    #[test]
    fn a_throttle_slows_and_success_speeds_up_again() {
        let ((), _) = Virtual::run(async |time| {
            let pacer = pacer(Quota { burst: 10.0, per_second: 4.0 }, time);
            let speed = || lock(&pacer.lane(CREATE).unwrap().bucket).speed;
            // Sixteen in flight are throttled together: that is one throttle.
            (0..16).for_each(|_| pacer.throttled(CREATE));
            assert!((speed() - 0.5).abs() < 1e-9);
            assert!(lock(&pacer.lane(CREATE).unwrap().bucket).take(Duration::ZERO).is_some());
            (0..10).for_each(|_| pacer.went_through(CREATE));
            assert!((speed() - 1.0).abs() < 1e-9);
            assert_eq!(pacer.throttles(), BTreeMap::from([(CREATE.to_owned(), 16)]));
        });
    }

    #[test]
    fn a_bucket_that_others_draw_from_is_shared_without_a_storm() {
        // Half of what is published is there: somebody else takes the other half.
        let there = Quota { burst: 20.0, per_second: 5.0 };
        let ((refused, done), took) = Virtual::run(async |time| {
            let pacer = pacer(Quota { burst: 40.0, per_second: 10.0 }, Arc::clone(&time));
            let endpoint = Mutex::new((Endpoint::new(there), 0_usize));
            let calls = (0..400).map(|_| async {
                loop {
                    pacer.wait(CREATE, 0).await;
                    let mut endpoint = endpoint.lock().unwrap();
                    if endpoint.0.takes(time.elapsed().as_secs_f64()) {
                        pacer.went_through(CREATE);
                        return;
                    }
                    endpoint.1 += 1;
                    pacer.throttled(CREATE);
                }
            });
            let done = join_all(calls).await.len();
            (endpoint.into_inner().unwrap().1, done)
        });
        assert_eq!(done, 400);
        assert!(refused < 80, "{refused} throttled");
        assert!(took.as_secs_f64() < seconds(400, there) * 1.6, "{took:?}");
    }

    #[test]
    fn what_the_account_says_counts_from_then_on() {
        let ((), took) = Virtual::run(async |time| {
            let quotas = Quotas { region: "eu-west-1".into(), published: true, ..Quotas::default() };
            let pacer = Pacing::new(quotas, time);
            pacer.wait(CREATE, 0).await;
            pacer.learn(BTreeMap::from([(CREATE.to_owned(), Quota { burst: 10.0, per_second: 5.0 })]));
            assert_eq!(pacer.bucket(CREATE).unwrap().source, "service-quotas");
            for _ in 0..20 {
                pacer.wait(CREATE, 0).await;
            }
        });
        assert!((1.8..2.6).contains(&took.as_secs_f64()), "{took:?}");
    }

    #[test]
    fn an_operation_nothing_is_known_of_is_paced_once_it_throttles() {
        let ((), took) = Virtual::run(async |time| {
            let pacer = pacer(LEARNED, time);
            let unknown = "sqs:CreateQueue";
            assert!(pacer.lane(unknown).is_none());
            pacer.throttled(unknown);
            for _ in 0..20 {
                pacer.wait(unknown, 0).await;
            }
        });
        assert!(took > Duration::from_millis(500), "{took:?}");
    }
}
