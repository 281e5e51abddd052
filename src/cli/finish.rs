//! The last word of a command in the journal.

use super::exit::Exit;
use super::failure::Failure;
use super::step::Step;
use crate::event::{Happened, Journal};

/// Writes down how a command ended.
///
/// # Errors
/// When an event could not be written on the way: what was told is not what is on disk.
pub(super) fn finish(
    step: &Step,
    journal: &Journal,
    command: &str,
    exit: Exit,
    summary: String,
) -> Result<Exit, Failure> {
    journal.tell(Happened::RunFinished {
        command: command.to_owned(),
        exit_code: exit.code(),
        ms: step.elapsed_ms(),
        summary,
    });
    match journal.failure() {
        Some(error) => Err(error.into()),
        None => Ok(exit),
    }
}
