//! Roles made in this run, and how old they had to be until the services knew them.
//!
//! A call that comes too early costs a token of a scarce bucket. So the first to be refused is told how long to wait by its retry
//! policy, and everybody whose role is younger waits as long, instead of trying for themselves.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use super::lock::lock;

/// Between two attempts whether a role is known by now.
const LONGEST: Duration = Duration::from_secs(3);

/// The ages of the roles of a run.
#[derive(Debug, Default)]
pub struct RoleAges(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When each role was made or changed, by ARN.
    made: BTreeMap<String, Duration>,
    /// The age below which no role is tried; zero until one was refused.
    age: Duration,
}

impl RoleAges {
    /// A role was made or changed.
    pub fn made(&self, arn: &str, now: Duration) {
        lock(&self.0).made.insert(arn.to_owned(), now);
    }

    /// How long to wait until a role is old enough.
    pub(super) fn pause(&self, role: &str, now: Duration) -> Option<Duration> {
        let state = lock(&self.0);
        let pause = (*state.made.get(role)? + state.age).saturating_sub(now);
        (!pause.is_zero()).then_some(pause)
    }

    /// What was tried at `at` was refused, its role not being known yet: how long to wait now.
    pub(super) fn not_yet(&self, role: &str, at: Duration, pause: Duration) -> Duration {
        let pause = pause.min(LONGEST);
        let mut state = lock(&self.0);
        if let Some(made) = state.made.get(role).copied() {
            state.age = state.age.max(at.saturating_sub(made) + pause);
        }
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_later_does_not_try_what_was_refused() {
        let seconds = Duration::from_secs;
        let ages = RoleAges::default();
        assert_eq!(ages.pause("ann-r", seconds(5)), None, "a role that is not of this run");
        ages.made("ann-r", seconds(10));
        assert_eq!(ages.pause("ann-r", seconds(10)), None, "nothing was refused yet");
        assert_eq!(ages.not_yet("ann-r", seconds(10), seconds(2)), seconds(2));
        assert_eq!(ages.pause("ann-r", seconds(11)), Some(seconds(1)));
        assert_eq!(ages.pause("ann-r", seconds(12)), None);
        assert_eq!(ages.not_yet("ann-r", seconds(12), seconds(10)), seconds(3), "looked at every three seconds");
        assert_eq!(ages.pause("ann-r", seconds(12)), Some(seconds(3)));
    }
}
