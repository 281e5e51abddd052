//! What was read of a log group. CloudWatch gives events late and in no order, so each read begins a while before the last one; what was reported
//! is known by its id.

use std::collections::BTreeMap;

use super::groups::Group;
use crate::cloud::LogQuery;
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
    /// From when on the next read begins.
    from_ms: i64,
    /// Ids of what was reported, with their times.
    reported: BTreeMap<String, i64>,
}

impl Tail {
    pub(super) fn new(user: usize, group: Group, since_ms: i64) -> Self {
        Self { user, group, from_ms: since_ms, reported: BTreeMap::new() }
    }

    /// What is to be read next.
    pub(super) fn query(&self) -> LogQuery<'_> {
        LogQuery { group: &self.group.group, since_ms: self.from_ms, ..LogQuery::default() }
    }

    /// What is new of what was read at `now_ms`, the time at the endpoint. After a read that failed the next one begins where that did.
    pub(super) fn take(&mut self, events: Vec<LogEvent>, now_ms: i64) -> Vec<LogLine> {
        let mut lines = Vec::new();
        for event in events {
            if self.reported.insert(event.id, event.timestamp_ms).is_none() {
                lines.push(LogLine {
                    at_ms: event.timestamp_ms,
                    at: host::rfc3339(event.timestamp_ms),
                    name: self.group.name.clone(),
                    group: self.group.group.clone(),
                    stream: event.stream,
                    text: event.message.trim_end_matches(['\n', '\r']).to_owned(),
                });
            }
        }
        self.from_ms = self.from_ms.max(now_ms - OVERLAP_MS);
        let from_ms = self.from_ms;
        self.reported.retain(|_, at_ms| *at_ms >= from_ms);
        lines
    }
}

/// Lines of several groups in the order of their times; those of one group that were written at once stay as they are.
pub(super) fn interleaved(lines: impl IntoIterator<Item = Vec<LogLine>>) -> Vec<LogLine> {
    let mut lines: Vec<LogLine> = lines.into_iter().flatten().collect();
    lines.sort_by_key(|line| line.at_ms);
    lines
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
            let mut tail = Tail::new(0, Group { group: "g".into(), name: "n".into() }, 0);
            let mut reported = Vec::new();
            for step in 0..60_i64 {
                let now_ms = step * 15_000;
                if usize::try_from(step).is_ok_and(|step| fails.get(step) == Some(&true)) {
                    continue;
                }
                let since_ms = tail.query().since_ms;
                let is_given = |(_, (at, late)): &(usize, &(i64, i64))| *at >= since_ms && at + late <= now_ms;
                let given: Vec<LogEvent> =
                    written.iter().enumerate().filter(is_given).map(|(id, (at, _))| event(id, *at)).collect();
                reported.extend(tail.take(given, now_ms).into_iter().map(|line| line.text.parse::<usize>().unwrap()));
            }
            reported.sort_unstable();
            prop_assert_eq!(reported, (0..written.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn lines_stand_in_the_order_of_their_times() {
        let line = |at_ms, text: &str| LogLine { at_ms, text: text.to_owned(), ..LogLine::default() };
        let lines = interleaved([vec![line(1, "a"), line(3, "b"), line(3, "c")], vec![line(2, "d"), line(3, "e")]]);
        let reported: String = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(reported, "adbce");
    }
}
