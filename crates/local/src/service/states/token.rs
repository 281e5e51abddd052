//! Which tasks wait for a token.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token>

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::execution::Execution;
use labctl_asl::TaskId;

/// Tokens that are remembered after their tasks have ended, so that a late answer is told `TaskTimedOut`.
const REMEMBERED: usize = 10_000;

/// The tokens that tasks wait for, and those they waited for lately.
#[derive(Default)]
pub(super) struct Tokens(Mutex<Known>);

#[derive(Default)]
struct Known {
    open: BTreeMap<String, Waiting>,
    closed: BTreeMap<String, String>,
    order: VecDeque<String>,
}

/// Who waits for a token.
#[derive(Clone)]
pub(super) struct Waiting {
    pub(super) execution: Arc<Execution>,
    pub(super) task: TaskId,
}

impl Tokens {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A task waits for this token from now on.
    pub(super) fn open(&self, token: &str, execution: &Arc<Execution>, task: TaskId) {
        let waiting = Waiting { execution: Arc::clone(execution), task };
        self.lock().open.insert(token.to_owned(), waiting);
    }

    /// Nobody waits for this token any more.
    pub(super) fn close(&self, token: &str) {
        let mut known = self.lock();
        let Some(waiting) = known.open.remove(token) else { return };
        known.closed.insert(token.to_owned(), waiting.execution.facts.machine_arn.clone());
        known.order.push_back(token.to_owned());
        if known.order.len() > REMEMBERED
            && let Some(oldest) = known.order.pop_front()
        {
            known.closed.remove(&oldest);
        }
    }

    /// Who waits for a token.
    pub(super) fn waiting(&self, token: &str) -> Option<Waiting> {
        self.lock().open.get(token).cloned()
    }

    /// The machine that a token belongs or belonged to.
    pub(super) fn machine(&self, token: &str) -> Option<String> {
        let known = self.lock();
        let open = known.open.get(token).map(|waiting| waiting.execution.facts.machine_arn.clone());
        open.or_else(|| known.closed.get(token).cloned())
    }
}
