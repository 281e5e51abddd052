//! Which lines are shown.

use super::super::selection::Selection;
use super::super::since::Since;

/// Which lines are shown.
#[derive(Clone, Debug)]
pub(crate) struct LogsOptions {
    /// Whose.
    pub(crate) selection: Selection,
    /// Of this function only, with the user's prefix or without.
    pub(crate) function: Option<String>,
    /// Of this machine only, likewise.
    pub(crate) machine: Option<String>,
    /// Written then or later.
    pub(crate) since: Since,
    /// So many lines of a read at most, the newest.
    pub(crate) limit: usize,
    /// Whether lines that are still to come are shown too, until the user interrupts.
    pub(crate) follow: bool,
}

impl LogsOptions {
    /// How many lines are shown of a read where nobody says.
    pub(crate) const LIMIT: usize = 10_000;
}
