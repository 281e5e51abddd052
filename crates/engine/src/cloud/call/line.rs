//! Standing in line: the most urgent first, then whose work comes first, then who asked first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::lock::lock;

/// Urgency, the place of the work among others, and who asked first.
type Rank = (u8, u64, u64);

/// Those who wait for something, in their order.
#[derive(Debug, Default)]
pub(super) struct Line(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    by_rank: BTreeMap<Rank, Arc<Notify>>,
}

/// A place in the line; whoever leaves it lets the next one step up.
pub(super) struct Place<'a> {
    line: &'a Line,
    rank: Rank,
    woken: Arc<Notify>,
}

impl Line {
    pub(super) fn enter(&self, urgency: u8, order: u64) -> Place<'_> {
        let woken = Arc::new(Notify::new());
        let mut waiting = lock(&self.0);
        waiting.next += 1;
        let rank = (urgency, order, waiting.next);
        waiting.by_rank.insert(rank, Arc::clone(&woken));
        Place { line: self, rank, woken }
    }

    /// Has the first one look again.
    fn wake(&self) {
        if let Some((_, first)) = lock(&self.0).by_rank.first_key_value() {
            first.notify_one();
        }
    }
}

impl Place<'_> {
    /// Waits until nobody is before.
    pub(super) async fn first(&self) {
        let is_first = || lock(&self.line.0).by_rank.first_key_value().is_some_and(|(first, _)| *first == self.rank);
        while !is_first() {
            self.woken.notified().await;
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        lock(&self.line.0).by_rank.remove(&self.rank);
        self.line.wake();
    }
}

/// How many calls are out at once; the others stand in line.
#[derive(Debug)]
pub(super) struct InFlightLimit {
    most: usize,
    out: Mutex<usize>,
    line: Line,
}

/// One of those that are out.
#[derive(Debug)]
pub(super) struct InFlight<'a>(&'a InFlightLimit);

impl InFlightLimit {
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), out: Mutex::default(), line: Line::default() }
    }

    /// Waits until there is room for another one.
    pub(super) async fn enter(&self, urgency: u8, order: u64) -> InFlight<'_> {
        let place = self.line.enter(urgency, order);
        loop {
            place.first().await;
            {
                let mut out = lock(&self.out);
                if *out < self.most {
                    *out += 1;
                    return InFlight(self);
                }
            }
            place.woken.notified().await;
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        *lock(&self.0.out) -= 1;
        self.0.line.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn so_many_are_out_at_once_and_the_most_urgent_go_first() {
        let (limit, out, most) = (InFlightLimit::new(2), AtomicUsize::new(0), AtomicUsize::new(0));
        let went = Mutex::new(Vec::new());
        let held = (limit.enter(0, 0).await, limit.enter(0, 0).await);
        let (limit, went, out, most) = (&limit, &went, &out, &most);
        let calls = [(2, 0), (1, 7), (2, 1), (1, 3), (0, 9)].map(|(urgency, order)| async move {
            let _place = limit.enter(urgency, order).await;
            went.lock().unwrap().push((urgency, order));
            most.fetch_max(out.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            out.fetch_sub(1, Ordering::Relaxed);
        });
        // Whoever gives up while waiting leaves no gap.
        let mut given_up = Box::pin(limit.enter(0, 0));
        assert!(futures::poll!(&mut given_up).is_pending());
        drop(given_up);
        tokio::join!(join_all(calls), async move {
            tokio::task::yield_now().await;
            drop(held);
        });
        assert_eq!(*went.lock().unwrap(), [(0, 9), (1, 3), (1, 7), (2, 0), (2, 1)]);
        assert_eq!(most.load(Ordering::Relaxed), 2);
    }
}
