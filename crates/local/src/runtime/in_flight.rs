//! How many requests may be at work at once: few while handlers compute, since more processes than processors only slow
//! each other down; many while they wait, as AWS would run a thousand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tokio::time::Instant;

use crate::limits::Share;

/// How often the first in line looks whether there could be more permits.
const LOOK: Duration = Duration::from_millis(20);

/// A handler that is at work for this long seems to wait for something.
const LONG: Duration = Duration::from_millis(50);

/// The limit of requests in flight of one runtime.
pub(super) struct InFlightLimit {
    semaphore: Arc<Semaphore>,
    processors: usize,
    /// Permits that there always are.
    few: usize,
    /// Permits that there may be: as many workers as the process has files for.
    most: usize,
    state: Mutex<State>,
    /// Whoever holds it is first in line.
    first: tokio::sync::Mutex<()>,
}

struct State {
    /// Permits that there are now.
    total: usize,
    /// Requests in line.
    waiting: usize,
    looked: Instant,
    /// Whether handlers compute on more than the processors at the last look.
    crowded: bool,
    next: u64,
    at_work: BTreeMap<u64, AtWork>,
}

/// A request that has its permit.
struct AtWork {
    since: Instant,
    process: Process,
}

/// Who does the work.
#[derive(Clone, Copy)]
enum Process {
    /// A worker that is being made, which takes a processor.
    Starting,
    /// Somebody the system does not name.
    Unknown,
    /// A worker's process.
    Pid(i32),
}

impl InFlightLimit {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let most = Share::of_this_process().workers;
        let few = (4 * processors).max(8).min(most);
        let state =
            State { total: few, waiting: 0, looked: Instant::now(), crowded: false, next: 0, at_work: BTreeMap::new() };
        let first = tokio::sync::Mutex::default();
        Self { semaphore: Arc::new(Semaphore::new(few)), processors, few, most, state: Mutex::new(state), first }
    }

    /// The most permits there may ever be.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Waits for a permit, in order of arrival.
    ///
    /// # Errors
    /// After [`InFlightLimit::close`].
    pub(super) async fn take(self: &Arc<Self>) -> Result<InFlightPermit, AcquireError> {
        let permit = match Arc::clone(&self.semaphore).try_acquire_owned() {
            Ok(permit) => permit,
            Err(TryAcquireError::Closed | TryAcquireError::NoPermits) => self.in_line().await?,
        };
        let mut state = self.lock();
        state.next += 1;
        let id = state.next;
        state.at_work.insert(id, AtWork { since: Instant::now(), process: Process::Starting });
        Ok(InFlightPermit { limit: Arc::clone(self), id, permit: Some(permit) })
    }

    /// Gives no more permits, and sends away who waits for one.
    pub(super) fn close(&self) {
        self.semaphore.close();
    }

    async fn in_line(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        let _counted = Waiting::counted(self);
        let look = async {
            let _first = self.first.lock().await;
            loop {
                let next = self.lock().looked + LOOK;
                tokio::time::sleep_until(next).await;
                self.look();
            }
        };
        tokio::select! {
            biased;
            permit = Arc::clone(&self.semaphore).acquire_owned() => permit,
            never = look => never,
        }
    }

    /// Adds permits if those at work seem to wait.
    fn look(&self) {
        let processes: Vec<Process> = self.lock().at_work.values().map(|request| request.process).collect();
        let computing = processes.into_iter().filter(|process| process.is_computing()).count();
        let mut state = self.lock();
        let more = state.more(Instant::now(), computing, self.processors, self.most);
        state.total += more;
        self.semaphore.add_permits(more);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How many permits to add: up to as many again when at least half of the requests at work have been so for a while and
    /// their handlers leave a processor free.
    fn more(&mut self, now: Instant, computing: usize, processors: usize, most: usize) -> usize {
        self.looked = now;
        self.crowded = computing > processors;
        let long = self.at_work.values().filter(|request| now.duration_since(request.since) >= LONG).count();
        if computing >= processors || 2 * long < self.total {
            return 0;
        }
        self.waiting.min(self.total).min(most.saturating_sub(self.total))
    }
}

impl Process {
    /// Whether it runs or would if a processor were free. Where nobody tells (only Linux does), it counts as waiting.
    fn is_computing(self) -> bool {
        match self {
            Self::Starting => true,
            Self::Unknown => false,
            Self::Pid(pid) => {
                let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('R'))
            }
        }
    }
}

/// Counts a request in line.
struct Waiting<'limit>(&'limit InFlightLimit);

impl<'limit> Waiting<'limit> {
    fn counted(limit: &'limit InFlightLimit) -> Self {
        limit.lock().waiting += 1;
        Self(limit)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}

/// A request's permit; over when it is dropped.
pub(super) struct InFlightPermit {
    limit: Arc<InFlightLimit>,
    id: u64,
    permit: Option<OwnedSemaphorePermit>,
}

impl InFlightPermit {
    /// Says that the work begins, and which process does it, if that is known.
    pub(super) fn works_in(&self, pid: Option<i32>) {
        if let Some(request) = self.limit.lock().at_work.get_mut(&self.id) {
            *request = AtWork { since: Instant::now(), process: pid.map_or(Process::Unknown, Process::Pid) };
        }
    }
}

impl Drop for InFlightPermit {
    fn drop(&mut self) {
        let mut state = self.limit.lock();
        state.at_work.remove(&self.id);
        let spare = state.total > self.limit.few && (state.waiting == 0 || state.crowded);
        if let (true, Some(permit)) = (spare, self.permit.take()) {
            state.total -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight permits, all taken, for so many milliseconds each, and a line.
    fn state(ages: [u64; 8], waiting: usize) -> (State, Instant) {
        let begun = Instant::now();
        let now = begun + Duration::from_secs(1);
        let at_work =
            ages.into_iter().map(|age| AtWork { since: now - Duration::from_millis(age), process: Process::Unknown });
        let at_work = (0..).zip(at_work).collect();
        (State { total: 8, waiting, looked: begun, crowded: false, next: 8, at_work }, now)
    }

    #[test]
    fn handlers_that_wait_make_room_for_as_many_again() {
        let (mut state, now) = state([60; 8], 100);
        assert_eq!(state.more(now, 0, 2, 128), 8);
        state.total = 100;
        state.at_work = (0..100).map(|id| (id, AtWork { since: now - LONG, process: Process::Unknown })).collect();
        assert_eq!(state.more(now, 1, 2, 128), 28, "never above the most");
        state.waiting = 5;
        assert_eq!(state.more(now, 1, 2, 128), 5, "no more than wait");
    }

    #[test]
    fn handlers_that_compute_or_are_quick_do_not() {
        let (mut state, now) = state([60, 60, 60, 1, 1, 1, 1, 1], 100);
        assert_eq!(state.more(now, 0, 2, 128), 0, "most have just begun");
        let (mut state, now) = self::state([500; 8], 100);
        assert_eq!(state.more(now, 2, 2, 128), 0, "the processors are taken");
        assert!(!state.crowded);
        state.more(now, 3, 2, 128);
        assert!(state.crowded);
        assert!(Process::Starting.is_computing() && !Process::Unknown.is_computing());
    }

    #[tokio::test]
    async fn permits_that_were_added_go_again() {
        let limit = Arc::new(InFlightLimit::new());
        limit.lock().total += 2;
        limit.semaphore.add_permits(2);
        let all: Vec<_> = {
            let mut all = Vec::new();
            for _ in 0..limit.few + 2 {
                all.push(limit.take().await.unwrap());
            }
            all
        };
        assert_eq!(limit.semaphore.available_permits(), 0);
        drop(all);
        assert_eq!((limit.lock().total, limit.semaphore.available_permits()), (limit.few, limit.few));
        limit.close();
        assert!(limit.take().await.is_err());
    }
}
