//! Which executions are shown.

use super::super::selection::Selection;
use super::super::since::Since;

/// Which executions are shown.
#[derive(Clone, Debug)]
pub(crate) struct ExecutionsOptions {
    /// Whose.
    pub(crate) selection: Selection,
    /// Of this machine only, with the user's prefix or without.
    pub(crate) machine: Option<String>,
    /// With this status only, as AWS writes it.
    pub(crate) status: Option<String>,
    /// With this outcome only.
    pub(crate) outcome: Option<String>,
    /// Whose cause has this in its key or text.
    pub(crate) cause: Option<String>,
    /// Started then or later.
    pub(crate) since: Option<Since>,
    /// So many at most.
    pub(crate) limit: usize,
}

impl ExecutionsOptions {
    /// Executions shown where nothing else is said.
    pub(crate) const LIMIT: usize = 50;

    /// Whether executions must be looked into before it is known which are shown.
    pub(super) fn looks_inside(&self) -> bool {
        self.outcome.is_some() || self.cause.is_some()
    }
}

impl Default for ExecutionsOptions {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            machine: None,
            status: None,
            outcome: None,
            cause: None,
            since: None,
            limit: Self::LIMIT,
        }
    }
}
