//! What invocations of all functions share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::record::{Record, absolute};
use crate::runtime::{Function, Runtime};
use crate::service::Deps;
use crate::wire::Fault;

/// Requests at a time in an account and region, before anybody asks for more; where the endpoint has AWS's quotas.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const CONCURRENCY: usize = 1000;

/// Counts a request for as long as it is held.
pub(super) struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What runs functions: the runtime, and how many requests there are.
pub(super) struct Invocations {
    pub(super) deps: Deps,
    pub(super) runtime: Arc<Runtime>,
    /// Requests at work or in line, across all functions.
    concurrent: Arc<AtomicUsize>,
    /// Asynchronous invocations.
    background: Mutex<JoinSet<()>>,
}

impl Invocations {
    pub(super) fn new(deps: &Deps, runtime: &Arc<Runtime>) -> Self {
        Self {
            deps: deps.clone(),
            runtime: Arc::clone(runtime),
            concurrent: Arc::default(),
            background: Mutex::default(),
        }
    }

    pub(super) fn background(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.background.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all handlers, also those at work, and returns when their processes are gone.
    pub(super) async fn shutdown(&self) {
        let mut background = std::mem::take(&mut *self.background());
        background.abort_all();
        self.runtime.shutdown().await;
    }

    /// Counts a request, and how many there are now. Without AWS's quotas as many as come wait in line: a laptop is slower than AWS,
    /// and what it has not come to yet is no failure of whoever asks.
    ///
    /// # Errors
    /// `TooManyRequestsException`.
    pub(super) fn count_in(&self, region: &str, function: &str) -> Result<(Running, usize), Fault> {
        let now = self.concurrent.fetch_add(1, Ordering::AcqRel) + 1;
        let running = Running(Arc::clone(&self.concurrent));
        if now <= CONCURRENCY || !self.deps.published_limits {
            return Ok((running, now));
        }
        let at = self.deps.clock.now_ms();
        let dimensions = [("FunctionName", function)];
        self.deps.metrics.record(region, "AWS/Lambda", "Throttles", &dimensions, at, 1.0, "Count");
        let mut fault = Fault::client("TooManyRequestsException", "Rate Exceeded.").status(429);
        fault.members = json!({ "Reason": "ConcurrentInvocationLimitExceeded", "Type": "User" });
        Err(fault)
    }

    /// The function as the runtime needs it.
    pub(super) fn runnable(&self, record: &Record) -> Function {
        let authority = Arc::clone(&self.deps.authority);
        let (role, session) = (record.configuration.role.clone(), record.name.clone());
        let clock = self.deps.clock.clone();
        Function {
            arn: record.arn.clone(),
            name: record.name.clone(),
            version: "$LATEST".to_owned(),
            revision: record.revision.clone(),
            handler: record.configuration.handler.clone(),
            memory_mb: record.configuration.memory,
            timeout: Duration::from_secs(record.configuration.timeout),
            log_group: record.log_group(),
            code: absolute(&self.deps.folder, &record.code_folder()),
            region: record.region.clone(),
            runtime: record.configuration.runtime.clone(),
            environment: Arc::clone(&record.configuration.environment),
            endpoint_url: self.deps.endpoint_url.get().cloned().unwrap_or_default(),
            wants_boto3: record.package.wants_boto3,
            keys: Arc::new(move || authority.temporary_keys(&role, &session)),
            stream: Arc::new(move || log_stream(clock.now_ms())),
        }
    }
}

fn log_stream(at_ms: i64) -> String {
    let day = jiff::Timestamp::from_millisecond(at_ms).map(|at| at.strftime("%Y/%m/%d").to_string());
    format!("{}/[$LATEST]{}", day.unwrap_or_default(), crate::random::hex::<16>())
}
