//! What a verification is asked for.

use std::time::Duration;

use super::super::selection::Selection;

/// What a verification is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct VerifyOptions {
    /// Of whom; with `from`, nobody named is everybody in that run.
    pub(crate) selection: Selection,
    /// Whether hidden checks are left out.
    pub(crate) public: bool,
    /// The last stage whose checks are judged.
    pub(crate) through: Option<String>,
    /// A run whose evidence is judged again; no call is made.
    pub(crate) from: Option<String>,
    /// A run that this one is held beside.
    pub(crate) baseline: Option<String>,
    /// Whether scenarios run that really wait longer than 30 s.
    pub(crate) slow: bool,
    /// How many executions a rehearsal started of its own, where it did.
    pub(crate) started: Option<u64>,
    /// The pause between two rounds of a board.
    pub(crate) watch: Option<Duration>,
}
