//! How long a class still takes, from what was foreseen and what is done.

use std::time::Duration;

/// Before that nothing is known but what was foreseen.
const EARLY: Duration = Duration::from_secs(5);

/// What was foreseen is reported from the start if it is at least as long.
const WORTH_TELLING: Duration = Duration::from_secs(10);

/// Counts what is done of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TimeLeft {
    /// What the preflight expects; `None` where nothing bounds the time or the time is not this machine's.
    pub(super) foreseen: Option<Duration>,
    /// Changes to be made.
    pub(super) total: u64,
    /// Changes that have ended.
    pub(super) done: u64,
}

impl TimeLeft {
    /// The time left so long after the start; `None` while it would be a guess, and at the end.
    ///
    /// At first what was foreseen counts, towards the end the pace so far. On a run that keeps to its forecast both say the same.
    pub(super) fn after(&self, elapsed: Duration) -> Option<Duration> {
        let foreseen = self.foreseen.filter(|foreseen| *foreseen >= WORTH_TELLING);
        if self.total == 0 || self.done >= self.total {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a class has far fewer than 2^53 changes")]
        let share = self.done as f64 / self.total as f64;
        let (rest, elapsed_seconds) = (1.0 - share, elapsed.as_secs_f64());
        let seconds = match foreseen {
            Some(foreseen) => rest * rest.mul_add(foreseen.as_secs_f64().max(elapsed_seconds), elapsed_seconds),
            None if elapsed < EARLY || share < 0.05 => return None,
            None => elapsed_seconds * rest / share,
        };
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// A time in the words of somebody who does not know it exactly: `a few s`, `45 s`, `3 min`, `1 h 10 min`.
pub(super) fn about(left: Duration) -> String {
    let seconds = left.as_secs();
    match seconds {
        0..10 => "a few s".to_owned(),
        10..=55 => format!("{} s", seconds.div_ceil(5) * 5),
        56..3600 => format!("{} min", seconds.div_ceil(60)),
        _ => {
            let minutes = seconds.div_ceil(600) * 10;
            match minutes % 60 {
                0 => format!("{} h", minutes / 60),
                rest => format!("{} h {rest} min", minutes / 60),
            }
        }
    }
}

/// A time as a clock shows it: `1:29`, `1:02:03`.
pub(super) fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(foreseen: Option<u64>, done: u64, elapsed: u64) -> Option<u64> {
        let left = TimeLeft { foreseen: foreseen.map(Duration::from_secs), total: 100, done };
        left.after(Duration::from_secs(elapsed)).map(|left| (left + Duration::from_millis(500)).as_secs())
    }

    #[test]
    fn a_run_that_keeps_to_its_forecast_counts_down() {
        assert_eq!(after(Some(200), 0, 0), Some(200));
        assert_eq!(after(Some(200), 25, 50), Some(150));
        assert_eq!(after(Some(200), 75, 150), Some(50));
        assert_eq!(after(Some(200), 100, 200), None);
    }

    #[test]
    fn a_run_that_does_not_is_believed_more_and_more() {
        // Ten times as fast: ten seconds are left, and nobody knows yet.
        assert_eq!(after(Some(200), 50, 10), Some(55));
        assert_eq!(after(Some(200), 90, 18), Some(4));
        // Much slower: it never says less than the pace would have it at the end.
        assert_eq!(after(Some(200), 10, 400), Some(684));
        assert!(after(Some(200), 90, 2000).unwrap() >= 220);
    }

    #[test]
    fn nothing_is_said_rather_than_nonsense() {
        assert_eq!(after(None, 0, 600), None);
        assert_eq!(after(None, 50, 3), None);
        assert_eq!(after(None, 4, 60), None);
        assert_eq!(after(Some(5), 1, 1), None, "what is over at once needs no forecast");
        assert_eq!(after(None, 20, 60), Some(240));
        assert_eq!(TimeLeft::default().after(Duration::from_mins(1)), None);
    }

    #[test]
    fn a_clock_counts_hours_only_where_there_are_any() {
        let shown = |seconds| clock(Duration::from_secs(seconds));
        assert_eq!([shown(7), shown(89), shown(3723)], ["0:07", "1:29", "1:02:03"]);
    }

    #[test]
    fn what_is_not_known_exactly_is_reported_roughly() {
        let reported = |seconds| about(Duration::from_secs(seconds));
        assert_eq!([reported(3), reported(41), reported(55), reported(56)], ["a few s", "45 s", "55 s", "1 min"]);
        assert_eq!([reported(60), reported(121)], ["1 min", "3 min"]);
        assert_eq!([reported(3600), reported(4000)], ["1 h", "1 h 10 min"]);
    }
}
