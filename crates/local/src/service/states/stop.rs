//! StopExecution. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html>

use crate::member::Member as _;
use serde_json::json;

use super::machine::seconds;
use super::name::checked_execution_arn;
use super::service::Inner;
use super::state::text;
use crate::wire::{Answer, Call, Fault};

impl Inner {
    pub(super) async fn stop_execution(&self, call: &Call) -> Result<Answer, Fault> {
        let arn = checked_execution_arn(text(&call.input, "executionArn"))?;
        self.permit(call, arn)?;
        let (error, cause) = error_and_cause(&call.input);
        let execution = self.execution(arn)?;
        self.stop(&execution, error, cause);
        // Whoever asks next sees it stopped; one that was over before keeps its date.
        execution.wait().await;
        let stopped = execution.progress().stopped_ms.unwrap_or_else(|| self.deps.clock.now_ms());
        Ok(Answer::members(json!({ "stopDate": seconds(stopped) })))
    }
}

/// Reads `error` and `cause`.
pub(super) fn error_and_cause(input: &serde_json::Value) -> (Option<String>, Option<String>) {
    let read = |member: &str| input.member(member).as_str().map(str::to_owned);
    (read("error"), read("cause"))
}
