//! Calls that were sent and are not answered.

use std::fmt::Debug;
use std::time::Duration;

/// A call without an answer so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnansweredCall {
    /// `cloudwatch:PutDashboard`.
    pub operation: String,
    /// The URL it was sent to.
    pub endpoint: String,
    /// Milliseconds since 1970 when it was sent.
    pub since_ms: i64,
    /// How long there has been no answer.
    pub waited: Duration,
    /// How long it is tried in all.
    pub patience: Duration,
}

/// Hears of calls that are not answered.
pub trait CallListener: Debug + Send + Sync {
    /// A call was sent a while ago, and there is no answer yet. Said once of each attempt.
    fn unanswered(&self, call: &UnansweredCall);
}
