//! The metrics of executions and tasks.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html>

use super::execution::{Billed, Facts, Progress, Status, billing};
use crate::service::MetricSink;
use labctl_asl::Resource;

const NAMESPACE: &str = "AWS/States";

/// Records that an execution started.
pub(super) fn started(sink: &dyn MetricSink, facts: &Facts) {
    let dimensions = [("StateMachineArn", facts.machine_arn.as_str())];
    sink.record(&facts.region, NAMESPACE, "ExecutionsStarted", &dimensions, facts.started_ms, 1.0, "Count");
}

/// Records how an execution ended, and how long it took.
pub(super) fn ended(sink: &dyn MetricSink, facts: &Facts, progress: &Progress) {
    let metric = match progress.status {
        Status::Running => return,
        Status::Succeeded => "ExecutionsSucceeded",
        Status::Failed => "ExecutionsFailed",
        Status::TimedOut => "ExecutionsTimedOut",
        Status::Aborted => "ExecutionsAborted",
    };
    let at = progress.stopped_ms.unwrap_or(facts.started_ms);
    let dimensions = [("StateMachineArn", facts.machine_arn.as_str())];
    sink.record(&facts.region, NAMESPACE, metric, &dimensions, at, 1.0, "Count");
    #[expect(clippy::cast_precision_loss, reason = "a year in milliseconds stays far below 2^53")]
    let passed = (at - facts.started_ms) as f64;
    sink.record(&facts.region, NAMESPACE, "ExecutionTime", &dimensions, at, passed, "Milliseconds");
}

/// Records what an EXPRESS execution is billed for. AWS gives no units in its list; these are milliseconds and bytes.
pub(super) fn billed(sink: &dyn MetricSink, facts: &Facts, progress: &Progress) {
    let at = progress.stopped_ms.unwrap_or(facts.started_ms);
    let dimensions = [("StateMachineArn", facts.machine_arn.as_str())];
    let Billed { duration_ms, memory_mb } = billing(facts, progress);
    #[expect(clippy::cast_precision_loss, reason = "five minutes at most, and the memory of one machine")]
    let figures = [
        ("ExpressExecutionBilledDuration", duration_ms as f64, "Milliseconds"),
        ("ExpressExecutionBilledMemory", (memory_mb * 1024 * 1024) as f64, "Bytes"),
    ];
    for (metric, value, unit) in figures {
        sink.record(&facts.region, NAMESPACE, metric, &dimensions, at, value, unit);
    }
}

/// Records the state transitions of a STANDARD execution, when it is over: AWS counts them by account and Region.
pub(super) fn transitions(sink: &dyn MetricSink, facts: &Facts, progress: &Progress, count: u64) {
    let at = progress.stopped_ms.unwrap_or(facts.started_ms);
    let dimensions = [("ServiceMetric", "StateTransition")];
    #[expect(clippy::cast_precision_loss, reason = "a history has 25,000 events at most")]
    let count = count as f64;
    sink.record(&facts.region, NAMESPACE, "ConsumedCapacity", &dimensions, at, count, "Count");
}

/// Records a step in the life of a task: `Scheduled`, `Started`, `Succeeded`, `Failed`.
pub(super) fn task(sink: &dyn MetricSink, region: &str, resource: &Resource, step: &str, at_ms: i64) {
    match resource {
        Resource::LambdaFunction { arn } => {
            let dimensions = [("LambdaFunctionArn", arn.as_str())];
            let metric = format!("LambdaFunctions{step}");
            sink.record(region, NAMESPACE, &metric, &dimensions, at_ms, 1.0, "Count");
        }
        Resource::Integration { .. } | Resource::AwsSdk { .. } => {
            let arn = format!("arn:aws:states:::{resource}");
            let dimensions = [("ServiceIntegrationResourceArn", arn.as_str())];
            let metric = format!("ServiceIntegrations{step}");
            sink.record(region, NAMESPACE, &metric, &dimensions, at_ms, 1.0, "Count");
        }
    }
}
