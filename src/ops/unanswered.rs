//! Calls that are not answered: written in the journal once there is one, said to the audience before.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cloud::{CallListener, UnansweredCall};
use crate::event::{Audience, Happened, Journal, WeakJournal};

/// Hears of unanswered calls for one command.
#[derive(Clone)]
pub(crate) struct Unanswered(Arc<Mutex<State>>);

struct State {
    audience: Arc<dyn Audience>,
    /// The command's journal, and whether a progress display hears it.
    journal: Option<(WeakJournal, bool)>,
    said: BTreeSet<String>,
}

impl fmt::Debug for Unanswered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unanswered").finish_non_exhaustive()
    }
}

impl Unanswered {
    pub(crate) fn new(audience: Arc<dyn Audience>) -> Self {
        Self(Arc::new(Mutex::new(State { audience, journal: None, said: BTreeSet::new() })))
    }

    /// From now on writes to this journal, for as long as somebody holds it.
    pub(crate) fn to(&self, journal: &Journal, is_shown: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).journal = Some((journal.downgrade(), is_shown));
    }
}

impl CallListener for Unanswered {
    fn unanswered(&self, call: &UnansweredCall) {
        let ms = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let happened = Happened::CallUnanswered {
            operation: call.operation.clone(),
            endpoint: call.endpoint.clone(),
            since_ms: call.since_ms,
            waited_ms: ms(call.waited),
            patience_ms: ms(call.patience),
        };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let journal = state.journal.as_ref().and_then(|(journal, is_shown)| Some((journal.upgrade()?, *is_shown)));
        let is_shown = journal.as_ref().is_some_and(|(_, is_shown)| *is_shown);
        if !is_shown && state.said.insert(call.operation.clone()) {
            state.audience.unanswered(&happened);
        }
        drop(state);
        if let Some((journal, _)) = journal {
            journal.tell(happened);
        }
    }
}
