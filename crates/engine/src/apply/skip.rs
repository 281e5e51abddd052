//! Why a change was not tried.

use std::fmt;

/// Why a change was not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// The run was interrupted.
    Interrupted {
        /// Whether a call had gone out before, and its next try was waited for.
        tried: bool,
    },
    /// The credentials were good no more.
    CredentialsRanOut,
    /// Something that is not labctl's stands in this user's way, so nothing is made for the user.
    Blocked,
    /// Its user was not begun, because others had failed.
    NotBegun,
    /// What it stands on is not there; which, and why.
    Missing(String),
}

impl fmt::Display for Skip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Interrupted { tried: true } => "interrupted while it waited; run the same command again",
            Self::Interrupted { tried: false } => "interrupted before it began; run the same command again",
            Self::CredentialsRanOut => "the credentials ran out before it; renew them and run the same command again",
            Self::Blocked => "something that is not labctl's is in this user's way",
            Self::NotBegun => "not begun, because others had failed",
            Self::Missing(why) => why,
        })
    }
}
