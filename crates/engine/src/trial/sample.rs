//! Which of a bulk run's executions have their history read: a sample spread evenly over users and time.

/// What the name of a bulk execution begins with, after `labctl-`; its index follows.
pub(super) const BULK: &str = "bulk-";

/// The sampled executions of one user.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    every: u64,
    user: u64,
    users: u64,
}

impl Sample {
    /// The sample of the user with this number, of at most `most` of all executions; none when nothing shall be read.
    pub(super) fn of(most: u64, user: u64, users: u64, each: u64) -> Option<Self> {
        let every = users.saturating_mul(each).div_ceil(most.max(1)).max(1);
        (most > 0).then_some(Self { every, user, users })
    }

    /// Whether the execution of this name is in it.
    pub(super) fn has(self, name: &str) -> bool {
        let index =
            name.strip_prefix("labctl-").and_then(|name| name.strip_prefix(BULK)?.split('-').next()?.parse().ok());
        index.is_some_and(|index: u64| {
            let turn = index.saturating_sub(1).saturating_mul(self.users).saturating_add(self.user);
            turn.is_multiple_of(self.every)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::execution::execution_name;
    use super::*;

    proptest! {
        #[test]
        fn a_sample_is_never_larger_than_asked_for(users in 1_u64..40, each in 1_u64..40, most in 0_u64..300) {
            let names: Vec<_> = (1..=each).map(|index| execution_name(&format!("{BULK}{index}"), "1a2b")).collect();
            let count = (0..users)
                .filter_map(|user| Sample::of(most, user, users, each))
                .map(|sample| names.iter().filter(|name| sample.has(name)).count() as u64)
                .sum::<u64>();
            prop_assert!(count <= most, "{count}");
            prop_assert!(count * 2 >= most.min(users * each), "{count} of {most}");
        }
    }
}
