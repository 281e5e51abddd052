//! One attempt of a task, and what it is carried out with.

use std::sync::{Arc, OnceLock, Weak};

use super::access::Access;
use super::engine::Engine;
use super::execution::{Execution, Message};
use crate::mock::MockAnswer;
use crate::random;
use crate::service::{Invoker, QueueSink, Service};
use crate::wire::{Caller, Fault};
use labctl_asl::{Signal, Task};

/// What a call came to: its answer, or error name and cause.
pub(super) type Outcome = Result<serde_json::Value, Failure>;

/// Why a task failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) error: String,
    pub(super) cause: String,
}

impl Failure {
    /// A refused call of a service, as integrations word it: `Lambda.ResourceNotFoundException`, and for errors that the
    /// service's model does not list `Lambda.AWSLambdaException`.
    pub(super) fn of_call(fault: &Fault, prefix: &str, service: &str, modelled: &[&str]) -> Self {
        let known = modelled.contains(&fault.code.as_str());
        let name = match (known, fault.code.ends_with("Exception")) {
            (true, true) => fault.code.clone(),
            (true, false) => format!("{}Exception", fault.code),
            (false, _) => format!("{service}Exception"),
        };
        let cause = format!(
            "{} (Service: {service}; Status Code: {}; Error Code: {}; Request ID: {}; Proxy: null)",
            fault.message,
            fault.status,
            fault.code,
            random::uuid()
        );
        Self { error: format!("{prefix}.{name}"), cause }
    }
}

/// Characters of an error's name and of a cause, as the API's model has them for every answer.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TaskFailedEventDetails.html>
const LONGEST_ERROR: usize = 256;
const LONGEST_CAUSE: usize = 32_768;

/// Cuts a text to so many characters.
fn cut(text: &mut String, longest: usize) {
    if let Some((at, _)) = text.char_indices().nth(longest) {
        text.truncate(at);
    }
}

/// The services of the endpoint by signing name. Weak, because some of them hold this one.
pub(super) type Peers = Vec<(&'static str, Weak<dyn Service>)>;

/// What tasks are carried out with.
pub(super) struct Surroundings {
    pub(super) engine: Arc<Engine>,
    pub(super) access: Access,
    pub(super) invoker: Arc<dyn Invoker>,
    pub(super) queues: Arc<dyn QueueSink>,
    /// Set before the first request.
    pub(super) peers: OnceLock<Peers>,
}

impl Surroundings {
    /// A service of the endpoint, unless it is stopping.
    pub(super) fn peer(&self, signing: &str) -> Option<Arc<dyn Service>> {
        self.peers.get()?.iter().find(|(name, _)| *name == signing)?.1.upgrade()
    }
}

/// Everything a task needs to be carried out.
pub(super) struct Errand {
    pub(super) surroundings: Arc<Surroundings>,
    pub(super) execution: Arc<Execution>,
    pub(super) task: Task,
    /// The execution role.
    pub(super) caller: Caller,
    /// The answer of a mock, or why there is none, for what the endpoint does not have itself.
    pub(super) mocked: Option<Result<MockAnswer, Failure>>,
}

impl Errand {
    /// Reports to the driver; time does not jump before it has heard.
    pub(super) fn report(&self, mut signal: Signal) {
        if let Signal::TaskFailed { error, cause, .. } = &mut signal {
            cut(error, LONGEST_ERROR);
            cut(cause, LONGEST_CAUSE);
        }
        let busy = self.surroundings.engine.clock.busy();
        self.execution.tell(Message::new(signal, busy));
    }

    pub(super) fn region(&self) -> &str {
        &self.execution.facts.region
    }
}
