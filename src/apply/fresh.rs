//! Roles made in this run, and how old they had to be until the services knew them.
//!
//! A call that comes too early costs a token of a scarce bucket. So the first to be refused is told how long to wait by its patience, and
//! everybody whose role is younger waits as long, instead of trying for themselves.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::Body;
use crate::plan::Change;

/// Between two looks whether a role is known by now.
const LONGEST: Duration = Duration::from_secs(3);

#[derive(Debug, Default)]
pub(super) struct Fresh(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When each role was made or changed, by ARN.
    made: BTreeMap<String, Duration>,
    /// The age below which no role is tried; zero until one was refused.
    age: Duration,
}

impl Fresh {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A role was made or changed.
    pub(super) fn made(&self, arn: &str, now: Duration) {
        self.state().made.insert(arn.to_owned(), now);
    }

    /// How long a change has to wait until its role is old enough.
    pub(super) fn pause(&self, change: &Change, now: Duration) -> Option<Duration> {
        let state = self.state();
        let made = state.made.get(role_of(change)?)?;
        let pause = (*made + state.age).saturating_sub(now);
        (!pause.is_zero()).then_some(pause)
    }

    /// A change that was tried at `at` was refused, its role not being known yet: how long to wait now.
    pub(super) fn not_yet(&self, change: &Change, at: Duration, pause: Duration) -> Duration {
        let pause = pause.min(LONGEST);
        let mut state = self.state();
        let made = role_of(change).and_then(|arn| state.made.get(arn)).copied();
        if let Some(made) = made {
            state.age = state.age.max(at.saturating_sub(made) + pause);
        }
        pause
    }
}

fn role_of(change: &Change) -> Option<&str> {
    match &change.resource.as_ref()?.body {
        Body::Function { role, .. } | Body::StateMachine { role, .. } => Some(role),
        Body::Role { .. } | Body::LogGroup { .. } | Body::Queue { .. } | Body::Dashboard { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Found, PlanOptions, plan, world};

    #[test]
    fn who_comes_later_does_not_try_what_was_refused() {
        let seconds = Duration::from_secs;
        let resources =
            vec![world::role("ann-r", "one", "lab6", "ann"), world::function("ann-f", 30, "aaaa", "lab6", "ann")];
        let plan = plan(&world::desired("ann", resources), &Found::new(), PlanOptions::default());
        let changes = &plan.users[0].changes;
        let (role, function) = (&changes[0], &changes[1]);
        let fresh = Fresh::default();
        assert_eq!(fresh.pause(function, seconds(5)), None, "a role that is not of this run");
        fresh.made(&role.arn, seconds(10));
        assert_eq!(fresh.pause(function, seconds(10)), None, "nothing was refused yet");
        assert_eq!(fresh.not_yet(function, seconds(10), seconds(2)), seconds(2));
        assert_eq!(fresh.pause(function, seconds(11)), Some(seconds(1)));
        assert_eq!(fresh.pause(function, seconds(12)), None);
        assert_eq!(fresh.not_yet(function, seconds(12), seconds(10)), seconds(3), "looked at every three seconds");
        assert_eq!(fresh.pause(function, seconds(12)), Some(seconds(3)));
    }
}
