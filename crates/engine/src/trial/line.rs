//! Executions of one kind that are waited for, the oldest first. They end about in the order in which they began, so that one which still
//! runs stands for those behind it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::pace::Pace;

/// The first in line is asked for again after a share of its age: for two of a kind a half, for three a third, down to an eighth.
const LARGEST_SHARE: u32 = 2;
const SMALLEST_SHARE: u32 = 8;

/// How many ends in a row let one more be asked for at a time, and how many are asked for at most.
const ENDS: usize = 4;
const AT_ONCE: usize = 8;

/// The age at which the last in line is asked for, in case that the first takes longer than it; and anybody between them.
const LAST: Duration = Duration::from_secs(2);
const BETWEEN: Duration = Duration::from_secs(30);

/// Who waits, and how many were seen to end since one was seen to run.
#[derive(Default)]
struct Waiting {
    turns: VecDeque<Arc<Notify>>,
    ends: usize,
    /// How many ever waited.
    members: u32,
}

impl Waiting {
    /// How many are asked for at a time: more as one after the other turns out to be over.
    fn front(&self) -> usize {
        (1 + self.ends / ENDS).min(AT_ONCE)
    }

    fn position(&self, turn: &Arc<Notify>) -> usize {
        self.turns.iter().position(|other| Arc::ptr_eq(other, turn)).unwrap_or_default()
    }

    fn wake(&self) {
        for turn in self.turns.iter().take(self.front()) {
            turn.notify_one();
        }
    }
}

/// The line of a kind.
#[derive(Default)]
pub(super) struct Line(Mutex<Waiting>);

impl Line {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the place behind all others.
    pub(super) fn join(&self) -> Turn<'_> {
        let turn = Arc::new(Notify::new());
        let mut waiting = self.waiting();
        waiting.turns.push_back(Arc::clone(&turn));
        waiting.members = waiting.members.saturating_add(1);
        Turn { line: self, turn }
    }
}

/// A place in line.
pub(super) struct Turn<'a> {
    line: &'a Line,
    turn: Arc<Notify>,
}

impl Turn<'_> {
    /// The age at which to ask, having asked last at the age `asked`, if ever.
    pub(super) fn due(&self, pace: Pace, asked: Option<Duration>) -> Duration {
        let waiting = self.line.waiting();
        let position = waiting.position(&self.turn);
        if position < waiting.front() {
            let share = waiting.members.clamp(LARGEST_SHARE, SMALLEST_SHARE);
            return asked.map_or(pace.first, |age| age + (age / share).clamp(pace.first, pace.longest));
        }
        let first = if position + 1 == waiting.turns.len() { LAST } else { BETWEEN };
        asked.map_or(first, |age| first.max(age * 2))
    }

    /// Waits until the place may have become another.
    pub(super) async fn moved(&self) {
        self.turn.notified().await;
    }

    /// Notes that it was seen to run.
    pub(super) fn runs(&self) {
        self.line.waiting().ends = 0;
    }

    /// Notes that it was seen to be over. Those who were asked for before it and still run stand for nobody any more, and go behind all others.
    pub(super) fn ended(&self) {
        let mut waiting = self.line.waiting();
        let front = waiting.front();
        if waiting.position(&self.turn) < front {
            waiting.ends += 1;
        } else {
            waiting.turns.rotate_left(front);
            waiting.ends = 0;
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut waiting = self.line.waiting();
        waiting.turns.retain(|other| !Arc::ptr_eq(other, &self.turn));
        waiting.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(25);
    const AGE: Duration = Duration::from_secs(1);

    #[test]
    fn the_first_stands_for_all_and_the_last_is_looked_after() {
        let (line, pace) = (Line::default(), Pace::default());
        let turns: Vec<Turn<'_>> = (0..20).map(|_| line.join()).collect();
        assert_eq!(turns[0].due(pace, None), FIRST);
        assert_eq!(turns[0].due(pace, Some(AGE)), AGE + AGE / SMALLEST_SHARE);
        assert_eq!((turns[1].due(pace, None), turns[19].due(pace, None)), (BETWEEN, LAST));
        assert_eq!(turns[19].due(pace, Some(LAST)), LAST * 2);
        let few = Line::default();
        let (one, _other) = (few.join(), few.join());
        assert_eq!(one.due(pace, Some(AGE)), AGE + AGE / LARGEST_SHARE);
    }

    #[test]
    fn whoever_is_overtaken_stands_for_nobody() {
        let (line, pace) = (Line::default(), Pace::default());
        let mut turns: VecDeque<Turn<'_>> = (0..5).map(|_| line.join()).collect();
        let last = turns.pop_back().unwrap();
        last.ended();
        drop(last);
        assert_eq!(turns[1].due(pace, None), FIRST, "the second is the first now");
        assert_eq!(turns[0].due(pace, None), LAST);
    }

    #[test]
    fn more_are_asked_for_as_one_after_the_other_is_over() {
        let (line, pace) = (Line::default(), Pace::default());
        let mut turns: VecDeque<Turn<'_>> = (0..20).map(|_| line.join()).collect();
        for _ in 0..2 * ENDS {
            turns.pop_front().unwrap().ended();
        }
        let asked = |turns: &VecDeque<Turn<'_>>| turns.iter().filter(|turn| turn.due(pace, None) == FIRST).count();
        assert_eq!(asked(&turns), 3);
        turns[0].runs();
        assert_eq!(asked(&turns), 1);
    }
}
