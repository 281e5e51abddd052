//! The workers of one function, and the requests that wait for one of them.
//!
//! A worker costs as much as a few dozen quick requests. So a request that finds every worker of its function at work, or still
//! being made, waits for one of them for a few times as long as making another takes, and longer the more there are: where handlers
//! compute, the processors are what is waited for, and no worker more helps.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

/// How many times as long as making a worker takes it is waited for one, for each that is at work: until then most of those in line have
/// had their turn.
const PATIENCE: u32 = 16;

/// No request waits longer for a worker before it has one made.
const LONGEST_PATIENCE: Duration = Duration::from_secs(1);

/// Requests that follow each other under one permit before those of other functions have their turn.
const IN_A_ROW: u32 = 32;

/// A worker that is free (`W`), with the permit that its last request had (`P`), unless others wait for that, and what counts the request (`R`).
pub(super) struct Free<W, P, R> {
    pub(super) worker: W,
    pub(super) permit: Option<P>,
    /// Requests that the permit has seen.
    pub(super) in_a_row: u32,
    /// That a request runs goes over to the next.
    pub(super) running: R,
}

/// What a request that has its permit does next.
pub(super) enum Next<W, P, R> {
    /// It runs on this worker.
    Runs(W),
    /// It waits until then at the latest, without its permit.
    Waits(oneshot::Receiver<Free<W, P, R>>, Instant),
    /// It makes a worker.
    Starts,
}

/// The workers of one function and revision.
pub(super) struct Capacity<W, P, R> {
    /// The most recently used last.
    pub(super) idle: Vec<W>,
    /// Requests at work, those among them whose worker is being made.
    running: usize,
    waiting: VecDeque<oneshot::Sender<Free<W, P, R>>>,
    /// Since when every worker has been at work.
    busy_since: Instant,
    /// How long the last request took.
    last: Duration,
}

impl<W, P, R> Default for Capacity<W, P, R> {
    fn default() -> Self {
        let (idle, waiting) = (Vec::new(), VecDeque::new());
        Self { idle, running: 0, waiting, busy_since: Instant::now(), last: Duration::ZERO }
    }
}

impl<W, P, R> Capacity<W, P, R> {
    /// Decides for a request. `start` is what making a worker takes. Whoever runs or starts is counted until [`Capacity::end`].
    pub(super) fn next(
        &mut self,
        now: Instant,
        start: Duration,
        mut lives: impl FnMut(&mut W) -> bool,
    ) -> Next<W, P, R> {
        while let Some(mut worker) = self.idle.pop() {
            if lives(&mut worker) {
                self.running += 1;
                return Next::Runs(worker);
            }
        }
        let at_work = u32::try_from(self.running).unwrap_or(u32::MAX).max(1);
        let patience = (start * PATIENCE).saturating_mul(at_work).min(LONGEST_PATIENCE);
        let worth_it = self.running > 0 && self.last < start && now.duration_since(self.busy_since) < patience;
        if worth_it {
            let (free, comes) = oneshot::channel();
            self.waiting.push_back(free);
            return Next::Waits(comes, now + patience);
        }
        // The next one is worth its while when this one has been at work for as long.
        self.busy_since = now;
        self.running += 1;
        Next::Starts
    }

    /// Counts a request's end. Where no other is at work, nobody need wait for its worker.
    pub(super) fn end(&mut self) {
        self.running = self.running.saturating_sub(1);
        if self.running == 0 {
            self.waiting.clear();
        }
    }

    /// Takes a worker back that was at work for so long: the next request in line has it, with the permit; else it is idle, and
    /// the request counts until what is given back is dropped.
    pub(super) fn give_back(&mut self, now: Instant, took: Duration, mut free: Free<W, P, R>) -> Option<R> {
        self.last = took;
        free.in_a_row += 1;
        if free.in_a_row >= IN_A_ROW {
            free.permit = None;
        }
        while let Some(next) = self.waiting.pop_front() {
            match next.send(free) {
                Ok(()) => return None,
                Err(back) => free = back,
            }
        }
        self.busy_since = now;
        self.idle.push(free.worker);
        Some(free.running)
    }

    /// Whether there is nothing to remember.
    pub(super) fn is_over(&self) -> bool {
        self.idle.is_empty() && self.running == 0 && self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_millis(20);

    fn after(begun: Instant, milliseconds: u64) -> Instant {
        begun + Duration::from_millis(milliseconds)
    }

    type Words = &'static str;

    fn free(worker: Words) -> Free<Words, u32, Words> {
        Free { worker, permit: Some(7), in_a_row: 0, running: "a request" }
    }

    fn next(capacity: &mut Capacity<Words, u32, Words>, now: Instant) -> Next<Words, u32, Words> {
        capacity.next(now, START, |worker| *worker != "dead")
    }

    #[test]
    fn the_first_request_makes_a_worker_and_those_beside_it_wait_for_that_one() {
        let (mut capacity, begun) = (Capacity::default(), Instant::now());
        assert!(matches!(next(&mut capacity, begun), Next::Starts));
        let Next::Waits(mut comes, until) = next(&mut capacity, begun) else { panic!("it does not wait") };
        assert_eq!(until, begun + START * PATIENCE);
        assert_eq!(capacity.give_back(after(begun, 21), Duration::from_millis(1), free("one")), None);
        let handed = comes.try_recv().unwrap();
        assert_eq!((handed.worker, handed.permit, handed.in_a_row), ("one", Some(7), 1));
        assert_eq!(capacity.give_back(after(begun, 22), Duration::from_millis(1), handed), Some("a request"));
        capacity.end();
        assert!(!capacity.is_over(), "it has an idle worker");
        assert!(matches!(next(&mut capacity, after(begun, 30)), Next::Runs("one")));
    }

    #[test]
    fn a_function_that_is_never_idle_gets_another_worker_each_time_one_has_paid_for_itself() {
        let (mut capacity, begun) = (Capacity::default(), Instant::now());
        let starts = (0..800).filter(|at| matches!(next(&mut capacity, after(begun, *at)), Next::Starts));
        assert_eq!(starts.collect::<Vec<_>>(), [0, 320]);
    }

    #[test]
    fn nobody_waits_for_a_handler_that_takes_longer_than_a_new_worker() {
        let (mut capacity, begun) = (Capacity::default(), Instant::now());
        assert!(matches!(next(&mut capacity, begun), Next::Starts));
        capacity.give_back(after(begun, 200), Duration::from_millis(100), free("slow"));
        capacity.end();
        assert!(matches!(next(&mut capacity, after(begun, 201)), Next::Runs("slow")));
        assert!(matches!(next(&mut capacity, after(begun, 202)), Next::Starts));
    }

    #[test]
    fn who_waits_for_a_worker_that_died_is_let_go_and_a_dead_one_is_not_used() {
        let (mut capacity, begun) = (Capacity::default(), Instant::now());
        assert!(matches!(next(&mut capacity, begun), Next::Starts));
        let Next::Waits(mut comes, _) = next(&mut capacity, begun) else { panic!("it does not wait") };
        capacity.end();
        assert!(matches!(comes.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
        assert!(capacity.is_over());
        capacity.idle.push("dead");
        assert!(matches!(next(&mut capacity, begun), Next::Starts));
    }

    #[test]
    fn those_who_gave_up_are_passed_over_and_the_permit_does_not_stay_for_ever() {
        let (mut capacity, begun) = (Capacity::default(), Instant::now());
        assert!(matches!(next(&mut capacity, begun), Next::Starts));
        let Next::Waits(gave_up, _) = next(&mut capacity, begun) else { panic!("it does not wait") };
        let Next::Waits(mut waits, _) = next(&mut capacity, begun) else { panic!("it does not wait") };
        drop(gave_up);
        let worn = Free { in_a_row: IN_A_ROW - 1, ..free("one") };
        capacity.give_back(begun, Duration::ZERO, worn);
        assert_eq!(waits.try_recv().unwrap().permit, None);
    }
}
