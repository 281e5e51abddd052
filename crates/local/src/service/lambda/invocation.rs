//! One invocation: run, logged, measured.

use std::sync::Arc;

use super::invocations::Invocations;
use super::record::Record;
use crate::arn::arn;
use crate::clock::Clock;
use crate::runtime::{Function, Ran, Runtime};
use crate::service::{Authority, Invoked, LogSink, MetricSink};
use crate::wire::{Caller, Fault};

/// Everything one invocation needs, apart from the service, so that it can outlive the request that asked for it.
pub(super) struct Invocation {
    function: Function,
    payload: Vec<u8>,
    concurrent: usize,
    caller: Caller,
    log_arn: String,
    clock: Clock,
    authority: Arc<dyn Authority>,
    logs: Arc<dyn LogSink>,
    metrics: Arc<dyn MetricSink>,
}

impl Invocation {
    pub(super) fn new(invocations: &Invocations, record: &Record, payload: Vec<u8>, concurrent: usize) -> Self {
        let function = invocations.runnable(record);
        let deps = &invocations.deps;
        let log_arn = arn("logs", &record.region, &deps.account, &format!("log-group:{}", function.log_group));
        let role_arn = record.configuration.role.clone();
        Self {
            caller: Caller::Role { role_arn, session: record.name.clone() },
            log_arn,
            function,
            payload,
            concurrent,
            clock: deps.clock.clone(),
            authority: Arc::clone(&deps.authority),
            logs: Arc::clone(&deps.logs),
            metrics: Arc::clone(&deps.metrics),
        }
    }

    /// Runs the function once. Gives what came of it.
    ///
    /// # Errors
    /// `ServiceException` when handlers cannot be run here.
    pub(super) async fn run(&self, runtime: &Runtime) -> Result<Invoked, Fault> {
        let request_id = crate::random::uuid();
        let begun_ms = self.clock.now_ms();
        let ran = runtime
            .run(&self.function, &request_id, &self.payload)
            .await
            .map_err(|error| Fault::client("ServiceException", error.to_string()).status(500))?;
        let log = log_lines(&ran, &self.function, &request_id);
        self.write_log(&ran, &log, begun_ms);
        self.measure(&ran, begun_ms);
        Ok(Invoked {
            payload: ran.payload,
            function_error: ran.failed.then_some("Unhandled"),
            version: self.function.version.clone(),
            request_id,
            log,
        })
    }

    /// Writes the log as far as the function's role allows, as Lambda does.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>
    fn write_log(&self, ran: &Ran, log: &[String], begun_ms: i64) {
        let may = |action: &str, resource: &str| self.authority.authorize(&self.caller, action, resource).is_ok();
        let stream_arn = format!("{}:log-stream:{}", self.log_arn, ran.stream);
        if !may("logs:PutLogEvents", &stream_arn) || !may("logs:CreateLogStream", &format!("{}:*", self.log_arn)) {
            return;
        }
        let make_group = may("logs:CreateLogGroup", &format!("{}:*", self.log_arn));
        let ended_ms = self.clock.now_ms();
        let last = log.len().saturating_sub(2);
        let messages: Vec<(i64, String)> = log
            .iter()
            .enumerate()
            .map(|(index, line)| (if index < last { begun_ms } else { ended_ms }, format!("{line}\n")))
            .collect();
        self.logs.write(&self.function.region, &self.function.log_group, &ran.stream, messages, make_group);
    }

    /// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>
    fn measure(&self, ran: &Ran, begun_ms: i64) {
        let dimensions = [("FunctionName", self.function.name.as_str())];
        let record = |metric: &str, value: f64, unit: &str| {
            self.metrics.record(&self.function.region, "AWS/Lambda", metric, &dimensions, begun_ms, value, unit);
        };
        record("Invocations", 1.0, "Count");
        record("Errors", if ran.failed { 1.0 } else { 0.0 }, "Count");
        record("Throttles", 0.0, "Count");
        record("Duration", ran.duration_ms, "Milliseconds");
        #[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
        record("ConcurrentExecutions", self.concurrent as f64, "Count");
    }
}

/// The log of one request, START to REPORT.
fn log_lines(ran: &Ran, function: &Function, request_id: &str) -> Vec<String> {
    let mut lines = Vec::with_capacity(ran.lines.len() + 3);
    lines.push(format!("START RequestId: {request_id} Version: {}", function.version));
    lines.extend(ran.lines.iter().cloned());
    lines.push(format!("END RequestId: {request_id}"));
    let init = ran.init_ms.map(|init| format!("Init Duration: {init:.2} ms\t")).unwrap_or_default();
    let status = ran.status.map(|status| format!("Status: {status}")).unwrap_or_default();
    lines.push(format!(
        "REPORT RequestId: {request_id}\tDuration: {:.2} ms\tBilled Duration: {:.0} ms\tMemory Size: {} MB\tMax Memory \
         Used: {} MB\t{init}{status}",
        ran.duration_ms,
        ran.duration_ms.ceil(),
        function.memory_mb,
        ran.memory_mb,
    ));
    lines
}
