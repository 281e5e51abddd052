//! The endpoint's one owner of time. It can run in real time, faster, or jump from timer to timer.
#![expect(clippy::disallowed_methods, reason = "this is the endpoint's own clock")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

/// The clock. Cheap to clone; all clones are one clock.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    mode: TimeMode,
    origin: Instant,
    origin_ms: i64,
    state: Mutex<State>,
    busy: AtomicUsize,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// How far jumps have carried the clock ahead of real time.
    jumped_ms: i64,
    next_sleeper: u64,
    sleepers: BTreeMap<(i64, u64), Arc<Sleeper>>,
}

/// Somebody who waits for a jump.
#[derive(Default)]
struct Sleeper {
    woken: Notify,
    /// Held from the jump that wakes the sleeper until it is awake, so that time does not jump past it.
    busy: Mutex<Option<Busy>>,
}

/// While one is held, time does not jump.
pub struct Busy(Arc<Inner>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_one();
    }
}

impl Clock {
    /// A clock that shows at least `not_before_ms` (so that time never goes back in a store that was ahead).
    pub fn new(mode: TimeMode, not_before_ms: i64) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Self(Arc::new(Inner {
            mode,
            origin: Instant::now(),
            origin_ms: now.max(not_before_ms),
            state: Mutex::default(),
            busy: AtomicUsize::new(0),
            changed: Notify::new(),
        }))
    }

    /// Runs the jumps; does nothing in the other modes. Spawn it once.
    pub async fn drive(self) {
        if self.0.mode != TimeMode::Jump {
            return;
        }
        loop {
            if self.0.busy.load(Ordering::Acquire) > 0 || self.first().is_none() {
                self.0.changed.notified().await;
                continue;
            }
            tokio::time::sleep(QUIET).await;
            if self.0.busy.load(Ordering::Acquire) == 0 {
                self.jump();
            }
        }
    }

    fn first(&self) -> Option<i64> {
        self.lock().sleepers.keys().next().map(|key| key.0)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn jump(&self) {
        let now = self.now_ms();
        let mut state = self.lock();
        let Some(&(at, _)) = state.sleepers.keys().next() else { return };
        state.jumped_ms += (at - now).max(0);
        let due: Vec<_> = state.sleepers.range(..=(at, u64::MAX)).map(|(key, _)| *key).collect();
        for key in due {
            if let Some(sleeper) = state.sleepers.remove(&key) {
                *sleeper.busy.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.busy());
                sleeper.woken.notify_one();
            }
        }
    }

    /// Milliseconds since 1970 on this clock.
    pub fn now_ms(&self) -> i64 {
        let real = self.0.origin.elapsed();
        let passed = match self.0.mode {
            TimeMode::Real | TimeMode::Jump => i64::try_from(real.as_millis()).unwrap_or(i64::MAX),
            #[expect(clippy::cast_possible_truncation, reason = "a scaled span of milliseconds fits 63 bits")]
            TimeMode::Scaled(factor) => (real.as_secs_f64() * 1000.0 * factor) as i64,
        };
        self.0.origin_ms + passed + self.lock().jumped_ms
    }

    /// Milliseconds since 1970 on the host's clock, which other programs' clocks agree with (signatures carry it).
    pub fn real_ms() -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// Waits until the clock shows this time.
    pub async fn sleep_until(&self, at_ms: i64) {
        loop {
            let left = at_ms - self.now_ms();
            if left <= 0 {
                return;
            }
            #[expect(clippy::cast_precision_loss, reason = "a wait in milliseconds stays far below 2^53")]
            let seconds = left as f64 / 1000.0;
            match self.0.mode {
                TimeMode::Real => tokio::time::sleep(Duration::from_secs_f64(seconds)).await,
                TimeMode::Scaled(factor) => tokio::time::sleep(Duration::from_secs_f64(seconds / factor)).await,
                TimeMode::Jump => self.sleep_or_jump(at_ms, seconds).await,
            }
        }
    }

    async fn sleep_or_jump(&self, at_ms: i64, seconds: f64) {
        let sleeper = Arc::new(Sleeper::default());
        let key = {
            let mut state = self.lock();
            state.next_sleeper += 1;
            let key = (at_ms, state.next_sleeper);
            state.sleepers.insert(key, Arc::clone(&sleeper));
            key
        };
        let entry = Sleeping { clock: self, key };
        self.0.changed.notify_one();
        tokio::select! {
            () = sleeper.woken.notified() => {}
            () = tokio::time::sleep(Duration::from_secs_f64(seconds)) => {}
        }
        drop(entry);
    }

    /// Says that something is at work; time does not jump until the guard is dropped.
    pub fn busy(&self) -> Busy {
        self.0.busy.fetch_add(1, Ordering::AcqRel);
        Busy(Arc::clone(&self.0))
    }
}

/// Takes a sleeper off the list when its future is dropped.
struct Sleeping<'clock> {
    clock: &'clock Clock,
    key: (i64, u64),
}

impl Drop for Sleeping<'_> {
    fn drop(&mut self) {
        self.clock.lock().sleepers.remove(&self.key);
    }
}
