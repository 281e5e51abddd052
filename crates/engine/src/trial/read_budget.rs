//! How many failed executions may be asked about one by one.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::cloud::Cloud;

/// What a bucket refills in so many seconds may be used beside what it holds.
const SECONDS: f64 = 60.0;

/// Calls where the endpoint is not known to limit them.
const UNPACED: u64 = 5_000;

/// Calls of one operation for failed executions: half of them are kept for users who had few yet, the rest is for whoever comes first.
#[derive(Debug)]
pub(super) struct ReadBudget(Mutex<Left>);

#[derive(Debug)]
struct Left {
    /// In all.
    all: u64,
    /// Of those, kept for users who had less than their share.
    kept: u64,
    share: u64,
    had: BTreeMap<String, u64>,
}

impl ReadBudget {
    /// What an operation's bucket gives beyond `taken` calls that are made anyway.
    pub(super) fn new(cloud: &dyn Cloud, operation: &str, taken: u64, users: u64) -> Self {
        let all = cloud.bucket(operation).map_or(UNPACED, |paced| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number of calls")]
            let calls = (paced.quota.burst * paced.level + paced.quota.per_second * SECONDS).max(0.0) as u64;
            calls.saturating_sub(taken)
        });
        Self::of(all, users)
    }

    fn of(all: u64, users: u64) -> Self {
        let share = all / 2 / users.max(1);
        Self(Mutex::new(Left { all, kept: share * users, share, had: BTreeMap::new() }))
    }

    /// Takes a call for an execution of this user; `false` where there is none left.
    pub(super) fn take(&self, user: &str) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let had = left.had.get(user).copied().unwrap_or(0);
        let is_own = had < left.share;
        if left.all == 0 || (!is_own && left.all <= left.kept) {
            return false;
        }
        left.all -= 1;
        left.kept -= u64::from(is_own);
        left.had.insert(user.to_owned(), had + 1);
        true
    }
}

/// What may be asked of an account's failed executions.
pub(super) struct ReadBudgets {
    pub(super) histories: ReadBudget,
    pub(super) descriptions: ReadBudget,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nobody_has_more_than_there_is_and_everybody_a_share(
            all in 0_u64..500,
            users in 1_u64..40,
            greedy in 0_usize..600,
        ) {
            let budget = ReadBudget::of(all, users);
            let first = (0..greedy).filter(|_| budget.take("first")).count() as u64;
            let share = all / 2 / users;
            let mut others = 0;
            for user in 1..users {
                let had = (0..share).filter(|_| budget.take(&user.to_string())).count() as u64;
                prop_assert_eq!(had, share, "whoever comes first leaves the others their share");
                others += had;
            }
            prop_assert!(first + others <= all);
            prop_assert!(first >= (all / 2).min(greedy as u64), "{first}");
        }
    }
}
