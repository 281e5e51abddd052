//! What waits to be written: gathered for a moment, so that many changes share a transaction and few threads are woken.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::change::Change;
use super::journal::Journal;

/// How long changes are gathered while nobody waits for them.
const GATHER: Duration = Duration::from_millis(150);
/// For how long nothing must come before the writer tidies up.
const IDLE: Duration = Duration::from_millis(50);
/// With so many, or with so many bytes of events, the writer begins at once.
const BATCH: usize = 4096;
const BATCH_BYTES: usize = 2 << 20;

/// Bytes of events that may wait beside those that are being written; whoever makes more of them waits itself.
const MOST: usize = 8 << 20;

/// The line between those who change and the one who writes.
pub(super) struct Queue {
    /// Locked before the state: whoever pushes does not wait for the file.
    journal: Mutex<Option<Journal>>,
    state: Mutex<State>,
    changed: Condvar,
}

/// Every change has a number, from 1 in the first process that opened the store.
struct State {
    queued: Vec<Change>,
    /// What the writer has taken and not written; it comes before what is queued.
    taken: Arc<Vec<Change>>,
    /// Who waits until all that is queued is in the database.
    waiting: Vec<oneshot::Sender<()>>,
    /// Bytes of events among what is queued.
    weight: usize,
    /// The last change that was queued, that is in the database, that is in the journal.
    pushed: u64,
    written: u64,
    kept: u64,
    closed: bool,
    /// A change could not be written, and nothing is kept any more.
    failed: bool,
}

impl State {
    /// Whether gathering more is not worth it.
    fn is_enough(&self) -> bool {
        self.queued.len() >= BATCH || self.weight >= BATCH_BYTES
    }
}

/// What the writer is to write.
pub(super) struct Batch {
    pub(super) changes: Arc<Vec<Change>>,
    /// The number of the last of them.
    pub(super) last: u64,
    /// Who waits for it.
    pub(super) waiting: Vec<oneshot::Sender<()>>,
}

impl Queue {
    /// A line behind the change of this number.
    pub(super) fn new(written: u64, journal: Option<Journal>) -> Self {
        let state = State {
            queued: Vec::new(),
            taken: Arc::default(),
            waiting: Vec::new(),
            weight: 0,
            pushed: written,
            written,
            kept: written,
            closed: false,
            failed: false,
        };
        Self { journal: Mutex::new(journal), state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds changes that are written all or none; after [`Queue::close`] they are dropped.
    pub(super) fn push(&self, changes: impl IntoIterator<Item = Change>) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        let (before, was_enough) = (state.queued.len(), state.is_enough());
        for change in changes {
            state.weight += change.weight();
            state.queued.push(change);
            state.pushed += 1;
        }
        let wake = before == 0 || (!was_enough && state.is_enough());
        drop(state);
        if wake {
            self.changed.notify_one();
        }
    }

    /// Keeps everything pushed so far beyond a kill of the process: what the database does not have goes into the journal.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(super) fn keep(&self) -> io::Result<()> {
        let wanted = self.mark();
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(journal) = journal.as_mut() else { return Ok(()) };
        let state = self.lock();
        let done = state.kept.max(state.written);
        // Somebody else's frame may have it all already.
        if wanted <= done || state.failed {
            return Ok(());
        }
        let numbered = (state.written + 1..).zip(state.taken.iter().chain(&state.queued));
        journal.frame(numbered.skip_while(|(number, _)| *number <= done))?;
        let (pushed, written) = (state.pushed, state.written);
        drop(state);
        journal.append(pushed, written)?;
        self.lock().kept = pushed;
        Ok(())
    }

    /// Who waits until everything pushed so far is in the database; nothing if it is.
    pub(super) fn wait(&self) -> Option<oneshot::Receiver<()>> {
        let mut state = self.lock();
        if state.written >= state.pushed || state.failed {
            return None;
        }
        let (done, wait) = oneshot::channel();
        state.waiting.push(done);
        drop(state);
        self.changed.notify_one();
        Some(wait)
    }

    /// A mark behind everything pushed so far.
    pub(super) fn mark(&self) -> u64 {
        self.lock().pushed
    }

    /// Whether everything before a mark is in the database.
    pub(super) fn has_written(&self, mark: u64) -> bool {
        self.lock().written >= mark
    }

    /// Whether as much waits as may wait.
    pub(super) fn is_full(&self) -> bool {
        self.lock().weight >= MOST
    }

    /// What was taken is in the database up to this number, or it is not and nothing will be.
    pub(super) fn wrote(&self, last: Option<u64>) {
        let mut state = self.lock();
        state.taken = Arc::default();
        match last {
            Some(last) => state.written = last,
            None => state.failed = true,
        }
    }

    /// Lets the writer end once everything is written.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// Empties the journal if the database has everything in it.
    pub(super) fn tidy(&self) {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.lock();
        let has_all = state.written >= state.kept && !state.failed;
        drop(state);
        if let Some(journal) = journal.as_mut().filter(|_| has_all) {
            // What stays in it is passed over when it is read, by its numbers.
            let _ = journal.empty();
        }
    }

    /// Everything that is to be written, as soon as there is something; `None` after the end. With `idle`, nothing at all when
    /// nothing comes for a while.
    pub(super) fn take(&self, idle: bool) -> Option<Batch> {
        let recover = PoisonError::into_inner;
        let empty = |state: &mut State| state.queued.is_empty() && state.waiting.is_empty() && !state.closed;
        let state = if idle {
            let (state, waited) = self.changed.wait_timeout_while(self.lock(), IDLE, empty).unwrap_or_else(recover);
            if waited.timed_out() {
                return Some(Batch { changes: Arc::default(), last: state.written, waiting: Vec::new() });
            }
            state
        } else {
            self.changed.wait_while(self.lock(), empty).unwrap_or_else(PoisonError::into_inner)
        };
        let calm = |state: &mut State| state.waiting.is_empty() && !state.closed && !state.is_enough();
        let (mut state, _) = self.changed.wait_timeout_while(state, GATHER, calm).unwrap_or_else(recover);
        let waiting = std::mem::take(&mut state.waiting);
        if state.queued.is_empty() && waiting.is_empty() {
            return None;
        }
        state.weight = 0;
        state.taken = Arc::new(std::mem::take(&mut state.queued));
        Some(Batch { changes: Arc::clone(&state.taken), last: state.pushed, waiting })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str) -> Change {
        Change::Put { table: "t".into(), key: key.to_owned(), value: "null".to_owned() }
    }

    #[test]
    fn what_was_pushed_before_the_end_is_taken_and_nothing_after_it() {
        let queue = Queue::new(0, None);
        queue.push([put("a")]);
        queue.push([put("b")]);
        queue.close();
        queue.push([put("c")]);
        assert_eq!(queue.take(false).map(|batch| (batch.changes.len(), batch.last)), Some((2, 2)));
        assert!(queue.take(false).is_none());
    }

    #[test]
    fn only_so_much_waits() {
        let queue = Queue::new(0, None);
        queue.push([Change::History { execution: 1, first: 1, last: 1, lines: "x".repeat(MOST) }]);
        assert!(queue.is_full());
        drop(queue.take(false));
        assert!(!queue.is_full());
    }

    #[test]
    fn whoever_waits_comes_after_what_was_pushed_before() {
        let queue = Queue::new(7, None);
        assert!(queue.wait().is_none(), "everything is written");
        queue.push([put("a")]);
        let wait = queue.wait();
        let mark = queue.mark();
        let batch = queue.take(false).unwrap();
        assert!(!queue.has_written(mark));
        queue.wrote(Some(batch.last));
        assert!(queue.has_written(mark) && wait.is_some());
        assert_eq!((batch.changes.len(), batch.last, batch.waiting.len()), (1, 8, 1));
    }

    #[test]
    fn what_is_kept_is_what_the_database_has_not_whether_the_writer_has_it_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let found =
            || Journal::open(folder.path()).unwrap().1.into_iter().map(|(number, _)| number).collect::<Vec<_>>();
        let queue = Queue::new(10, Some(Journal::open(folder.path()).unwrap().0));
        queue.push([put("a")]);
        let batch = queue.take(false).unwrap();
        queue.push([put("b"), put("c")]);
        queue.keep().unwrap();
        queue.keep().unwrap();
        assert_eq!(found(), [11, 12, 13], "each once");
        queue.wrote(Some(batch.last));
        let batch = queue.take(false).unwrap();
        queue.wrote(Some(batch.last));
        queue.push([put("d")]);
        queue.keep().unwrap();
        assert_eq!(found(), [11, 12, 13, 14]);
        let batch = queue.take(false).unwrap();
        queue.tidy();
        assert_eq!(found().len(), 4, "one is not written");
        queue.wrote(Some(batch.last));
        queue.tidy();
        assert!(found().is_empty());
        queue.push([put("e")]);
        drop(queue.take(false));
        queue.wrote(None);
        queue.keep().unwrap();
        assert!(found().is_empty(), "nothing is kept of a store that cannot be written");
    }
}
