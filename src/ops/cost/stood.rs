//! Since when labs stand, and for how long, by the journal: when each was put there and when nothing of it was left.

use std::collections::BTreeMap;

use crate::event::{Event, Happened};

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// A user's lab in one account and Region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stand {
    pub(super) user: String,
    pub(super) account: String,
    pub(super) region: String,
}

/// How long a lab stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stood {
    /// When it was put there first, milliseconds since 1970.
    pub(super) first_ms: i64,
    /// Since when it stands; none where nothing of it is left.
    pub(super) since_ms: Option<i64>,
    /// Milliseconds that it stood before.
    earlier: i64,
}

impl Stood {
    /// Hours until now, each begun one counted.
    pub(super) fn hours(&self, now_ms: i64) -> u64 {
        let ms = self.earlier + self.since_ms.map_or(0, |since| now_ms.saturating_sub(since).max(0));
        u64::try_from(ms.saturating_add(HOUR_MS - 1) / HOUR_MS).unwrap_or(0)
    }
}

/// What a journal knows of a lab.
pub(super) fn stood(events: impl IntoIterator<Item = Event>, wanted: &str) -> BTreeMap<Stand, Stood> {
    let mut all: BTreeMap<Stand, Stood> = BTreeMap::new();
    for Event { at_ms, event, .. } in events {
        match event {
            Happened::LabPut { user, lab, account, region, .. } if lab == wanted => {
                let begun = Stood { first_ms: at_ms, ..Stood::default() };
                let known = all.entry(Stand { user, account, region }).or_insert(begun);
                known.since_ms.get_or_insert(at_ms);
            }
            Happened::LabRemoved { user, lab, account, region, .. } if lab == wanted => {
                let Some(known) = all.get_mut(&Stand { user, account, region }) else { continue };
                if let Some(since) = known.since_ms.take() {
                    known.earlier += at_ms.saturating_sub(since).max(0);
                }
            }
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at_hours: i64, lab: &str, is_put: bool) -> Event {
        let (user, lab) = ("ann".to_owned(), lab.to_owned());
        let (target, account, region) = ("local".to_owned(), "1".to_owned(), "r".to_owned());
        let event = if is_put {
            Happened::LabPut { user, lab, manifest: String::new(), target, account, region, desired: None }
        } else {
            Happened::LabRemoved { user, lab, target, account, region }
        };
        Event { at_ms: at_hours * HOUR_MS, run: 1, event }
    }

    #[test]
    fn hours_are_counted_while_a_lab_is_there() {
        let events = [
            event(1, "lab", true),
            event(2, "lab", true),
            event(2, "other", true),
            event(4, "lab", false),
            event(10, "lab", true),
        ];
        let all = stood(events, "lab");
        let known = all.values().next().unwrap();
        assert_eq!((all.len(), known.first_ms, known.hours(12 * HOUR_MS + 1)), (1, HOUR_MS, 6));
        let gone = stood([event(1, "lab", true), event(3, "lab", false)], "lab");
        assert_eq!(gone.values().next().unwrap().hours(100 * HOUR_MS), 2);
    }
}
