//! Task tokens: SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token>

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::execution::{Execution, Message};
use super::fault::invalid_token;
use super::service::Inner;
use super::state::text;
use super::stop::error_and_cause;
use crate::wire::{Answer, Call, Fault};
use labctl_asl::{self, Signal, TaskId};

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
struct Waiting {
    execution: Arc<Execution>,
    task: TaskId,
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

    fn waiting(&self, token: &str) -> Option<Waiting> {
        self.lock().open.get(token).cloned()
    }

    /// The machine that a token belongs or belonged to.
    fn machine(&self, token: &str) -> Option<String> {
        let known = self.lock();
        let open = known.open.get(token).map(|waiting| waiting.execution.facts.machine_arn.clone());
        open.or_else(|| known.closed.get(token).cloned())
    }
}

impl Inner {
    pub(super) async fn send_task_success(&self, call: &Call) -> Result<Answer, Fault> {
        let token = self.readable_token(call)?;
        let text = text(&call.input, "output");
        let output: Value = serde_json::from_str(text).map_err(|_| {
            Fault::client("InvalidOutput", format!("Invalid Output: '{}'", labctl_asl::json_error(text)))
        })?;
        self.answer_task(token, |task| Signal::TaskSucceeded { task, output }).await
    }

    pub(super) async fn send_task_failure(&self, call: &Call) -> Result<Answer, Fault> {
        let token = self.readable_token(call)?;
        let (error, cause) = error_and_cause(&call.input);
        self.answer_task(token, |task| Signal::TaskFailed {
            task,
            error: error.unwrap_or_default(),
            cause: cause.unwrap_or_default(),
        })
        .await
    }

    pub(super) fn send_task_heartbeat(&self, call: &Call) -> Result<Answer, Fault> {
        let token = self.readable_token(call)?;
        let waiting = self.tokens.waiting(token).ok_or_else(timed_out)?;
        self.tell(&waiting, Signal::TaskHeartbeat(waiting.task));
        Ok(Answer::members(json!({})))
    }

    /// The token of a request whose caller may answer it. A policy may name `*` or the machine.
    fn readable_token<'call>(&self, call: &'call Call) -> Result<&'call str, Fault> {
        let token = text(&call.input, "taskToken");
        let machine = self.tokens.machine(token);
        let resource = machine.as_deref().unwrap_or("*");
        self.permit(call, resource)?;
        match machine {
            Some(_) => Ok(token),
            // A token of an earlier life of the endpoint, or of long ago: its task is over.
            None if labctl_asl::is_task_token(token) => Err(timed_out()),
            None => Err(invalid_token()),
        }
    }

    /// Answers the task that waits, once: whoever closes the token has answered. Waits until the execution has gone on as far as
    /// it can, so that the answer, and an end that came of it, are in the store before they are acknowledged.
    async fn answer_task(&self, token: &str, signal: impl FnOnce(TaskId) -> Signal) -> Result<Answer, Fault> {
        let waiting = self.tokens.waiting(token).ok_or_else(timed_out)?;
        self.tokens.close(token);
        let (kept, is_kept) = oneshot::channel();
        let busy = self.deps.clock.busy();
        waiting.execution.tell(Message { signal: signal(waiting.task), busy, kept: Some(kept) });
        let _ = is_kept.await;
        Ok(Answer::members(json!({})))
    }

    fn tell(&self, waiting: &Waiting, signal: Signal) {
        waiting.execution.tell(Message::new(signal, self.deps.clock.busy()));
    }
}

fn timed_out() -> Fault {
    Fault::client("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
}
