//! What a document measures: a whole command, or one step of a rehearsal.

use std::collections::BTreeMap;

use super::context::Context;
use super::session::Session;
use crate::host::Stopwatch;
use crate::ui::view::{Document, Head};

/// When a document's time began, and the calls that were made before.
pub(super) struct Step {
    stopwatch: Stopwatch,
    before: BTreeMap<String, u64>,
}

impl Step {
    /// The whole command, from its start.
    pub(super) fn whole(context: &Context) -> Self {
        Self { stopwatch: context.stopwatch, before: BTreeMap::new() }
    }

    /// A part of a command, from now.
    pub(super) fn part(session: &Session) -> Self {
        Self { stopwatch: Stopwatch::start(), before: session.calls() }
    }

    /// Milliseconds since it began.
    pub(super) fn elapsed_ms(&self) -> u64 {
        self.stopwatch.elapsed_ms()
    }

    /// The document of this step.
    pub(super) fn document<T>(&self, session: &Session, command: &str, ok: bool, body: T) -> Document<T> {
        let mut calls = session.calls();
        calls.retain(|operation, count| {
            *count -= self.before.get(operation).copied().unwrap_or_default();
            *count > 0
        });
        Document {
            head: Head {
                schema: format!("labctl/{command}/1"),
                ok,
                elapsed_ms: self.elapsed_ms(),
                target: session.target_view(),
                api_calls: calls,
            },
            body,
        }
    }
}
