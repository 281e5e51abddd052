//! Mocks: answers in place of services that the local endpoint does not have.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Answers of one integration, as `mocks.yaml` or a scenario lists them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegrationMock {
    /// As a Resource names it behind `arn:aws:states:::`: `dynamodb:putItem`, `ecs:runTask.sync`, `aws-sdk:bedrockruntime:invokeModel`.
    pub integration: String,
    /// What must be in the call's arguments: objects by key, everything else whole. Without it, any arguments fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Map<String, Value>>,
    /// Taken in turn by each state of an execution; the last one stays.
    #[schemars(length(min = 1))]
    pub answers: Vec<MockedAnswer>,
}

/// One answer: an `output`, an `error`, or what becomes of the `token`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MockedAnswer {
    /// The result of the call, of the job that it started, or of the token.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The name of an error, as Retry and Catch match it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The error's cause: a text, or a value that is given as its JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Value>,
    /// What becomes of the token of a `.waitForTaskToken`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenAnswer>,
    /// What the call itself answers, before its job is over or its token comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<Value>,
    /// How long it takes; of a job or a token from the call's answer on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 31_536_000))]
    pub delay_seconds: Option<f64>,
}

/// What becomes of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenAnswer {
    /// It comes back with the output.
    Success,
    /// It comes back with the error.
    Failure,
    /// It does not come back by itself.
    Silent,
}

/// A value that is there, `null` too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl MockedAnswer {
    /// What is wrong with it, and what would be right; `waits_for_token` says of what integration it is.
    pub fn mistake(&self, waits_for_token: bool) -> Option<(&'static str, &'static str)> {
        let (output, error, token) = (self.output.is_some(), self.error.is_some(), self.token);
        match (waits_for_token, token) {
            (false, Some(_)) => Some((
                "only a `.waitForTaskToken` has a token",
                "leave `token` out, or write `.waitForTaskToken` behind the integration",
            )),
            (true, None) if output => Some((
                "it waits for its token, and this does not say what becomes of it",
                "add `token: success`, or write the call's own answer as `submitted` and `token: silent`",
            )),
            (_, Some(TokenAnswer::Success)) if error => {
                Some(("a token that succeeds has no error", "write `token: failure`, or leave `error` out"))
            }
            (_, Some(TokenAnswer::Failure)) if output => {
                Some(("a token that fails has no output", "write `token: success`, or leave `output` out"))
            }
            (_, Some(TokenAnswer::Silent)) if output || error => Some((
                "a token that does not come back has neither output nor error",
                "leave them out, or write `token: success` or `token: failure`",
            )),
            (_, None) if output && error => {
                Some(("it has both an output and an error", "write two answers: they are taken in turn"))
            }
            (_, None) if !output && !error => {
                Some(("it says nothing", "give it an `output`, an `error` or, where a token is waited for, a `token`"))
            }
            _ if self.cause.is_some() && !error => {
                Some(("it has a cause and no error", "add `error` with the error's name"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> MockedAnswer {
        serde_json::from_str(yaml).unwrap()
    }

    #[test]
    fn an_answer_says_one_thing() {
        for (answer, token, mistake) in [
            (r#"{"output": null}"#, false, ""),
            (r#"{"error": "E", "cause": {"a": 1}, "delay_seconds": 2.5}"#, true, ""),
            (r#"{"token": "success"}"#, true, ""),
            (r#"{"token": "failure", "error": "E", "cause": "c"}"#, true, ""),
            (r#"{"token": "silent", "submitted": {}}"#, true, ""),
            (r#"{"output": 1}"#, true, "does not say what becomes of it"),
            (r#"{"token": "silent"}"#, false, "only a `.waitForTaskToken`"),
            (r#"{"token": "success", "error": "E"}"#, true, "succeeds has no error"),
            (r#"{"token": "failure", "output": 1}"#, true, "fails has no output"),
            (r#"{"token": "silent", "output": 1}"#, true, "neither output nor error"),
            (r#"{"output": 1, "error": "E"}"#, false, "both"),
            ("{}", false, "says nothing"),
            (r#"{"output": 1, "cause": "c"}"#, false, "no error"),
        ] {
            let found = read(answer).mistake(token).map(|(what, _)| what);
            assert_eq!(found.is_some(), !mistake.is_empty(), "{answer}: {found:?}");
            assert!(found.unwrap_or_default().contains(mistake), "{answer}: {found:?}");
        }
    }
}
