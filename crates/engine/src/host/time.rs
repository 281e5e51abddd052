//! Whose time pauses are measured in: this machine's, or that of a simulation that runs in the same process.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::Stopwatch;

/// A time that can be read and waited for.
#[async_trait]
pub trait Timekeeper: fmt::Debug + Send + Sync {
    /// The time since a moment that never changes.
    fn elapsed(&self) -> Duration;

    /// Waits. A simulated time jumps instead, once nobody holds it.
    async fn sleep(&self, pause: Duration);

    /// Whether it jumps to the next wait's end while nothing is at work.
    fn jumps(&self) -> bool {
        false
    }

    /// Waits until nothing is at work and nobody waits for a time. Never ends where time does not jump.
    async fn idle(&self) {
        std::future::pending::<()>().await;
    }

    /// Says that something is under way that takes no time of its own; a simulated time stands still until the guard is dropped.
    fn hold(&self) -> Hold;
}

/// A shared timekeeper.
pub type Time = Arc<dyn Timekeeper>;

/// See [`Timekeeper::hold`].
#[must_use = "time may go on as soon as it is dropped"]
pub struct Hold(Option<Box<dyn Any + Send>>);

impl Hold {
    /// A guard that holds nothing: real time goes on.
    pub fn nothing() -> Self {
        Self(None)
    }

    /// A guard that holds time for as long as `guard` lives.
    pub fn of(guard: impl Any + Send) -> Self {
        Self(Some(Box::new(guard)))
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Hold").field(&self.0.is_some()).finish()
    }
}

/// The time in which something is waited for that is at work elsewhere, such as an answer: this one, or this machine's where it jumps.
pub fn steady(time: &Time) -> Time {
    if time.jumps() { real_time() } else { Arc::clone(time) }
}

/// This machine's time, from now on.
pub fn real_time() -> Time {
    Arc::new(Real(Stopwatch::start()))
}

#[derive(Debug)]
struct Real(Stopwatch);

#[async_trait]
impl Timekeeper for Real {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }

    fn hold(&self) -> Hold {
        Hold::nothing()
    }
}

/// A time for tests that goes on only when everybody sleeps.
#[cfg(test)]
pub(crate) mod virtual_time {
    use std::collections::BTreeMap;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use tokio::sync::oneshot;

    use super::{Arc, Duration, Hold, Timekeeper, async_trait};

    #[derive(Debug, Default)]
    pub(crate) struct Virtual(Mutex<State>);

    #[derive(Debug, Default)]
    struct State {
        now: Duration,
        next: u64,
        sleepers: BTreeMap<(Duration, u64), oneshot::Sender<()>>,
    }

    impl Virtual {
        fn state(&self) -> MutexGuard<'_, State> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Lets time go on whenever nothing else can be done. For a runtime of one thread, where a task that yields often enough is
        /// the last to be ready.
        pub(crate) async fn drive(self: Arc<Self>) {
            loop {
                for _ in 0..64 {
                    tokio::task::yield_now().await;
                }
                let mut state = self.state();
                // Who waits no longer makes no time pass.
                state.sleepers.retain(|_, woken| !woken.is_closed());
                if let Some(((at, _), woken)) = state.sleepers.pop_first() {
                    state.now = state.now.max(at);
                    let _ = woken.send(());
                }
            }
        }

        /// Runs `work` on one thread, in a time of its own, and gives the time it took.
        pub(crate) fn run<T>(work: impl AsyncFnOnce(Arc<Self>) -> T) -> (T, Duration) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let time = Arc::new(Self::default());
            let result = runtime.block_on(async {
                let drive = tokio::spawn(Arc::clone(&time).drive());
                let result = work(Arc::clone(&time)).await;
                drive.abort();
                result
            });
            let took = time.elapsed();
            (result, took)
        }
    }

    #[async_trait]
    impl Timekeeper for Virtual {
        fn elapsed(&self) -> Duration {
            self.state().now
        }

        async fn sleep(&self, pause: Duration) {
            let (woken, wait) = oneshot::channel();
            {
                let mut state = self.state();
                state.next += 1;
                let key = (state.now + pause, state.next);
                state.sleepers.insert(key, woken);
            }
            let _ = wait.await;
        }

        fn hold(&self) -> Hold {
            Hold::nothing()
        }
    }
}
