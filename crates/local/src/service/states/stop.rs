//! StopExecution. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html>

use crate::member::Member as _;
use serde_json::json;

use super::access::Access;
use super::engine::Engine;
use super::machine::seconds;
use super::name::checked_execution_arn;
use super::state::text;
use crate::wire::{Answer, Call, Fault};

pub(super) async fn stop_execution(access: &Access, engine: &Engine, call: &Call) -> Result<Answer, Fault> {
    let arn = checked_execution_arn(text(&call.input, "executionArn"))?;
    access.permit(call, arn)?;
    let (error, cause) = error_and_cause(&call.input);
    let execution = engine.registry.execution(arn)?;
    engine.stop(&execution, error, cause);
    // Whoever asks next sees it stopped; one that was over before keeps its date.
    execution.wait().await;
    let stopped = execution.progress().stopped_ms.unwrap_or_else(|| engine.clock.now_ms());
    Ok(Answer::members(json!({ "stopDate": seconds(stopped) })))
}

/// Reads `error` and `cause`.
pub(super) fn error_and_cause(input: &serde_json::Value) -> (Option<String>, Option<String>) {
    let read = |member: &str| input.member(member).as_str().map(str::to_owned);
    (read("error"), read("cause"))
}
