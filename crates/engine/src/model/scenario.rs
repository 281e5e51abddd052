//! Scenarios: one execution each, with what must come out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ExecutionStatus, IntegrationMock};

/// What an execution must show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The execution's status.
    pub status: ExecutionStatus,
    /// Every value named here must stand in the output (objects by key, arrays and scalars whole).
    #[serde(default)]
    pub output: Option<Value>,
    /// The error name of a failed execution.
    #[serde(default)]
    pub error: Option<String>,
    /// The states entered, in order; a Parallel's or Map's inner states follow it branch by branch as the definition lists them.
    #[serde(default)]
    pub path: Option<Vec<String>>,
}

/// One scenario of a pack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// A short name, unique in the pack (`valid-order`).
    pub name: String,
    /// One line for the instructor.
    pub title: String,
    /// The machine, by its name in the pack (without the user's prefix).
    pub machine: String,
    /// The execution's input.
    pub input: Value,
    /// What must come out.
    pub expect: Expectation,
    /// Real time the scenario waits on a service whose clock cannot jump, in seconds; above 30 it is slow.
    #[serde(default)]
    pub waits_seconds: u32,
    /// The boolean setting that switches it on; absent is always on.
    #[serde(default)]
    pub when: Option<String>,
    /// Where in the input `verify` puts a text of its own run (a JSON pointer), which the output must have at the same place.
    #[serde(default)]
    pub nonce: Option<String>,
    /// The stage of the lesson from which on it can run; without one, with the whole lab.
    #[serde(default)]
    pub stage: Option<String>,
    /// Mocks of its executions on the local endpoint, which outweigh the pack's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mocks: Vec<IntegrationMock>,
}

impl Scenario {
    /// Whether a user's settings switch it on.
    pub fn is_on(&self, settings: &BTreeMap<String, Value>) -> bool {
        self.when.as_ref().is_none_or(|setting| settings.get(setting).and_then(Value::as_bool).unwrap_or(false))
    }
}
