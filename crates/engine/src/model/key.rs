//! Which resource: a kind and an exact name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The one list of kinds, in the order in which they are told and sorted: the file of each in `kind` and in `cloud/sdk/kind`, its name, and
/// its word on the command line, in JSON and in tags. Whoever needs something of every kind hands in a macro that makes it.
macro_rules! kinds {
    ($make:ident) => {
        $make! {
            /// An IAM role with its inline policies.
            role Role "role"
            /// A CloudWatch Logs log group.
            log_group LogGroup "log-group"
            /// A Lambda function.
            function Function "function"
            /// An SQS queue.
            queue Queue "queue"
            /// A resource of any type, through the Cloud Control API.
            any_resource AnyResource "resource"
            /// A Step Functions state machine.
            state_machine StateMachine "state-machine"
            /// A CloudWatch dashboard.
            dashboard Dashboard "dashboard"
        }
    };
}
pub(crate) use kinds;

macro_rules! kind {
    ($($(#[$doc:meta])* $module:ident $name:ident $word:literal)*) => {
        /// The kinds of resource labctl makes. What each is, its file in `kind` says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Kind {
            /// Every kind, in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word used on the command line, in JSON and in tags.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}
kinds!(kind);

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
