//! The types of state machines. <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// STANDARD or EXPRESS. Cannot be changed after creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MachineType {
    /// Durable, with a history.
    Standard,
    /// At most five minutes; its log group is the only record.
    Express,
}
