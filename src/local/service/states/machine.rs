//! A state machine: what is kept, and what runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::logging::Logging;
use crate::asl;

/// A state machine as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) region: String,
    pub(super) express: bool,
    pub(super) definition: String,
    pub(super) role_arn: String,
    pub(super) logging: Logging,
    pub(super) tracing: bool,
    pub(super) tags: BTreeMap<String, String>,
    /// Milliseconds since 1970.
    pub(super) created_ms: i64,
    /// Set by the first update.
    pub(super) revision: Option<String>,
    pub(super) updated_ms: Option<i64>,
    pub(super) deleting: bool,
}

/// A state machine with its definition read. Executions hold the one they were started with.
#[derive(Clone)]
pub(super) struct StateMachine {
    pub(super) record: Record,
    pub(super) definition: Arc<asl::Machine>,
}

/// Milliseconds since 1970 as this API writes a time.
pub(super) fn seconds(at_ms: i64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay far below 2^53")]
    let seconds = at_ms as f64 / 1000.0;
    json!(seconds)
}

impl Record {
    /// `STANDARD` or `EXPRESS`.
    pub(super) fn kind(&self) -> &'static str {
        if self.express { "EXPRESS" } else { "STANDARD" }
    }

    /// `DescribeStateMachine`'s answer.
    pub(super) fn describe(&self, with_definition: bool) -> Value {
        let mut answer = json!({
            "stateMachineArn": self.arn,
            "name": self.name,
            "status": if self.deleting { "DELETING" } else { "ACTIVE" },
            "definition": self.definition,
            "roleArn": self.role_arn,
            "type": self.kind(),
            "creationDate": seconds(self.created_ms),
            "loggingConfiguration": self.logging.to_wire(),
            "tracingConfiguration": { "enabled": self.tracing },
        });
        if let Some(members) = answer.as_object_mut() {
            if let Some(revision) = &self.revision {
                members.insert("revisionId".to_owned(), json!(revision));
            }
            if !with_definition {
                members.remove("definition");
            }
        }
        answer
    }

    /// `DescribeStateMachineForExecution`'s answer.
    pub(super) fn describe_for_execution(&self) -> Value {
        let mut answer = json!({
            "stateMachineArn": self.arn,
            "name": self.name,
            "definition": self.definition,
            "roleArn": self.role_arn,
            "updateDate": seconds(self.updated_ms.unwrap_or(self.created_ms)),
            "loggingConfiguration": self.logging.to_wire(),
            "tracingConfiguration": { "enabled": self.tracing },
        });
        if let (Some(revision), Some(members)) = (&self.revision, answer.as_object_mut()) {
            members.insert("revisionId".to_owned(), json!(revision));
        }
        answer
    }
}
