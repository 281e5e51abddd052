//! A page of a group's events, read from the store row by row until it is full.

use super::group::Stream;
use super::log_store::{LogStore, unreadable};
use crate::store::{EventText, LogEvent, LogRow};
use crate::wire::Fault;

/// Bytes of messages in one answer; each event counts 26 more than its message.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
const LARGEST_PAGE: usize = 1 << 20;
const OVERHEAD: usize = 26;

/// A time (milliseconds since 1970) and an id: where an event stands among others.
pub(super) type Place = (i64, i64);

/// What is to be read.
pub(super) struct Reading<'call> {
    pub(super) group: &'call str,
    /// Names and what is kept of them.
    pub(super) streams: Vec<(String, Stream)>,
    /// Milliseconds since 1970, both included.
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pub(super) direction: Direction,
    /// Only events after it, or before it where the direction is backward.
    pub(super) beyond: Option<Place>,
    /// Events, at most.
    pub(super) most: usize,
}

/// From which end a page is filled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the oldest event.
    Forward,
    /// From the newest.
    Backward,
}

/// Events in the order in which they were read, with the names of their streams.
pub(super) struct Page {
    pub(super) events: Vec<(String, LogEvent)>,
    /// Whether there may be more in the direction.
    pub(super) more: bool,
}

impl Reading<'_> {
    /// Reads those of the events that are wanted.
    ///
    /// # Errors
    /// When events cannot be read.
    pub(super) fn read(self, logs: &LogStore, wanted: impl Fn(&EventText<'_>) -> bool) -> Result<Page, Fault> {
        let forward = self.direction == Direction::Forward;
        let (mut from_ms, mut to_ms) = (self.from_ms, self.to_ms);
        if let Some((at_ms, _)) = self.beyond {
            if forward { from_ms = from_ms.max(at_ms) } else { to_ms = to_ms.min(at_ms) }
        }
        let mut rows: Vec<(&str, LogRow)> = Vec::new();
        for (name, stream) in &self.streams {
            let found = logs.store.log_rows(stream.number, from_ms, to_ms);
            rows.extend(
                found
                    .map_err(|error| unreadable(self.group, name, &error))?
                    .into_iter()
                    .map(|row| (name.as_str(), row)),
            );
        }
        if forward {
            rows.sort_by_key(|(_, row)| row.earliest);
        } else {
            rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.latest));
        }
        let is_beyond = |event: &EventText<'_>| {
            self.beyond.is_none_or(|place| if forward { event.place() > place } else { event.place() < place })
        };
        let mut full = Full { most: self.most, forward, found: Vec::new(), bytes: 0 };
        let mut more = false;
        for (name, row) in rows {
            if full.before(if forward { row.earliest } else { row.latest }) {
                more = true;
                break;
            }
            let is_wanted =
                |event: &EventText<'_>| (from_ms..=to_ms).contains(&event.at_ms) && is_beyond(event) && wanted(event);
            let events = logs.store.log_events(row, name, is_wanted);
            for event in events.map_err(|error| unreadable(self.group, name, &error))? {
                full.take(name, event);
            }
        }
        let (events, rest) = full.page();
        Ok(Page { events, more: more || rest })
    }
}

/// What was found so far.
struct Full<'streams> {
    most: usize,
    forward: bool,
    found: Vec<(&'streams str, LogEvent)>,
    bytes: usize,
}

fn size(event: &LogEvent) -> usize {
    event.message.len() + OVERHEAD
}

impl<'streams> Full<'streams> {
    fn take(&mut self, stream: &'streams str, event: LogEvent) {
        self.bytes += size(&event);
        self.found.push((stream, event));
    }

    /// Whether a page is full of events that come before all of a row with this first time.
    fn before(&self, first_ms: i64) -> bool {
        if self.found.len() <= self.most && self.bytes <= LARGEST_PAGE {
            return false;
        }
        let is_before =
            |(_, event): &&(&str, LogEvent)| if self.forward { event.at_ms < first_ms } else { event.at_ms > first_ms };
        let (mut count, mut bytes) = (0, 0);
        for (_, event) in self.found.iter().filter(is_before) {
            (count, bytes) = (count + 1, bytes + size(event));
        }
        count > self.most || bytes > LARGEST_PAGE
    }

    /// The page, and whether something of what was found does not fit.
    fn page(mut self) -> (Vec<(String, LogEvent)>, bool) {
        self.found.sort_by_key(|(_, event)| event.place());
        if !self.forward {
            self.found.reverse();
        }
        let (mut bytes, mut page) = (0, Vec::new());
        let mut found = self.found.into_iter().peekable();
        while let Some((stream, event)) = found
            .next_if(|(_, event)| page.is_empty() || (page.len() < self.most && bytes + size(event) <= LARGEST_PAGE))
        {
            bytes += size(&event);
            page.push((stream.to_owned(), event));
        }
        (page, found.peek().is_some())
    }
}
