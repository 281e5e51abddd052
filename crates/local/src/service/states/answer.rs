//! SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token>

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::access::Access;
use super::engine::Engine;
use super::execution::Message;
use super::fault::invalid_token;
use super::state::text;
use super::stop::error_and_cause;
use super::token::Tokens;
use crate::wire::{Answer, Call, Fault};
use labctl_asl::{self, Signal, TaskId};

pub(super) async fn send_task_success(access: &Access, engine: &Engine, call: &Call) -> Result<Answer, Fault> {
    let token = readable_token(access, &engine.tokens, call)?;
    let text = text(&call.input, "output");
    let output: Value = serde_json::from_str(text)
        .map_err(|_| Fault::client("InvalidOutput", format!("Invalid Output: '{}'", labctl_asl::json_error(text))))?;
    answer_task(engine, token, |task| Signal::TaskSucceeded { task, output }).await
}

pub(super) async fn send_task_failure(access: &Access, engine: &Engine, call: &Call) -> Result<Answer, Fault> {
    let token = readable_token(access, &engine.tokens, call)?;
    let (error, cause) = error_and_cause(&call.input);
    answer_task(engine, token, |task| Signal::TaskFailed {
        task,
        error: error.unwrap_or_default(),
        cause: cause.unwrap_or_default(),
    })
    .await
}

pub(super) fn send_task_heartbeat(access: &Access, engine: &Engine, call: &Call) -> Result<Answer, Fault> {
    let token = readable_token(access, &engine.tokens, call)?;
    let waiting = engine.tokens.waiting(token).ok_or_else(timed_out)?;
    waiting.execution.tell(Message::new(Signal::TaskHeartbeat(waiting.task), engine.clock.busy()));
    Ok(Answer::members(json!({})))
}

/// The token of a request whose caller may answer it. A policy may name `*` or the machine.
fn readable_token<'call>(access: &Access, tokens: &Tokens, call: &'call Call) -> Result<&'call str, Fault> {
    let token = text(&call.input, "taskToken");
    let machine = tokens.machine(token);
    let resource = machine.as_deref().unwrap_or("*");
    access.permit(call, resource)?;
    match machine {
        Some(_) => Ok(token),
        // A token of an earlier life of the endpoint, or of long ago: its task is over.
        None if labctl_asl::is_task_token(token) => Err(timed_out()),
        None => Err(invalid_token()),
    }
}

/// Answers the task that waits, once: whoever closes the token has answered. Waits until the execution has gone on as far as
/// it can, so that the answer, and an end that came of it, are in the store before they are acknowledged.
async fn answer_task(engine: &Engine, token: &str, signal: impl FnOnce(TaskId) -> Signal) -> Result<Answer, Fault> {
    let waiting = engine.tokens.waiting(token).ok_or_else(timed_out)?;
    engine.tokens.close(token);
    let (kept, is_kept) = oneshot::channel();
    let busy = engine.clock.busy();
    waiting.execution.tell(Message { signal: signal(waiting.task), busy, kept: Some(kept) });
    let _ = is_kept.await;
    Ok(Answer::members(json!({})))
}

fn timed_out() -> Fault {
    Fault::client("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
}
