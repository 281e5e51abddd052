//! An execution, the machine it is of, and what was read of it.

use super::machine::OwnMachine;
use super::read::LoggedExecution;
use crate::model::Execution;

/// An execution that was found.
pub(crate) struct FoundExecution {
    pub(crate) machine: OwnMachine,
    pub(crate) execution: Execution,
    /// Its events, where they were read already.
    pub(crate) logged: Option<LoggedExecution>,
}
