//! What was read of a log group. CloudWatch gives events late and in no order, so each read begins a while before the last one; what was reported
//! is known by its id.

use std::collections::BTreeMap;

use super::groups::Group;
use crate::event::LogLine;
use crate::host;
use crate::model::LogEvent;

/// How far a read goes back behind the last one: CloudWatch delivers within seconds, and now and then within a minute or two.
const OVERLAP_MS: i64 = 150_000;

/// A group, and how far it was read.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) user: usize,
    pub(super) group: Group,
    /// Whether there is a next read.
    follows: bool,
    /// From when on the next read begins.
    from_ms: i64,
    /// Ids of what was reported, with their times.
    reported: BTreeMap<String, i64>,
    /// Those of the read that goes on.
    found: BTreeMap<String, i64>,
}

impl Tail {
    pub(super) fn new(user: usize, group: Group, since_ms: i64, follows: bool) -> Self {
        Self { user, group, follows, from_ms: since_ms, reported: BTreeMap::new(), found: BTreeMap::new() }
    }

    /// Begins a read; what one that failed gave is read again. Gives the group, and from when on it is read.
    pub(super) fn begin(&mut self) -> (String, i64) {
        self.found.clear();
        (self.group.group.clone(), self.from_ms)
    }

    /// What is new of a page that was read at `now_ms`, the time at the endpoint.
    pub(super) fn page(&mut self, events: Vec<LogEvent>, now_ms: i64) -> impl Iterator<Item = LogLine> + use<'_> {
        events.into_iter().filter_map(move |event| {
            let LogEvent { id, timestamp_ms, stream, message } = event;
            if self.reported.contains_key(&id) {
                return None;
            }
            // Older ones do not come again once this read has ended.
            let comes_again = self.follows && timestamp_ms >= now_ms - OVERLAP_MS;
            if comes_again && self.found.insert(id, timestamp_ms).is_some() {
                return None;
            }
            Some(LogLine {
                at_ms: timestamp_ms,
                at: host::rfc3339(timestamp_ms),
                name: self.group.name.clone(),
                group: self.group.group.clone(),
                stream,
                text: message.trim_end_matches(['\n', '\r']).to_owned(),
            })
        })
    }

    /// Ends a read that was begun at `now_ms`: its lines are reported, and the next one begins a while before it.
    pub(super) fn end(&mut self, now_ms: i64) {
        self.from_ms = self.from_ms.max(now_ms - OVERLAP_MS);
        let from_ms = self.from_ms;
        self.reported.append(&mut self.found);
        self.reported.retain(|_, at_ms| *at_ms >= from_ms);
    }
}

/// The newest lines of several groups.
pub(super) struct Newest {
    most: usize,
    /// By their times; those of one group that were written at once in the order in which they came.
    lines: BTreeMap<(i64, usize, u64), LogLine>,
    taken: u64,
    /// Lines that were too many.
    left: u64,
}

impl Newest {
    pub(super) fn new(most: usize) -> Self {
        Self { most, lines: BTreeMap::new(), taken: 0, left: 0 }
    }

    /// Takes in a line of the group in this place.
    pub(super) fn take(&mut self, group: usize, line: LogLine) {
        self.taken += 1;
        self.lines.insert((line.at_ms, group, self.taken), line);
        if self.lines.len() > self.most {
            self.lines.pop_first();
            self.left += 1;
        }
    }

    /// The lines by time, and how many older ones there are.
    pub(super) fn lines(self) -> (Vec<LogLine>, u64) {
        (self.lines.into_values().collect(), self.left)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(id: usize, at_ms: i64) -> LogEvent {
        LogEvent { id: id.to_string(), timestamp_ms: at_ms, stream: "s".to_owned(), message: format!("{id}\n") }
    }

    proptest! {
        /// Events come in any order, each up to two minutes late, and reads fail now and then.
        #[test]
        fn nothing_is_lost_and_nothing_doubled(
            written in prop::collection::vec((0_i64..600_000, 0_i64..120_000), 0..60),
            fails in prop::collection::vec(any::<bool>(), 0..40),
        ) {
            let mut tail = Tail::new(0, Group { group: "g".into(), name: "n".into() }, 0, true);
            let mut reported = Vec::new();
            for step in 0..60_i64 {
                let now_ms = step * 15_000;
                let (_, since_ms) = tail.begin();
                let is_given = |(_, (at, late)): &(usize, &(i64, i64))| *at >= since_ms && at + late <= now_ms;
                let given: Vec<LogEvent> =
                    written.iter().enumerate().filter(is_given).map(|(id, (at, _))| event(id, *at)).collect();
                let lines: Vec<usize> =
                    tail.page(given, now_ms).map(|line| line.text.parse::<usize>().unwrap()).collect();
                // What was read before a failure is not reported.
                if usize::try_from(step).is_ok_and(|step| fails.get(step) == Some(&true)) {
                    continue;
                }
                tail.end(now_ms);
                reported.extend(lines);
            }
            reported.sort_unstable();
            prop_assert_eq!(reported, (0..written.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn lines_stand_in_the_order_of_their_times_and_the_oldest_give_way() {
        let line = |at_ms, text: &str| LogLine { at_ms, text: text.to_owned(), ..LogLine::default() };
        for (most, shown, left) in [(9, "adbce", 0), (5, "adbce", 0), (2, "ce", 3)] {
            let mut newest = Newest::new(most);
            for (group, at_ms, text) in [(1, 3, "e"), (0, 1, "a"), (0, 3, "b"), (1, 2, "d"), (0, 3, "c")] {
                newest.take(group, line(at_ms, text));
            }
            let (lines, older) = newest.lines();
            let reported: String = lines.iter().map(|line| line.text.as_str()).collect();
            assert_eq!((reported.as_str(), older), (shown, left));
        }
    }
}
