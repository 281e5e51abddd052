//! Token buckets, so that a class does not run into AWS's throttles: one per operation or family, shared by all callers.
//!
//! Callers queue at their bucket in the order of their [turns](super::Turn); only the first waits for a token, so that a throttle
//! slows everybody behind it, and whoever gives up has taken nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::Paced;
use super::quota::Quotas;
use super::turn;
use crate::host::{self, Time};
use crate::model::Quota;

/// At worst a bucket is taken to refill at a sixteenth of its rate.
const SLOWEST: f64 = 1.0 / 16.0;

/// A throttle halves the speed; each call that goes through gives this share of the full speed back.
const STEP: f64 = 0.05;

/// Calls in flight together are throttled together: within this time one of them is answer enough.
const ONE_THROTTLE: Duration = Duration::from_secs(1);

/// How much later than ours the endpoint's bucket may begin to refill: its first call has the longest way (name, TLS).
const LAG: f64 = 0.25;

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

/// Paces the calls of one connection.
#[derive(Debug)]
pub(super) struct Pacer {
    time: Time,
    quotas: Mutex<Quotas>,
    /// Its own until the account is known.
    lanes: Lanes,
    drawn: OnceLock<Drawn>,
    throttles: Mutex<BTreeMap<String, u64>>,
    /// Turns `true` when there is nothing left to wait for.
    over: watch::Sender<bool>,
}

/// The user interrupted before the call was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CalledOff;

impl Pacer {
    /// A pacer that keeps to these quotas, in this time.
    pub(super) fn new(quotas: Quotas, time: Time) -> Self {
        let over = watch::Sender::new(false);
        let (lanes, drawn) = (Lanes::default(), OnceLock::new());
        Self { time, quotas: Mutex::new(quotas), lanes, drawn, throttles: Mutex::default(), over }
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

    /// Waits until `operation` may be called.
    ///
    /// # Errors
    /// When the work at hand is called off before its first call.
    pub(super) async fn wait(&self, operation: &str) -> Result<(), CalledOff> {
        let Some(lane) = self.lane(operation) else { return Ok(()) };
        let mut over = self.over.subscribe();
        tokio::select! {
            () = lane.pass(&self.time) => Ok(()),
            () = turn::called_off() => Err(CalledOff),
            _ = over.wait_for(|over| *over) => Ok(()),
        }
    }

    /// Lets everybody through at once and from now on: nothing more is sent.
    pub(super) fn end(&self) {
        self.over.send_replace(true);
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
        let new = || Arc::new(Lane::new(Bucket::new(quota, self.time.elapsed())));
        Arc::clone(lanes.entry(name.to_owned()).or_insert_with(new))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A bucket and who waits for it.
#[derive(Debug)]
struct Lane {
    bucket: Mutex<Bucket>,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    next: u64,
    waiting: BTreeMap<(u64, u64), Arc<Notify>>,
}

impl Lane {
    fn new(bucket: Bucket) -> Self {
        Self { bucket: Mutex::new(bucket), queue: Mutex::default() }
    }

    /// Queues, and takes a token when it is there and nobody is before.
    async fn pass(&self, time: &Time) {
        let place = Place::queue(self);
        loop {
            if !place.is_first() {
                place.woken.notified().await;
                continue;
            }
            let pause = lock(&self.bucket).take(time.elapsed());
            match pause {
                None => return,
                Some(pause) => time.sleep(pause).await,
            }
        }
    }
}

/// A place in the queue; whoever leaves it lets the next one step up.
struct Place<'a> {
    lane: &'a Lane,
    key: (u64, u64),
    woken: Arc<Notify>,
}

impl<'a> Place<'a> {
    fn queue(lane: &'a Lane) -> Self {
        let woken = Arc::new(Notify::new());
        let mut queue = lock(&lane.queue);
        queue.next += 1;
        let key = (turn::order(), queue.next);
        queue.waiting.insert(key, Arc::clone(&woken));
        Self { lane, key, woken }
    }

    fn is_first(&self) -> bool {
        lock(&self.lane.queue).waiting.first_key_value().is_some_and(|(first, _)| *first == self.key)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut queue = lock(&self.lane.queue);
        queue.waiting.remove(&self.key);
        if let Some((_, first)) = queue.waiting.first_key_value() {
            first.notify_one();
        }
    }
}

/// What is in a bucket, as far as can be told from here.
#[derive(Debug)]
struct Bucket {
    quota: Quota,
    tokens: f64,
    /// Seconds up to which its refill is counted; ahead of now while the endpoint's may not have begun.
    at: f64,
    /// Whether it has stood full for a while, as it does at first: then the endpoint's may begin to refill later than ours.
    rested: bool,
    speed: f64,
    throttled: Option<Duration>,
}

impl Bucket {
    fn new(quota: Quota, now: Duration) -> Self {
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
    fn take(&mut self, now: Duration) -> Option<Duration> {
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

    fn slow_down(&mut self, now: Duration) {
        self.refill(now.as_secs_f64());
        // A bucket that others draw from too is empty; some chance keeps its drawers apart.
        self.tokens = self.tokens.min(-chance() / 2.0);
        if self.throttled.is_none_or(|last| now >= last + ONE_THROTTLE) {
            self.speed = (self.speed / 2.0).max(SLOWEST);
            self.throttled = Some(now);
        }
    }

    fn speed_up(&mut self) {
        self.speed = (self.speed + STEP).min(1.0);
    }
}

/// From 0 up to 1.
fn chance() -> f64 {
    f64::from(u32::try_from(host::random_u64() % 1000).unwrap_or_default()) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{Turn, in_turn};
    use crate::host::Timekeeper as _;
    use crate::host::virtual_time::Virtual;
    use futures::future::join_all;
    use proptest::prelude::*;

    const CREATE: &str = "states:CreateStateMachine";

    fn pacer(quota: Quota, time: Arc<Virtual>) -> Arc<Pacer> {
        let given = BTreeMap::from([(CREATE.to_owned(), quota)]);
        Arc::new(Pacer::new(Quotas { given, ..Quotas::default() }, time))
    }

    #[test]
    fn regions_of_an_account_share_the_buckets_of_iam_and_no_others() {
        let (taken, _) = Virtual::run(async |time| {
            let one = Quota { burst: 1.0, per_second: 1.0 };
            let given = BTreeMap::from([(CREATE.to_owned(), one), ("iam:CreateRole".to_owned(), one)]);
            let buckets = Buckets::default();
            let pacer = |account: &str, region: &str| {
                let time: Time = Arc::clone(&time) as Time;
                let pacer = Pacer::new(Quotas { given: given.clone(), ..Quotas::default() }, time);
                pacer.joins(&buckets, "", account, region);
                pacer
            };
            let pacers = [pacer("1", "eu-west-1"), pacer("1", "us-east-1"), pacer("2", "eu-west-1")];
            let mut taken = Vec::new();
            for operation in [CREATE, "iam:CreateRole"] {
                for pacer in &pacers {
                    let before = time.elapsed();
                    pacer.wait(operation).await.unwrap();
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
                    pacer.wait(CREATE).await.unwrap();
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
            let (_user, interrupt) = watch::channel(false);
            let served = Mutex::new(Vec::new());
            let call = |order: u64, after: u64| {
                let (pacer, time, served, interrupt) = (&pacer, &time, &served, interrupt.clone());
                in_turn(Turn { order, interrupt }, async move {
                    let time: Time = Arc::clone(time) as Time;
                    time.sleep(Duration::from_millis(after)).await;
                    pacer.wait(CREATE).await.unwrap();
                    served.lock().unwrap().push(order);
                })
            };
            join_all([call(5, 0), call(4, 1), call(3, 2), call(1, 1500), call(2, 1500)]).await;
            served.into_inner().unwrap()
        });
        assert_eq!(served, [5, 3, 1, 2, 4]);
    }

    #[test]
    fn what_has_not_begun_is_called_off_and_takes_nothing() {
        let (second, took) = Virtual::run(async |time| {
            let pacer = pacer(Quota { burst: 1.0, per_second: 0.1 }, time);
            let (user, interrupt) = watch::channel(false);
            pacer.wait(CREATE).await.unwrap();
            let waiting = in_turn(Turn { order: 0, interrupt }, pacer.wait(CREATE));
            let (first, ()) = tokio::join!(waiting, async {
                user.send_replace(true);
            });
            assert_eq!(first, Err(CalledOff));
            pacer.wait(CREATE).await
        });
        assert_eq!(second, Ok(()));
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
                    pacer.wait(CREATE).await.unwrap();
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
            let pacer = Pacer::new(quotas, time);
            pacer.wait(CREATE).await.unwrap();
            pacer.learn(BTreeMap::from([(CREATE.to_owned(), Quota { burst: 10.0, per_second: 5.0 })]));
            assert_eq!(pacer.bucket(CREATE).unwrap().source, "service-quotas");
            for _ in 0..20 {
                pacer.wait(CREATE).await.unwrap();
            }
        });
        assert!((1.8..2.6).contains(&took.as_secs_f64()), "{took:?}");
    }

    #[test]
    fn once_it_is_over_nobody_waits_any_more() {
        let (_, took) = Virtual::run(async |time| {
            let pacer = pacer(Quota { burst: 1.0, per_second: 0.001 }, time);
            pacer.wait(CREATE).await.unwrap();
            tokio::join!(pacer.wait(CREATE), async { pacer.end() })
        });
        assert_eq!(took, Duration::ZERO);
    }

    #[test]
    fn what_has_begun_is_brought_to_its_end() {
        let (answer, took) = Virtual::run(async |time| {
            let pacer = pacer(Quota { burst: 1.0, per_second: 0.5 }, time);
            let (user, interrupt) = watch::channel(false);
            pacer.wait(CREATE).await.unwrap();
            in_turn(Turn { order: 0, interrupt }, async {
                turn::begun();
                user.send_replace(true);
                pacer.wait(CREATE).await
            })
            .await
        });
        assert_eq!(answer, Ok(()));
        assert!(took >= Duration::from_secs(2), "{took:?}");
    }

    #[test]
    fn an_operation_nothing_is_known_of_is_paced_once_it_throttles() {
        let ((), took) = Virtual::run(async |time| {
            let pacer = pacer(LEARNED, time);
            let unknown = "sqs:CreateQueue";
            assert!(pacer.lane(unknown).is_none());
            pacer.throttled(unknown);
            for _ in 0..20 {
                pacer.wait(unknown).await.unwrap();
            }
        });
        assert!(took > Duration::from_millis(500), "{took:?}");
    }
}
