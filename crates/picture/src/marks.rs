//! What an execution did, to be drawn on the picture of its machine.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use labctl_asl::trace::{End, Trace};

/// States entered and transitions taken. States that are not named were not entered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// By the state's name.
    pub states: BTreeMap<String, StateMark>,
    /// State left, state entered, and whether a catcher led there.
    pub taken: BTreeSet<(String, String, bool)>,
}

/// What became of one state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StateMark {
    /// Of the last time it was entered.
    pub status: Status,
    /// How often it was entered.
    pub entered: u64,
    /// How often its work was tried again.
    pub retried: u64,
    /// Milliseconds spent in it, all times together.
    pub duration_ms: Option<u64>,
}

/// How a state was left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Left as it should be.
    #[default]
    Succeeded,
    /// Failed, whether somebody caught it or not.
    Failed,
    /// Not left yet.
    Current,
}

impl Status {
    /// The word in pictures.
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Current => "current",
        }
    }
}

impl Marks {
    /// What a trace shows.
    pub fn of(trace: &Trace) -> Self {
        let taken = trace.transitions.iter().map(|it| (it.from.clone(), it.to.clone(), it.caught)).collect();
        let mut marks = Self { states: BTreeMap::new(), taken };
        for visit in &trace.visits {
            let mark = marks.states.entry(visit.state.clone()).or_default();
            mark.entered += 1;
            mark.retried += visit.retries() as u64;
            mark.status = match visit.end {
                Some(End::Succeeded) => Status::Succeeded,
                Some(_) => Status::Failed,
                None => Status::Current,
            };
            mark.duration_ms =
                visit.duration_ms().map(|ms| ms + mark.duration_ms.unwrap_or_default()).or(mark.duration_ms);
        }
        marks
    }

    /// Whether an execution went from this state to the end of its scope.
    pub(super) fn is_last(&self, state: &str) -> bool {
        let succeeded = self.states.get(state).is_some_and(|mark| mark.status == Status::Succeeded);
        succeeded && !self.taken.iter().any(|(from, ..)| from == state)
    }

    /// Whether this transition was taken.
    pub(super) fn is_taken(&self, from: &str, to: &str, caught: bool) -> bool {
        self.taken.contains(&(from.to_owned(), to.to_owned(), caught))
    }
}

impl StateMark {
    /// `× 3, 1 retry, 1.2 s`; empty when there is nothing to tell beyond that it was entered once.
    pub(super) fn words(&self) -> String {
        let mut parts = Vec::new();
        if self.entered > 1 {
            parts.push(format!("× {}", self.entered));
        }
        if self.retried > 0 {
            parts.push(if self.retried == 1 { "1 retry".to_owned() } else { format!("{} retries", self.retried) });
        }
        parts.extend(self.duration_ms.map(duration));
        parts.join(", ")
    }
}

fn duration(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}
