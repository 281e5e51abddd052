//! How far a class is let on while some of it fails.

/// When users who have not begun are not begun any more. The default never holds anybody back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RolloutPolicy {
    /// The first so many users who have something to do go first; when one of them fails, nobody else is begun. 0 is none.
    pub canary: usize,
    /// As soon as more users than this have failed, nobody else is begun.
    pub max_failures: Option<usize>,
}

/// Why users were not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// One of the first users failed.
    Canary {
        /// How many went first.
        users: usize,
    },
    /// More users failed than allowed.
    TooManyFailures {
        /// How many were allowed.
        allowed: usize,
    },
}

/// A class that was stopped: what is in flight has ended, the others are as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Why.
    pub cause: StopCause,
    /// Users who failed.
    pub failed: usize,
    /// Users who were not begun.
    pub not_begun: usize,
}

/// Lets users in, in the plan's order. It knows them by their turn, from 0.
///
/// With a limit on failures the class is begun as a connection is by slow start: so many users at once as may still fail, and one more,
/// for each that succeeded one more. A lab that fails for everybody is found out with the fewest possible users, and one that
/// does not is soon let in as a whole.
#[derive(Debug)]
pub(super) struct Rollout {
    policy: RolloutPolicy,
    canaries_in_flight: usize,
    in_flight: usize,
    ok: usize,
    failed: usize,
    stop: Option<StopCause>,
}

impl Rollout {
    pub(super) fn new(policy: RolloutPolicy) -> Self {
        Self { policy, canaries_in_flight: 0, in_flight: 0, ok: 0, failed: 0, stop: None }
    }

    /// Whether the user of this turn may begin now. While somebody is in flight, a `false` may turn.
    pub(super) fn admits(&self, turn: usize) -> bool {
        if self.stop.is_some() || (!self.is_canary(turn) && self.canaries_in_flight > 0) {
            return false;
        }
        let Some(allowed) = self.policy.max_failures else { return true };
        let window = allowed.saturating_add(1).saturating_sub(self.failed).saturating_add(self.ok);
        self.in_flight < window
    }

    /// A user begins.
    pub(super) fn begin(&mut self, turn: usize) {
        self.in_flight += 1;
        self.canaries_in_flight += usize::from(self.is_canary(turn));
    }

    /// A user has ended.
    pub(super) fn end(&mut self, turn: usize, ok: bool) {
        let is_canary = self.is_canary(turn);
        self.in_flight = self.in_flight.saturating_sub(1);
        self.canaries_in_flight = self.canaries_in_flight.saturating_sub(usize::from(is_canary));
        if ok {
            self.ok += 1;
            return;
        }
        self.failed += 1;
        if is_canary {
            self.stop.get_or_insert(StopCause::Canary { users: self.policy.canary });
        }
        if let Some(allowed) = self.policy.max_failures.filter(|allowed| self.failed > *allowed) {
            self.stop.get_or_insert(StopCause::TooManyFailures { allowed });
        }
    }

    /// Why nobody is let in any more.
    pub(super) fn stop(&self) -> Option<StopCause> {
        self.stop
    }

    fn is_canary(&self, turn: usize) -> bool {
        turn < self.policy.canary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a class in which each user ends before the next may begin only where the rollout wants it so; gives how many were
    /// in flight at once, round by round.
    fn rounds(policy: RolloutPolicy, fails: &[bool]) -> (Vec<usize>, Option<StopCause>) {
        let mut rollout = Rollout::new(policy);
        let (mut next, mut rounds) = (0, Vec::new());
        loop {
            let first = next;
            while next < fails.len() && rollout.admits(next) {
                rollout.begin(next);
                next += 1;
            }
            if next == first {
                return (rounds, rollout.stop());
            }
            rounds.push(next - first);
            for (turn, fails) in fails.iter().enumerate().take(next).skip(first) {
                rollout.end(turn, !fails);
            }
        }
    }

    #[test]
    fn without_limits_everybody_begins_at_once() {
        assert_eq!(rounds(RolloutPolicy::default(), &[true; 300]), (vec![300], None));
    }

    #[test]
    fn canaries_go_first_and_the_rest_only_after_all_of_them() {
        let policy = RolloutPolicy { canary: 2, ..RolloutPolicy::default() };
        assert_eq!(rounds(policy, &[false; 9]), (vec![2, 7], None));
        assert_eq!(rounds(policy, &[false, true, false]), (vec![2], Some(StopCause::Canary { users: 2 })));
        let mut rollout = Rollout::new(policy);
        rollout.begin(0);
        rollout.begin(1);
        rollout.end(0, true);
        assert!(!rollout.admits(2), "the second canary is still in flight");
        rollout.end(1, true);
        assert!(rollout.admits(2));
    }

    #[test]
    fn a_lab_that_fails_for_everybody_is_found_out_with_one_user_more_than_may_fail() {
        for allowed in [0, 1, 7] {
            let policy = RolloutPolicy { max_failures: Some(allowed), ..RolloutPolicy::default() };
            let stop = Some(StopCause::TooManyFailures { allowed });
            assert_eq!(rounds(policy, &[true; 50]), (vec![allowed + 1], stop));
        }
    }

    #[test]
    fn a_lab_that_works_is_soon_let_in_as_a_whole() {
        let policy = RolloutPolicy { max_failures: Some(0), ..RolloutPolicy::default() };
        assert_eq!(rounds(policy, &[false; 40]), (vec![1, 2, 4, 8, 16, 9], None));
    }

    #[test]
    fn as_many_as_allowed_may_fail() {
        let policy = RolloutPolicy { max_failures: Some(2), ..RolloutPolicy::default() };
        let fails: Vec<bool> = (0..20).map(|order| order == 3 || order == 11).collect();
        let (rounds, stop) = rounds(policy, &fails);
        assert_eq!((rounds.iter().sum::<usize>(), stop), (20, None));
    }
}
