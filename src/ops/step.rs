//! What a document measures: a whole command, or one step of a rehearsal; and what a use case ends with.

use std::collections::BTreeMap;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use crate::event::{Happened, Journal};
use crate::host::Stopwatch;
use crate::ui::view::{Document, Head};

/// What a use case ends with.
#[derive(Clone, Debug)]
pub(crate) struct Finished<T> {
    /// What it came to.
    pub(crate) document: Document<T>,
    /// How it ended.
    pub(crate) exit: Exit,
}

/// When a document's time began, and the calls that were made before.
pub(crate) struct Step {
    stopwatch: Stopwatch,
    before: BTreeMap<String, u64>,
    is_part: bool,
}

impl Step {
    /// The whole command, from its start, or from where its work began again.
    pub(crate) fn whole(context: &Context) -> Self {
        Self { stopwatch: context.stopwatch(), before: BTreeMap::new(), is_part: false }
    }

    /// A part of a command, from now.
    pub(crate) fn part(context: &Context) -> Self {
        Self { stopwatch: Stopwatch::start(), before: context.target_report.calls(), is_part: true }
    }

    /// Whether the command it is a part of holds the labs already.
    pub(crate) fn is_part(&self) -> bool {
        self.is_part
    }

    /// Milliseconds since it began.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        self.stopwatch.elapsed_ms()
    }

    /// The document of this step.
    pub(crate) fn document<T>(&self, context: &Context, command: &str, ok: bool, body: T) -> Document<T> {
        let mut calls = context.target_report.calls();
        calls.retain(|operation, count| {
            *count = count.saturating_sub(self.before.get(operation).copied().unwrap_or_default());
            *count > 0
        });
        Document { head: Head::new(command, ok, self.elapsed_ms(), context.target_report.places(), calls), body }
    }

    /// Writes down in the journal how a command ended.
    ///
    /// # Errors
    /// When an event could not be written on the way: what was reported is not what is on disk.
    pub(crate) fn finish(&self, journal: &Journal, command: &str, exit: Exit, summary: String) -> Result<(), Failure> {
        journal.tell(Happened::RunFinished {
            command: command.to_owned(),
            exit_code: exit.code(),
            ms: self.elapsed_ms(),
            summary,
        });
        journal.failure().map_or(Ok(()), |error| Err(error.into()))
    }
}
