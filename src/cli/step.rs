//! What a document measures: a whole command, or one step of a rehearsal.

use std::collections::BTreeMap;

use super::context::Context;
use crate::host::Stopwatch;
use crate::ui::view::{Document, Head};

/// When a document's time began, and the calls that were made before.
pub(super) struct Step {
    stopwatch: Stopwatch,
    before: BTreeMap<String, u64>,
    is_part: bool,
}

impl Step {
    /// The whole command, from its start.
    pub(super) fn whole(context: &Context) -> Self {
        Self { stopwatch: context.stopwatch, before: BTreeMap::new(), is_part: false }
    }

    /// A part of a command, from now.
    pub(super) fn part(context: &Context) -> Self {
        Self { stopwatch: Stopwatch::start(), before: context.whereabouts.calls(), is_part: true }
    }

    /// Whether the command it is a part of holds the labs already.
    pub(super) fn is_part(&self) -> bool {
        self.is_part
    }

    /// Milliseconds since it began.
    pub(super) fn elapsed_ms(&self) -> u64 {
        self.stopwatch.elapsed_ms()
    }

    /// The document of this step.
    pub(super) fn document<T>(&self, context: &Context, command: &str, ok: bool, body: T) -> Document<T> {
        let mut calls = context.whereabouts.calls();
        calls.retain(|operation, count| {
            *count = count.saturating_sub(self.before.get(operation).copied().unwrap_or_default());
            *count > 0
        });
        Document { head: Head::new(command, ok, self.elapsed_ms(), context.whereabouts.places(), calls), body }
    }
}
