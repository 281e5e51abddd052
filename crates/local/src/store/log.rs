//! Events of log streams.

use std::fmt::Write as _;

use rusqlite::params;

use super::change::{Change, LogSpan};
use super::error::StoreError;
use super::sqlite::Store;
use super::writer::whole;

/// One event of a log stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// Grows with every event of the endpoint.
    pub id: i64,
    /// When it happened, in milliseconds since 1970.
    pub at_ms: i64,
    /// When it was taken in, in milliseconds since 1970.
    pub taken_ms: i64,
    /// What it says.
    pub message: String,
}

impl LogEvent {
    /// Where it stands among others: by time, then as they came.
    pub(crate) fn place(&self) -> (i64, i64) {
        (self.at_ms, self.id)
    }
}

/// An event as it stands in its row.
pub(crate) struct EventText<'row> {
    pub(crate) id: i64,
    pub(crate) at_ms: i64,
    pub(crate) taken_ms: i64,
    pub(crate) message: &'row str,
}

impl EventText<'_> {
    /// As [`LogEvent::place`].
    pub(crate) fn place(&self) -> (i64, i64) {
        (self.at_ms, self.id)
    }

    fn into_event(self) -> LogEvent {
        let Self { id, at_ms, taken_ms, message } = self;
        LogEvent { id, at_ms, taken_ms, message: message.to_owned() }
    }
}

/// Where some events of a log stream are kept, and between which times they lie (milliseconds since 1970).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogRow {
    pub(crate) stream: u64,
    first: i64,
    pub(crate) earliest: i64,
    pub(crate) latest: i64,
}

impl Store {
    /// Queues events to be added to a log stream.
    pub fn append_log<'all>(&self, stream: u64, events: impl IntoIterator<Item = &'all LogEvent>) {
        let (mut frames, mut held) = (String::new(), None);
        for event in events {
            let span = LogSpan { earliest: event.at_ms, latest: event.at_ms, taken: event.taken_ms };
            held = Some(held.map_or((event.id, span), |(first, before): (i64, LogSpan)| (first, before.and(span))));
            push(&mut frames, event);
        }
        if let Some((first, span)) = held {
            self.send(Change::Log { stream, first, span, frames });
        }
    }

    /// Queues the removal of a log stream's events.
    pub fn delete_log(&self, stream: u64) {
        self.send(Change::DeleteLog { stream, before: None });
    }

    /// Queues the removal of a log stream's events that are older than this (milliseconds since 1970). Some may stay that share a row
    /// with younger ones.
    pub fn delete_log_before(&self, stream: u64, before: i64) {
        self.send(Change::DeleteLog { stream, before: Some(before) });
    }

    /// Where events of a log stream are that may lie between two times, by their first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn log_rows(&self, stream: u64, from_ms: i64, to_ms: i64) -> Result<Vec<LogRow>, StoreError> {
        self.read(|reader| {
            let mut statement = reader.connection.prepare_cached(
                "SELECT first, earliest, latest FROM log WHERE stream = ? AND latest >= ? AND earliest <= ? ORDER BY first",
            )?;
            let rows = statement.query_map(params![whole(stream), from_ms, to_ms], |row| {
                Ok(LogRow { stream, first: row.get(0)?, earliest: row.get(1)?, latest: row.get(2)? })
            })?;
            rows.collect()
        })
    }

    /// Those of a row's events that are wanted, as they came; none where the row has gone meanwhile. `stream` names it in errors.
    ///
    /// # Errors
    /// When the database cannot be read, or what is there are no events.
    pub(crate) fn log_events(
        &self,
        row: LogRow,
        stream: &str,
        wanted: impl Fn(&EventText<'_>) -> bool,
    ) -> Result<Vec<LogEvent>, StoreError> {
        let frames = self.read(|reader| {
            let mut statement =
                reader.connection.prepare_cached("SELECT frames FROM log WHERE stream = ? AND first = ?")?;
            let mut rows = statement.query([whole(row.stream), row.first])?;
            let Some(found) = rows.next()? else { return Ok(None) };
            Ok(Some(found.get_ref(0)?.as_blob().ok().and_then(|bytes| reader.unpacker.unpack(bytes))))
        })?;
        let Some(frames) = frames else { return Ok(Vec::new()) };
        let events = frames.as_deref().and_then(read).filter(|events| !events.is_empty());
        let events = events.ok_or_else(|| self.unreadable("log", stream))?;
        Ok(events.into_iter().filter(wanted).map(EventText::into_event).collect())
    }

    /// The times of all events of a log stream, if it has any.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn log_span(&self, stream: u64) -> Result<Option<LogSpan>, StoreError> {
        self.read(|reader| {
            let query = "SELECT min(earliest), max(latest), max(taken) FROM log WHERE stream = ?";
            reader.connection.prepare_cached(query)?.query_row([whole(stream)], |row| {
                let times: (Option<i64>, Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(match times {
                    (Some(earliest), Some(latest), Some(taken)) => Some(LogSpan { earliest, latest, taken }),
                    _ => None,
                })
            })
        })
    }
}

/// An event is a line of numbers, the last of which says how many bytes of message follow.
fn push(frames: &mut String, event: &LogEvent) {
    let LogEvent { id, at_ms, taken_ms, message } = event;
    let _ = writeln!(frames, "{id} {at_ms} {taken_ms} {}", message.len());
    frames.push_str(message);
    frames.push('\n');
}

fn read(mut rest: &str) -> Option<Vec<EventText<'_>>> {
    let mut events = Vec::new();
    while !rest.is_empty() {
        let (head, after) = rest.split_once('\n')?;
        let mut numbers = head.split(' ');
        let mut number = || numbers.next()?.parse::<i64>().ok();
        let (id, at_ms, taken_ms, size) = (number()?, number()?, number()?, number()?);
        let (message, after) = after.split_at_checked(usize::try_from(size).ok()?)?;
        events.push(EventText { id, at_ms, taken_ms, message });
        rest = after.strip_prefix('\n')?;
    }
    Some(events)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn framed_events_are_the_events(messages in proptest::collection::vec(".{0,20}|\n|1 2 3 4\n", 0..6), at in any::<i64>()) {
            let events: Vec<LogEvent> = (0..)
                .zip(&messages)
                .map(|(id, message)| LogEvent { id, at_ms: at, taken_ms: at, message: message.clone() })
                .collect();
            let mut frames = String::new();
            for event in &events {
                push(&mut frames, event);
            }
            let found: Option<Vec<LogEvent>> = read(&frames).map(|found| found.into_iter().map(EventText::into_event).collect());
            prop_assert_eq!(found, Some(events));
            for (cut, _) in frames.char_indices().skip(1) {
                prop_assert!(read(frames.split_at(cut).0).is_none_or(|found| found.len() < messages.len()));
            }
        }
    }
}
