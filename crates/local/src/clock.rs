//! The endpoint's one owner of time. It can run in real time, faster, or jump from timer to timer.
#![expect(clippy::disallowed_methods, reason = "this is the endpoint's own clock")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Notify;

/// How fast time goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeMode {
    /// As fast as everywhere.
    Real,
    /// So many times faster.
    Scaled(f64),
    /// From timer to timer, as soon as nothing is at work.
    Jump,
}

impl std::fmt::Display for TimeMode {
    /// `real`, `10x`, `jump`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Real => formatter.write_str("real"),
            Self::Scaled(factor) => write!(formatter, "{factor}x"),
            Self::Jump => formatter.write_str("jump"),
        }
    }
}

/// How long nothing may be at work before time jumps.
const QUIET: Duration = Duration::from_millis(2);

/// How often it is looked whether the machine slept, which the runtime's timers do not notice.
const LOOK: Duration = Duration::from_millis(if cfg!(test) { 20 } else { 1000 });

/// The machine's time since some moment, its sleep included: a lesson goes on where the clock on the wall stands.
fn machine_time() -> Duration {
    // On macOS the monotonic clock goes on while the machine sleeps; on Linux that is another one.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const COUNTS_SLEEP: ClockId = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const COUNTS_SLEEP: ClockId = ClockId::Monotonic;
    let now = clock_gettime(COUNTS_SLEEP);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or_default())
}

/// The clock. Cheap to clone; all clones are one clock.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    mode: TimeMode,
    /// The machine's time.
    machine: fn() -> Duration,
    origin: Duration,
    origin_ms: i64,
    state: Mutex<State>,
    changed: Notify,
    /// Rung when the machine has slept: whoever waits looks at the clock again.
    woke: Notify,
    /// Rung when nothing is at work and nobody waits for a time.
    idle: Notify,
}

#[derive(Default)]
struct State {
    /// How far jumps have carried the clock ahead of real time.
    jumped_ms: i64,
    /// How many are at work. Counted under the lock that a jump is made under, so that neither overtakes the other.
    busy: usize,
    next_sleeper: u64,
    sleepers: BTreeMap<(i64, u64), Arc<Sleeper>>,
}

/// Somebody who waits for a jump.
#[derive(Default)]
struct Sleeper {
    woken: Notify,
    /// From the jump that wakes the sleeper on it counts as at work, so that time does not jump past it.
    busy: Mutex<Option<Busy>>,
}

/// A moment on a clock.
#[derive(Clone)]
pub struct Deadline {
    clock: Clock,
    at_ms: i64,
}

impl Deadline {
    /// Whether the clock shows it or a later one.
    pub fn is_past(&self) -> bool {
        self.clock.now_ms() >= self.at_ms
    }
}

impl std::fmt::Debug for Deadline {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Deadline").field("at_ms", &self.at_ms).finish_non_exhaustive()
    }
}

/// While one is held, time does not jump.
#[must_use = "time may jump as soon as it is dropped"]
pub struct Busy(Clock);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.lock().busy -= 1;
        self.0.0.changed.notify_one();
    }
}

impl Clock {
    /// A clock that shows at least `not_before_ms` (so that time never goes back in a store that was ahead).
    pub fn new(mode: TimeMode, not_before_ms: i64) -> Self {
        Self::over(machine_time, mode, not_before_ms)
    }

    fn over(machine: fn() -> Duration, mode: TimeMode, not_before_ms: i64) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Self(Arc::new(Inner {
            mode,
            machine,
            origin: machine(),
            origin_ms: now.max(not_before_ms),
            state: Mutex::default(),
            changed: Notify::new(),
            woke: Notify::new(),
            idle: Notify::new(),
        }))
    }

    /// Runs the jumps, and tells those who wait when the machine has slept. Spawn it once.
    pub async fn drive(self) {
        let jumps = async {
            if self.0.mode == TimeMode::Jump {
                self.drive_jumps().await;
            }
            std::future::pending::<()>().await;
        };
        tokio::join!(jumps, self.notice_sleep());
    }

    /// A timer of the runtime that ends late by the runtime's own time is late because of load; by the machine's time alone,
    /// because of sleep. Either way those who wait look again, which costs little.
    async fn notice_sleep(&self) {
        loop {
            let before = (self.0.machine)();
            tokio::time::sleep(LOOK).await;
            if (self.0.machine)().saturating_sub(before) > 2 * LOOK {
                self.0.woke.notify_waiters();
            }
        }
    }

    async fn drive_jumps(&self) {
        loop {
            if self.lock().is_waiting() {
                tokio::time::sleep(QUIET).await;
                self.jump();
                continue;
            }
            if self.lock().is_idle() {
                tokio::time::sleep(QUIET).await;
                if self.lock().is_idle() {
                    self.0.idle.notify_waiters();
                }
            }
            self.0.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn jump(&self) {
        let mut woken = Vec::new();
        let mut state = self.lock();
        let Some(&(at, _)) = state.sleepers.keys().next().filter(|_| state.is_waiting()) else { return };
        state.jumped_ms += (at - self.shown(&state)).max(0);
        while let Some(first) = state.sleepers.first_entry().filter(|first| first.key().0 <= at) {
            woken.push(first.remove());
            state.busy += 1;
        }
        drop(state);
        for sleeper in woken {
            *sleeper.busy.lock().unwrap_or_else(PoisonError::into_inner) = Some(Busy(self.clone()));
            sleeper.woken.notify_one();
        }
    }

    /// Milliseconds since 1970 on this clock.
    pub fn now_ms(&self) -> i64 {
        self.shown(&self.lock())
    }

    fn shown(&self, state: &State) -> i64 {
        let real = (self.0.machine)().saturating_sub(self.0.origin);
        let passed = match self.0.mode {
            TimeMode::Real | TimeMode::Jump => i64::try_from(real.as_millis()).unwrap_or(i64::MAX),
            #[expect(clippy::cast_possible_truncation, reason = "a scaled span of milliseconds fits 63 bits")]
            TimeMode::Scaled(factor) => (real.as_secs_f64() * 1000.0 * factor) as i64,
        };
        self.0.origin_ms + passed + state.jumped_ms
    }

    /// Milliseconds since 1970 on the host's clock, which other programs' clocks agree with (signatures carry it).
    pub fn real_ms() -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// Waits until the clock shows this time. The wait begins with the call, not with the first poll: whoever lets go of
    /// a [`Busy`] after it is not jumped past. Who has been woken is at work until the guard is dropped.
    pub fn sleep_until(&self, at_ms: i64) -> impl Future<Output = Busy> + Send + use<> {
        let mut waiting = self.wait_for_jump(at_ms);
        let clock = self.clone();
        async move {
            loop {
                let busy = if let Some(waiting) = &mut waiting {
                    waiting.end().await
                } else {
                    clock.really_wait(at_ms).await;
                    clock.busy()
                };
                if clock.now_ms() >= at_ms {
                    return busy;
                }
                waiting = clock.wait_for_jump(at_ms);
            }
        }
    }

    /// Waits until the clock may show a time without a jump.
    async fn really_wait(&self, at_ms: i64) {
        let woke = self.0.woke.notified();
        tokio::select! {
            () = tokio::time::sleep(self.real_wait(at_ms)) => {}
            () = woke => {}
        }
    }

    /// How long it takes until the clock shows a time, if it does not jump.
    fn real_wait(&self, at_ms: i64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "a wait in milliseconds stays far below 2^53")]
        let seconds = (at_ms - self.now_ms()).max(0) as f64 / 1000.0;
        Duration::from_secs_f64(match self.0.mode {
            TimeMode::Scaled(factor) => seconds / factor,
            TimeMode::Real | TimeMode::Jump => seconds,
        })
    }

    /// Waits until nothing is at work and nobody waits for a time, so that nothing happens by itself any more. Never ends where
    /// time does not jump.
    pub async fn idle(&self) {
        let idle = self.0.idle.notified();
        // It may be so already, and then nothing changes.
        self.0.changed.notify_one();
        idle.await;
    }

    /// Enters a sleeper, if time jumps.
    fn wait_for_jump(&self, at_ms: i64) -> Option<Waiting> {
        if self.0.mode != TimeMode::Jump {
            return None;
        }
        let sleeper = Arc::new(Sleeper::default());
        let mut state = self.lock();
        state.next_sleeper += 1;
        let key = (at_ms, state.next_sleeper);
        state.sleepers.insert(key, Arc::clone(&sleeper));
        drop(state);
        self.0.changed.notify_one();
        Some(Waiting { clock: self.clone(), key, sleeper })
    }

    /// A moment so much later on this clock.
    pub fn deadline(&self, after: Duration) -> Deadline {
        let after = i64::try_from(after.as_millis()).unwrap_or(i64::MAX / 2);
        Deadline { clock: self.clone(), at_ms: self.now_ms().saturating_add(after) }
    }

    /// Says that something is at work; time does not jump until the guard is dropped.
    pub fn busy(&self) -> Busy {
        self.lock().busy += 1;
        Busy(self.clone())
    }
}

impl State {
    /// Nothing is at work, and somebody waits.
    fn is_waiting(&self) -> bool {
        self.busy == 0 && !self.sleepers.is_empty()
    }

    /// Nothing is at work, and nobody waits.
    fn is_idle(&self) -> bool {
        self.busy == 0 && self.sleepers.is_empty()
    }
}

/// A sleeper on the list; dropping it takes it off.
struct Waiting {
    clock: Clock,
    key: (i64, u64),
    sleeper: Arc<Sleeper>,
}

impl Waiting {
    /// Until a jump or real time has come to it.
    async fn end(&mut self) -> Busy {
        tokio::select! {
            () = self.sleeper.woken.notified() => {}
            () = self.clock.really_wait(self.key.0) => {}
        }
        // It is still on the list if real time was faster, and then no jump goes past it.
        let given = self.sleeper.busy.lock().unwrap_or_else(PoisonError::into_inner).take();
        given.unwrap_or_else(|| self.clock.busy())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.clock.lock().sleepers.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_was_woken_is_at_work_until_the_guard_is_dropped() {
        let clock = Clock::new(TimeMode::Jump, 0);
        let begun = clock.now_ms();
        let (first, second) = (clock.sleep_until(begun + 1_000_000), clock.sleep_until(begun + 2_000_000));
        clock.jump();
        let busy = first.await;
        clock.jump();
        let after_first = clock.now_ms();
        assert!((1_000_000..1_500_000).contains(&(after_first - begun)), "{}", after_first - begun);
        drop(busy);
        clock.jump();
        drop(second.await);
        assert!(clock.now_ms() - begun >= 2_000_000);
    }

    #[test]
    fn a_sleeper_counts_from_the_call_and_no_longer_than_it_lives() {
        let clock = Clock::new(TimeMode::Jump, 0);
        let begun = clock.now_ms();
        let (near, far) = (clock.sleep_until(begun + 1_000_000), clock.sleep_until(begun + 9_000_000));
        clock.jump();
        assert!(clock.now_ms() - begun < 1_500_000, "not polled, and yet not jumped past");
        drop(near);
        clock.jump();
        assert!(clock.now_ms() - begun >= 9_000_000);
        drop(far);
        assert!(!clock.lock().is_waiting() && clock.lock().busy == 0);
    }

    #[tokio::test]
    async fn it_is_idle_when_nothing_is_at_work_and_nobody_waits() {
        let clock = Clock::new(TimeMode::Jump, 0);
        let begun = clock.now_ms();
        let driver = tokio::spawn(clock.clone().drive());
        let soon = |clock: Clock| async move { tokio::time::timeout(Duration::from_millis(300), clock.idle()).await };
        let guard = clock.busy();
        assert!(soon(clock.clone()).await.is_err(), "at work");
        let sleep = clock.sleep_until(begun + 1_000_000);
        drop(guard);
        assert!(tokio::time::timeout(Duration::from_millis(300), clock.idle()).await.is_err(), "woken, and at work");
        drop(sleep.await);
        assert!(soon(clock.clone()).await.is_ok());
        assert!(soon(clock.clone()).await.is_ok(), "it is so already");
        assert!(clock.now_ms() - begun < 1_500_000, "who asks makes no time pass");
        driver.abort();
    }

    #[tokio::test]
    async fn a_machine_that_slept_wakes_to_the_time_on_the_wall() {
        use std::sync::atomic::{AtomicU64, Ordering};
        static SLEPT: AtomicU64 = AtomicU64::new(0);
        let hours = |count| Duration::from_hours(count).as_secs();
        for mode in [TimeMode::Real, TimeMode::Scaled(2.0), TimeMode::Jump] {
            let machine = || machine_time() + Duration::from_secs(SLEPT.load(Ordering::Relaxed));
            let clock = Clock::over(machine, mode, 0);
            let begun = clock.now_ms();
            let driver = tokio::spawn(clock.clone().drive());
            let guard = clock.busy();
            let waiting = tokio::spawn(clock.sleep_until(begun + 3_600_000));
            tokio::task::yield_now().await;
            SLEPT.fetch_add(hours(3), Ordering::Relaxed);
            assert!(clock.now_ms() - begun >= 3 * 3_600_000, "{mode}");
            drop(waiting.await.unwrap());
            drop(guard);
            driver.abort();
        }
    }

    #[test]
    fn time_does_not_jump_while_something_is_at_work() {
        let clock = Clock::new(TimeMode::Jump, 0);
        let begun = clock.now_ms();
        let _far = clock.sleep_until(begun + 9_000_000);
        let busy = clock.busy();
        clock.jump();
        assert!(clock.now_ms() - begun < 1_000_000);
        drop(busy);
        clock.jump();
        assert!(clock.now_ms() - begun >= 9_000_000);
    }
}
