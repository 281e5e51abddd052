//! What an execution has done and nobody has asked for yet: events are held back until the execution is over, somebody reads, or they
//! have grown old, and then kept together.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::logger::Logger;
use crate::store::Store;
use labctl_asl::Event;

/// Bytes of events that are held back for one execution.
const MOST: usize = 64 << 10;
/// How long an event is held back at most, about.
pub(super) const OLDEST: Duration = Duration::from_secs(3);

/// The events of one execution.
#[derive(Default)]
pub(super) struct Recorder {
    /// Whether anything is held back, so that nobody need wait for the lock to see it.
    holds: AtomicBool,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// The execution's number, where it has a history.
    history: Option<u64>,
    logger: Option<Logger>,
    /// A line of JSON text each, and the number of the first.
    lines: String,
    first: i64,
    last: i64,
    /// Times (milliseconds since 1970) and texts for the log group.
    messages: Vec<(i64, String)>,
    weight: usize,
    since: Option<Instant>,
}

impl Recorder {
    /// A recorder for an execution whose history is kept under this number, if it has one, and whose log is written by this logger.
    pub(super) fn new(history: Option<u64>, logger: Option<Logger>) -> Self {
        Self { holds: AtomicBool::new(false), held: Mutex::new(Held { history, logger, ..Held::default() }) }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes events in, and hands all over where they have become many.
    pub(super) fn record(&self, events: &[Event], store: &Store) {
        let mut held = self.lock();
        for event in events {
            held.take(event);
        }
        if held.weight > 0 {
            held.since.get_or_insert_with(Instant::now);
            self.holds.store(true, Ordering::Release);
        }
        if held.weight >= MOST {
            self.hand_over(&mut held, store);
        }
        store.stir();
    }

    /// Hands what is held back to the store and the log group.
    pub(super) fn settle(&self, store: &Store) {
        if self.holds.load(Ordering::Acquire) {
            self.hand_over(&mut self.lock(), store);
        }
    }

    /// As [`Recorder::settle`], where something has been held back for long.
    pub(super) fn settle_old(&self, store: &Store) {
        if self.holds.load(Ordering::Acquire) {
            let mut held = self.lock();
            if held.since.is_some_and(|since| since.elapsed() >= OLDEST) {
                self.hand_over(&mut held, store);
            }
        }
    }

    /// Whether something is held back for this log group.
    pub(super) fn holds_for(&self, region: &str, group: &str) -> bool {
        self.holds.load(Ordering::Acquire) && self.lock().logger.as_ref().is_some_and(|it| it.writes_to(region, group))
    }

    fn hand_over(&self, held: &mut Held, store: &Store) {
        // Under the lock: what comes next is queued next.
        if let Some(number) = held.history.filter(|_| !held.lines.is_empty()) {
            store.append_history(number, held.first, held.last, std::mem::take(&mut held.lines));
        }
        let messages = std::mem::take(&mut held.messages);
        if let Some(logger) = held.logger.as_ref().filter(|_| !messages.is_empty()) {
            logger.write(messages);
        }
        (held.weight, held.since) = (0, None);
        self.holds.store(false, Ordering::Release);
    }
}

impl Held {
    fn take(&mut self, event: &Event) {
        let before = self.lines.len();
        // What an event says is made text once, for the history and for the log.
        let details =
            event.details.as_ref().and_then(|(name, details)| Some((*name, serde_json::to_string(details).ok()?)));
        if self.history.is_some() {
            if self.lines.is_empty() {
                self.first = event.id;
            }
            self.last = event.id;
            event.write_line(details.as_ref().map(|(name, text)| (*name, text.as_str())), &mut self.lines);
        }
        self.weight += self.lines.len() - before;
        if let Some(message) = self.logger.as_ref().and_then(|logger| logger.message(event, details.map(|it| it.1))) {
            self.weight += message.1.len();
            self.messages.push(message);
        }
    }
}
