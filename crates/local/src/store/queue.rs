//! What waits to be written: gathered for a moment, so that many changes share a transaction and few threads are woken.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

/// One change of the store, or somebody who waits until all before it are on disk.
pub(super) enum Write {
    Put { table: &'static str, key: String, value: String },
    Delete { table: &'static str, key: String },
    DeleteAll { table: &'static str, prefix: String },
    Events { key: String, first: i64, last: i64, lines: String },
    DeleteEvents { key: String },
    DeleteAllEvents { prefix: String },
    Flush(oneshot::Sender<()>),
}

impl Write {
    /// Whether it makes the store smaller.
    pub(super) fn deletes(&self) -> bool {
        matches!(
            self,
            Self::Delete { .. } | Self::DeleteAll { .. } | Self::DeleteEvents { .. } | Self::DeleteAllEvents { .. }
        )
    }
}

/// How long changes are gathered while nobody waits for them.
const GATHER: Duration = Duration::from_millis(2);
/// For how long nothing must come before the writer tidies up.
const IDLE: Duration = Duration::from_millis(50);
/// With so many the writer begins at once.
const BATCH: usize = 1024;

/// Bytes of events that may wait; whoever makes more of them waits itself.
const MOST: usize = 32 << 20;

/// The line between those who change and the one who writes.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    writes: Vec<Write>,
    /// Bytes of events among them.
    weight: usize,
    /// How many writes were ever pushed, and how many of them are on disk.
    pushed: u64,
    written: u64,
    /// Somebody waits.
    urgent: bool,
    closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds changes that are written all or none; after [`Queue::close`] they are dropped.
    pub(super) fn push(&self, writes: impl IntoIterator<Item = Write>) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        let before = state.writes.len();
        for write in writes {
            state.urgent |= matches!(write, Write::Flush(_));
            if let Write::Events { lines, .. } = &write {
                state.weight += lines.len();
            }
            state.writes.push(write);
            state.pushed += 1;
        }
        let wake = before == 0 || state.urgent || (before < BATCH && state.writes.len() >= BATCH);
        drop(state);
        if wake {
            self.changed.notify_one();
        }
    }

    /// A mark behind everything pushed so far.
    pub(super) fn mark(&self) -> u64 {
        self.lock().pushed
    }

    /// Whether everything before a mark is on disk.
    pub(super) fn has_written(&self, mark: u64) -> bool {
        self.lock().written >= mark
    }

    /// Whether everything pushed so far is on disk.
    pub(super) fn is_settled(&self) -> bool {
        let state = self.lock();
        state.written >= state.pushed
    }

    /// Whether as much waits as may wait.
    pub(super) fn is_full(&self) -> bool {
        self.lock().weight >= MOST
    }

    /// So many more writes are on disk.
    pub(super) fn wrote(&self, count: usize) {
        let mut state = self.lock();
        state.written = state.written.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Lets the writer end once everything is written.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// Everything that is to be written, as soon as there is something; `None` after the end. With `idle`, nothing at all when
    /// nothing comes for a while.
    pub(super) fn take(&self, idle: bool) -> Option<Vec<Write>> {
        let recover = PoisonError::into_inner;
        let empty = |state: &mut State| state.writes.is_empty() && !state.closed;
        let state = if idle {
            let (state, waited) = self.changed.wait_timeout_while(self.lock(), IDLE, empty).unwrap_or_else(recover);
            if waited.timed_out() {
                return Some(Vec::new());
            }
            state
        } else {
            self.changed.wait_while(self.lock(), empty).unwrap_or_else(PoisonError::into_inner)
        };
        let calm = |state: &mut State| !state.urgent && !state.closed && state.writes.len() < BATCH;
        let (mut state, _) =
            self.changed.wait_timeout_while(state, GATHER, calm).unwrap_or_else(PoisonError::into_inner);
        state.urgent = false;
        state.weight = 0;
        let writes = std::mem::take(&mut state.writes);
        (!writes.is_empty()).then_some(writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str) -> Write {
        Write::Put { table: "t", key: key.to_owned(), value: "null".to_owned() }
    }

    #[test]
    fn what_was_pushed_before_the_end_is_taken_and_nothing_after_it() {
        let queue = Queue::default();
        queue.push([put("a")]);
        queue.push([put("b")]);
        queue.close();
        queue.push([put("c")]);
        assert_eq!(queue.take(false).map(|writes| writes.len()), Some(2));
        assert!(queue.take(false).is_none());
    }

    #[test]
    fn only_so_much_waits() {
        let queue = Queue::default();
        queue.push([Write::Events { key: "e".to_owned(), first: 1, last: 1, lines: "x".repeat(MOST) }]);
        assert!(queue.is_full());
        drop(queue.take(false));
        assert!(!queue.is_full());
    }

    #[test]
    fn whoever_waits_comes_after_what_was_pushed_before() {
        let queue = Queue::default();
        queue.push([put("a")]);
        queue.push([Write::Flush(oneshot::channel().0)]);
        let mark = queue.mark();
        let writes = queue.take(false).unwrap();
        assert!(!queue.has_written(mark));
        queue.wrote(writes.len());
        assert!(queue.has_written(mark));
        assert!(matches!(writes.as_slice(), [Write::Put { .. }, Write::Flush(_)]));
    }
}
