//! How far a class is begun while some of it fails.

use std::str::FromStr;

use crate::apply::RolloutPolicy;

/// The limits of a rollout, whatever the size of the class.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rollout {
    /// So many users who have something to change go first; the others only when none of these failed.
    pub(crate) canary: Option<u32>,
    /// No further users are begun once more than these have failed.
    pub(crate) max_failures: Option<Share>,
}

impl Rollout {
    /// What it comes to for a class of this size.
    pub(crate) fn among(self, users: usize) -> RolloutPolicy {
        RolloutPolicy {
            canary: self.canary.map_or(0, |count| usize::try_from(count).unwrap_or(usize::MAX)),
            max_failures: self.max_failures.map(|share| share.of(users)),
        }
    }
}

/// A number of users, or a share of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// So many.
    Users(usize),
    /// So many of a hundred.
    Percent(u8),
}

impl Share {
    /// In whole users; a share is rounded down.
    fn of(self, users: usize) -> usize {
        match self {
            Self::Users(count) => count,
            Self::Percent(percent) => users.saturating_mul(usize::from(percent)) / 100,
        }
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let share = match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|percent| *percent <= 100).map(Self::Percent),
            None => text.parse().ok().map(Self::Users),
        };
        share.ok_or_else(|| "give a number of users (`5`), or a share of them (`10%`)".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down() {
        let of = |text: &str, users| text.parse::<Share>().map(|share| share.of(users));
        assert_eq!(of("5", 300), Ok(5));
        assert_eq!(of("0", 300), Ok(0));
        assert_eq!(of("10%", 300), Ok(30));
        assert_eq!(of("10%", 9), Ok(0));
        assert_eq!(of("100%", 9), Ok(9));
        for wrong in ["", "%", "-1", "101%", "1.5", "ten", "5 %"] {
            assert!(of(wrong, 300).unwrap_err().starts_with("give a number of users"), "{wrong}");
        }
    }
}
