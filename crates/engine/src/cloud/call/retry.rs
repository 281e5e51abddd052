//! What is tried again, and when: one table for calls and for the changes they belong to.

use std::time::Duration;

#[cfg(any(feature = "aws", test))]
use super::operation::{is_read, is_synchronous};
use crate::cloud::ErrorClass;
use crate::host;

/// How long something that passes by itself is tried again: a fresh role that is not known everywhere, a resource that is being
/// changed or deleted, a throttle, a service that fails or is not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Before a change is tried a second time.
    pub first: Duration,
    /// At most between two attempts.
    pub longest: Duration,
    /// In all, calls and changes together; the error is told once this is used up.
    pub total: Duration,
}

impl Default for RetryPolicy {
    /// One second, then twice as long each time up to ten, two minutes in all.
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(10), total: Duration::from_mins(2) }
    }
}

/// What is tried again.
#[cfg(any(feature = "aws", test))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// The same call: nothing was done, or doing it twice does no harm.
    Call,
    /// The change that the call belongs to: it looks first.
    Change,
    Nothing,
}

/// Attempts at a call that only looks, where the service fails, and where nobody answers at all, or not the service.
#[cfg(any(feature = "aws", test))]
const LOOKS: u32 = 8;
#[cfg(any(feature = "aws", test))]
const LOOKS_AT_NOBODY: u32 = 4;

/// What is waited for, as the journal calls it; `None` for an error that stays.
pub(super) fn passes(class: ErrorClass) -> Option<&'static str> {
    match class {
        ErrorClass::IamPropagation => Some("iam"),
        ErrorClass::Busy => Some("busy"),
        ErrorClass::Throttled => Some("throttled"),
        ErrorClass::Service => Some("service"),
        ErrorClass::Unreachable => Some("unreachable"),
        // A create that was answered with nothing is found there at the next attempt, if it was done.
        ErrorClass::NoAnswer => Some("no answer"),
        _ => None,
    }
}

/// What is tried again after an error. `nobody` is set where nobody listens, so that nothing can have been done.
#[cfg(any(feature = "aws", test))]
pub(super) fn again(operation: &str, class: ErrorClass, nobody: bool) -> Again {
    match class {
        ErrorClass::Service | ErrorClass::Unreachable if is_synchronous(operation) && !nobody => Again::Nothing,
        ErrorClass::Throttled | ErrorClass::Service | ErrorClass::Unreachable => Again::Call,
        // Whether it was done is not known.
        ErrorClass::NoAnswer if is_read(operation) => Again::Call,
        _ if passes(class).is_some() => Again::Change,
        _ => Again::Nothing,
    }
}

/// How many attempts a call has that belongs to no change.
#[cfg(any(feature = "aws", test))]
pub(super) fn attempts(class: ErrorClass, nobody: bool) -> u32 {
    if nobody || class == ErrorClass::NoAnswer { LOOKS_AT_NOBODY } else { LOOKS }
}

/// Pauses that double, each a quarter longer or shorter by chance so that a class does not come back as one.
#[derive(Debug)]
pub(super) struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Pauses {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self { next: first, longest }
    }

    pub(super) fn next(&mut self) -> Duration {
        let chance = u32::try_from(host::random_u64() % 51).unwrap_or(25);
        let pause = self.next * (75 + chance) / 100;
        self.next = (self.next * 2).min(self.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let policy = RetryPolicy::default();
        let mut pauses = Pauses::new(policy.first, policy.longest);
        let all: Vec<_> = (0..20).map(|_| pauses.next()).collect();
        assert!(all[0] >= Duration::from_millis(750) && all[0] <= Duration::from_millis(1250));
        assert!(all.iter().all(|pause| *pause <= Duration::from_millis(12_500)));
        assert!(all[10..].iter().all(|pause| *pause >= Duration::from_millis(7_500)));
    }

    #[test]
    fn what_may_have_been_done_is_looked_at_before_it_is_tried_again() {
        let again = |operation: &str, class| again(operation, class, false);
        for (operation, class, expected) in [
            ("iam:CreateRole", ErrorClass::Throttled, Again::Call),
            ("iam:CreateRole", ErrorClass::Service, Again::Call),
            ("iam:CreateRole", ErrorClass::NoAnswer, Again::Change),
            ("iam:GetRole", ErrorClass::NoAnswer, Again::Call),
            ("lambda:CreateFunction", ErrorClass::IamPropagation, Again::Change),
            ("states:CreateStateMachine", ErrorClass::Busy, Again::Change),
            ("states:StartExecution", ErrorClass::Unreachable, Again::Call),
            ("states:StartSyncExecution", ErrorClass::Unreachable, Again::Nothing),
            ("states:StartSyncExecution", ErrorClass::Throttled, Again::Call),
            ("sqs:CreateQueue", ErrorClass::Denied, Again::Nothing),
            ("sqs:CreateQueue", ErrorClass::Exists, Again::Nothing),
        ] {
            assert_eq!(again(operation, class), expected, "{operation} {class:?}");
        }
        assert_eq!(super::again("states:StartSyncExecution", ErrorClass::Unreachable, true), Again::Call);
    }
}
