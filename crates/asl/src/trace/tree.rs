//! The visits of an execution, and what can be asked of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::event::EventData;
use crate::definition::EdgeKind;

/// What an execution did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Milliseconds since 1970; none where the first event is missing.
    pub started_ms: Option<i64>,
    /// Milliseconds since 1970; none while it runs, or where the last event is missing.
    pub ended_ms: Option<i64>,
    /// How it ended, as [`Trace::ended_ms`].
    pub end: Option<End>,
    /// What it was given, where execution data was kept.
    pub input: Option<EventData>,
    /// What it gave, where execution data was kept.
    pub output: Option<EventData>,
    /// With what it ended, if it did not succeed.
    pub error: Option<TraceError>,
    /// Every stay in a state. What is inside of a Parallel or Map follows it, branch by branch, iteration by iteration.
    pub visits: Vec<Visit>,
    /// Transitions that were taken, as far as the definition has them.
    pub transitions: BTreeSet<Transition>,
    /// The ways out of Choice states, where they were asked for ([`Trace::with_choices`]).
    pub chosen: Vec<Chosen>,
}

/// One stay in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The id of the event that entered the state.
    pub event_id: i64,
    /// The state.
    pub state: String,
    /// `Task`, `Choice`, …
    pub state_type: String,
    /// The visit around it; none at the top.
    pub inside: Option<Inside>,
    /// Milliseconds since 1970; none for a path that was only named.
    pub entered_ms: Option<i64>,
    /// Milliseconds since 1970; none while it lasts, or where its end was not reported.
    pub left_ms: Option<i64>,
    /// How it ended; none as [`Visit::left_ms`].
    pub end: Option<End>,
    /// What the state was given, where execution data was kept.
    pub input: Option<EventData>,
    /// What the state gave, where execution data was kept.
    pub output: Option<EventData>,
    /// Every try of its work: one or more where it calls something or has branches or iterations.
    pub attempts: Vec<Attempt>,
    /// With what it ended, if it failed, caught or not.
    pub error: Option<TraceError>,
    /// The state to which the catcher led.
    pub caught_by: Option<String>,
    /// Branches of a Parallel, in the order of the definition; iterations of a Map, as they were started. Those of each attempt.
    pub lanes: Vec<Lane>,
}

/// Where in another visit a visit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Place of the Parallel's or Map's visit in [`Trace::visits`].
    pub visit: usize,
    /// Place in its [`Visit::lanes`].
    pub lane: usize,
}

/// A branch of a Parallel, or an iteration of a Map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// Place of the attempt that it belongs to, from 0.
    pub attempt: usize,
    /// The branch or the iteration, from 0.
    pub index: usize,
    /// Milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// Milliseconds since 1970; none while it lasts, or where its end was not reported.
    pub ended_ms: Option<i64>,
    /// Places of its visits in [`Trace::visits`], one after the other.
    pub visits: Vec<usize>,
}

/// One try of a state's work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// What was called: `lambda:invoke`, or a function's ARN.
    pub resource: Option<String>,
    /// The function that was called, by its name or ARN, where that was reported.
    pub function: Option<String>,
    /// Milliseconds since 1970.
    pub scheduled_ms: i64,
    /// When the work began.
    pub started_ms: Option<i64>,
    /// When the call was answered, and its job or token began to be waited for.
    pub submitted_ms: Option<i64>,
    /// None while it lasts, or where its end was not reported.
    pub ended_ms: Option<i64>,
    /// Why it failed.
    pub error: Option<TraceError>,
    /// How long after its end the next attempt began, where another followed.
    pub next_in_ms: Option<i64>,
}

/// How a visit or an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// As it should.
    Succeeded,
    /// A visit: it failed, and a catcher took the error.
    Caught,
    /// It failed.
    Failed,
    /// An execution: its time was over.
    TimedOut,
    /// It was cut off: by whoever stopped the execution, or because something beside it failed.
    Aborted,
}

/// The ways that a stay in a Choice state may have gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Place of the stay in [`Trace::visits`].
    pub visit: usize,
    /// The rules and the default that lead to the state that came next; one where it can be told.
    pub ways: Vec<EdgeKind>,
}

/// A failure, and the event that reported it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceError {
    /// A Parallel or Map fails with the event of what failed inside of it.
    pub event_id: i64,
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// The error's name, where it was reported.
    pub error: Option<String>,
    /// Its cause, where it was reported.
    pub cause: Option<String>,
}

/// One way from a state to the next. Several rules of a Choice that lead to the same state are one transition; [`Trace::with_choices`] tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Transition {
    /// The state left.
    pub from: String,
    /// The state entered.
    pub to: String,
    /// Whether a catcher led there.
    pub caught: bool,
}

impl Visit {
    /// How long it lasted.
    pub fn duration_ms(&self) -> Option<u64> {
        let ms = self.left_ms?.saturating_sub(self.entered_ms?);
        Some(u64::try_from(ms).unwrap_or(0))
    }

    /// How often its work was tried again.
    pub fn retries(&self) -> usize {
        self.attempts.len().saturating_sub(1)
    }

    /// Whether the state did what it does, well or not: it was neither cut off nor is it still at work.
    pub fn is_over(&self) -> bool {
        matches!(self.end, Some(End::Succeeded | End::Caught | End::Failed))
    }

    pub(super) fn is_container(&self) -> bool {
        matches!(self.state_type.as_str(), "Parallel" | "Map")
    }
}

impl Trace {
    /// The states in the order of [`Trace::visits`].
    pub fn path(&self) -> impl Iterator<Item = &str> {
        self.visits.iter().map(|visit| visit.state.as_str())
    }

    /// For each visit, whether the execution would have been over sooner without it: of branches and iterations that run beside
    /// each other, those that ended last.
    pub fn critical(&self) -> Vec<bool> {
        let last: Vec<BTreeSet<usize>> = self.visits.iter().map(last_lanes).collect();
        let mut critical: Vec<bool> = Vec::with_capacity(self.visits.len());
        for visit in &self.visits {
            let counts = visit.inside.is_none_or(|inside| {
                let is_last = last.get(inside.visit).is_some_and(|lanes| lanes.contains(&inside.lane));
                is_last && critical.get(inside.visit) == Some(&true)
            });
            critical.push(counts);
        }
        critical
    }
}

/// Of each attempt the lane that ended last; one that has no end is later than any other.
fn last_lanes(visit: &Visit) -> BTreeSet<usize> {
    let end = |place: usize| visit.lanes.get(place).map(|lane| lane.ended_ms.unwrap_or(i64::MAX));
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, lane) in visit.lanes.iter().enumerate() {
        let latest = last.entry(lane.attempt).or_insert(place);
        if end(place) > end(*latest) {
            *latest = place;
        }
    }
    last.into_values().collect()
}
