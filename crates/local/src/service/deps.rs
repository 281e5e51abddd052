//! What every service is given.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{Authority, LogSink, MetricSink, QueueSink};
use crate::clock::Clock;
use crate::mock::Mocks;
use crate::store::Store;

/// What every service is given when it is made. Cheap to clone; all clones share one clock, one store, one IAM.
#[derive(Clone)]
pub struct Deps {
    /// The endpoint's time.
    pub clock: Clock,
    /// Where state is kept; a service reads its tables once, when it is made.
    pub store: Store,
    /// A folder of the endpoint's own for files (unpacked function code): the store's folder, or a temporary one that
    /// goes when the endpoint stops.
    pub folder: PathBuf,
    /// The account's twelve digits.
    pub account: String,
    /// IAM.
    pub authority: Arc<dyn Authority>,
    /// CloudWatch Logs.
    pub logs: Arc<dyn LogSink>,
    /// CloudWatch.
    pub metrics: Arc<dyn MetricSink>,
    /// SQS.
    pub queues: Arc<dyn QueueSink>,
    /// `http://127.0.0.1:PORT`, set once the endpoint listens, before the first request.
    pub endpoint_url: Arc<OnceLock<String>>,
    /// Whether sizes and counts are limited as AWS publishes them.
    pub published_limits: bool,
    /// How long executions that are over are kept.
    pub keep: Duration,
    /// The python3 that runs handlers; `None` looks for one on the path.
    pub python: Option<PathBuf>,
    /// Answers in place of the services that the endpoint does not have.
    pub mocks: Mocks,
}
