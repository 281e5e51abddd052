//! What passes by itself, and how long to wait for it.

use std::time::Duration;

use crate::cloud::{CloudError, ErrorClass};
use crate::host;

/// How long a change waits for something that passes: a fresh role that is not known everywhere, a resource that is being
/// changed or deleted, a throttle, a service that fails or is not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Before the second try.
    pub first: Duration,
    /// At most between two tries.
    pub longest: Duration,
    /// In all; the error is told once this is used up.
    pub total: Duration,
}

impl Default for Patience {
    /// One second, then twice as long each time up to ten, two minutes in all.
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(10), total: Duration::from_mins(2) }
    }
}

/// What is waited for, as the journal calls it; `None` for an error that stays.
pub(super) fn passes(error: &CloudError) -> Option<&'static str> {
    match error.class {
        ErrorClass::IamPropagation => Some("iam"),
        ErrorClass::Busy => Some("busy"),
        ErrorClass::Throttled => Some("throttled"),
        ErrorClass::Service => Some("service"),
        ErrorClass::Unreachable => Some("unreachable"),
        // A create that was answered with nothing is found there at the next try, if it was done.
        ErrorClass::NoAnswer => Some("no answer"),
        _ => None,
    }
}

/// The pauses of one change.
#[derive(Debug)]
pub(super) struct Pauses {
    patience: Patience,
    next: Duration,
    /// When it first failed; the tries themselves take of the time too.
    since: Option<Duration>,
}

impl Pauses {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, next: patience.first, since: None }
    }

    /// The next pause after a failure at `now`, a quarter longer or shorter by chance so that a class does not come back as one; `None`
    /// when patience is used up.
    pub(super) fn next(&mut self, now: Duration) -> Option<Duration> {
        let over = *self.since.get_or_insert(now) + self.patience.total;
        let left = over.checked_sub(now).filter(|left| !left.is_zero())?;
        let chance = u32::try_from(host::random_u64() % 51).unwrap_or(25);
        let pause = (self.next * (75 + chance) / 100).min(left);
        self.next = (self.next * 2).min(self.patience.longest);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_with_the_total_tries_included() {
        let (mut pauses, mut now) = (Pauses::new(Patience::default()), Duration::from_secs(100));
        let mut all = Vec::new();
        while let Some(pause) = pauses.next(now) {
            all.push(pause);
            now += pause + Duration::from_secs(5);
        }
        assert!(all[0] >= Duration::from_millis(750) && all[0] <= Duration::from_millis(1250));
        assert!(all.iter().all(|pause| *pause <= Duration::from_millis(12_500)));
        assert!(now >= Duration::from_secs(220) && now < Duration::from_secs(226), "{now:?}");
        assert!(all.len() > 6, "{all:?}");
    }
}
