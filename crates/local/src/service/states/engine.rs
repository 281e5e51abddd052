//! What executions run on.

use std::sync::Arc;

use super::execution::{Execution, Message};
use super::registry::Registry;
use super::token::Tokens;
use crate::clock::Clock;
use crate::mock::Mocks;
use crate::service::{LogSink, MetricSink};
use labctl_asl::Signal;

/// What drivers share: where executions are kept, who waits for a token, and whom they tell what they do.
pub(super) struct Engine {
    pub(super) clock: Clock,
    pub(super) registry: Arc<Registry>,
    pub(super) tokens: Tokens,
    pub(super) logs: Arc<dyn LogSink>,
    pub(super) metrics: Arc<dyn MetricSink>,
    pub(super) mocks: Mocks,
}

impl Engine {
    /// Tells an execution to stop.
    pub(super) fn stop(&self, execution: &Execution, error: Option<String>, cause: Option<String>) {
        execution.tell(Message::new(Signal::Stop { error, cause }, self.clock.busy()));
    }
}
