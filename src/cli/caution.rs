//! How far a class is let on while some of it fails: `--canary` and `--max-failures`.

use std::str::FromStr;

use clap::Args;

use crate::apply::Caution;

#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct CautionOptions {
    /// Deploy for the first N users who have something to change; for the others only when none of these failed.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    canary: Option<u32>,
    /// Begin no further users once more than N of the chosen ones (or P% of them) have failed. The class is begun slowly at first: no
    /// more users at once than may still fail, and one, for each that succeeds one more.
    #[arg(long, value_name = "N|P%")]
    max_failures: Option<Share>,
}

impl CautionOptions {
    /// What it comes to for a class of this size.
    pub(super) fn among(self, users: usize) -> Caution {
        Caution {
            canary: self.canary.map_or(0, |count| usize::try_from(count).unwrap_or(usize::MAX)),
            max_failures: self.max_failures.map(|share| share.of(users)),
        }
    }
}

/// A number of users, or a share of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share {
    Users(usize),
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
