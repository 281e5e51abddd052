//! A state machine that a page is of.

use serde_json::{Value, json};

use crate::console::ask::{Ask, Refusal};
use crate::member::Member as _;

/// A machine as DescribeStateMachine tells it.
pub(super) struct Machine {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) is_express: bool,
    pub(super) described: Value,
}

impl Machine {
    /// # Errors
    /// When it is not there, or not for this browser.
    pub(super) async fn find(ask: &Ask<'_>, name: &str) -> Result<Self, Refusal> {
        ask.must_see(name)?;
        let arn = ask.arn("states", &format!("stateMachine:{name}"));
        let described = ask.call("states", "DescribeStateMachine", json!({"stateMachineArn": arn})).await;
        let described = described.map_err(|_| Refusal::NotFound)?;
        let is_express = described.member("type") == "EXPRESS";
        Ok(Self { name: name.to_owned(), arn, is_express, described })
    }

    /// The definition's text.
    pub(super) fn definition(&self) -> &str {
        self.described.member("definition").as_str().unwrap_or_default()
    }

    /// The log group that executions are logged into.
    pub(super) fn log_group(&self) -> Option<&str> {
        let arn = self.described.pointer("/loggingConfiguration/destinations/0/cloudWatchLogsLogGroup/logGroupArn")?;
        Some(arn.as_str()?.split_once(":log-group:")?.1.trim_end_matches(":*"))
    }

    /// The words and paths that lead to it.
    pub(super) fn trail(&self, ask: &Ask<'_>) -> Vec<(String, String)> {
        vec![
            ("State machines".to_owned(), ask.path(&["machines"])),
            (self.name.clone(), ask.path(&["machines", &self.name])),
        ]
    }
}
