//! Which resource: a kind and an exact name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kinds of resource labctl makes, in the order of the ranks they are made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An IAM role with its inline policies.
    Role,
    /// A CloudWatch Logs log group.
    LogGroup,
    /// A Lambda function.
    Function,
    /// An SQS queue.
    Queue,
    /// A Step Functions state machine.
    StateMachine,
    /// A CloudWatch dashboard.
    Dashboard,
}

impl Kind {
    /// Every kind, in rank order.
    pub const ALL: [Self; 6] =
        [Self::Role, Self::LogGroup, Self::Function, Self::Queue, Self::StateMachine, Self::Dashboard];

    /// The rank in which a kind is made: all of one rank at once, ranks in order; teardown runs them backwards.
    pub fn rank(self) -> u8 {
        match self {
            Self::Role | Self::LogGroup => 0,
            Self::Function | Self::Queue => 1,
            Self::StateMachine => 2,
            Self::Dashboard => 3,
        }
    }

    /// Whether it is the account's, and seen from every region: IAM's roles and CloudWatch's dashboards.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html>
    pub fn is_global(self) -> bool {
        matches!(self, Self::Role | Self::Dashboard)
    }

    /// The word used on the command line, in JSON and in tags.
    pub fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::LogGroup => "log-group",
            Self::Function => "function",
            Self::Queue => "queue",
            Self::StateMachine => "state-machine",
            Self::Dashboard => "dashboard",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// A kind and the exact name AWS knows the resource by (a log group's full name, a function's bare name).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// Its name in the account.
    pub name: String,
}

impl Key {
    /// The key of a resource.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.name)
    }
}
