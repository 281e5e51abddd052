//! What users used: executions, calls and bytes as CloudWatch counted them, transitions and what calls are billed for as log groups tell.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::super::failure::Failure;
use super::counted::{self, Calls};
use super::lab::{BilledFunction, BilledLab, BilledMachine};
use crate::cloud::{Cloud, CloudError, MetricQuery};
use crate::kind::Function;
use crate::report::Usage;

/// Users whose log groups are read at once.
const AT_ONCE: usize = 16;
/// Bytes of a megabyte.
const MEGABYTE: u64 = 1 << 20;

/// A user whose lab was used.
pub(super) struct Measurement<'a> {
    pub(super) cloud: &'a dyn Cloud,
    pub(super) lab: &'a BilledLab,
    /// What an execution of each machine is expected to use, by the machine's name, where its states are not known.
    pub(super) transitions_each: &'a dyn Fn(&str) -> u64,
    /// Milliseconds since 1970, whole hours.
    pub(super) since_ms: i64,
    pub(super) until_ms: i64,
}

/// What a user used, and what of it is an estimate.
#[derive(Clone, Debug, Default)]
pub(super) struct Used {
    pub(super) usage: Usage,
    pub(super) notes: Vec<&'static str>,
}

/// Figures of CloudWatch are best effort, and some are not counted one by one.
const LOST_TRANSITIONS: &str =
    "CloudWatch counts more executions than logs and histories tell of: the rest is taken to be like them";
const UNKNOWN_TRANSITIONS: &str =
    "of some machines neither log nor history is left: their executions are taken to go as scenarios expect";
const LOST_CALLS: &str =
    "CloudWatch counts more calls of functions than their logs tell of: the rest is taken to be like them";
const SUMMED_CALLS: &str = "what calls of functions lasted is CloudWatch's sum, and each is rounded up by 1 ms";

/// What users used, in their order.
///
/// # Errors
/// What cannot be read.
pub(super) async fn measured(users: Vec<Measurement<'_>>) -> Result<Vec<Used>, Failure> {
    let used = stream::iter(users.iter().map(of_user)).buffered(AT_ONCE).try_collect::<Vec<_>>().await;
    Ok(used?)
}

async fn of_user(user: &Measurement<'_>) -> Result<Used, CloudError> {
    let mut found = Used::default();
    // Logs first: an endpoint that holds figures back has counted by then what it has told.
    let mut counted = Vec::new();
    for machine in &user.lab.machines {
        let standard = !machine.is_express;
        let transitions =
            if standard { Some(counted::transitions(user.cloud, machine, user.since_ms).await?) } else { None };
        counted.push(transitions);
    }
    // Where reading is paced, a class of functions would take minutes, and calls last long beside a millisecond.
    let reads_calls = user.cloud.bucket("logs:FilterLogEvents").is_none();
    let mut calls = Vec::new();
    for function in &user.lab.functions {
        let group = Function::log_group(&function.name);
        let told = if reads_calls { Some(counted::calls(user.cloud, &group, user.since_ms).await?) } else { None };
        calls.push(told);
    }
    let metrics = Metrics::read(user).await?;
    for ((machine, counted), figures) in user.lab.machines.iter().zip(counted).zip(&metrics.machines) {
        if let Some(counted) = counted {
            found.standard(user, machine, &counted, figures.started);
        } else {
            found.usage.express_requests += figures.started;
            found.usage.express_mb_ms += figures.express_mb_ms();
        }
    }
    for ((function, told), figures) in user.lab.functions.iter().zip(calls).zip(&metrics.functions) {
        found.calls(function, told, *figures);
    }
    found.usage.log_bytes += metrics.log_bytes;
    Ok(found)
}

impl Used {
    fn standard(
        &mut self,
        user: &Measurement<'_>,
        machine: &BilledMachine,
        counted: &crate::report::Billable,
        started: u64,
    ) {
        let known = counted.executions();
        let scaled = |count: u64| if known < started { count.saturating_mul(started).div_ceil(known) } else { count };
        if known == 0 {
            self.usage.transitions += started.saturating_mul((user.transitions_each)(&machine.name));
            self.notes.extend((started > 0).then_some(UNKNOWN_TRANSITIONS));
        } else {
            self.usage.transitions += scaled(counted.transitions());
            self.usage.queue_requests += scaled(counted.queue_requests());
            self.notes.extend((known < started).then_some(LOST_TRANSITIONS));
        }
    }

    fn calls(&mut self, function: &BilledFunction, told: Option<Calls>, figures: CallFigures) {
        let told = told.unwrap_or_default();
        self.usage.invocations += told.count.max(figures.invocations);
        self.usage.lambda_mb_ms += if told.count >= figures.invocations {
            told.mb_ms
        } else if told.count > 0 {
            self.notes.push(LOST_CALLS);
            told.mb_ms.saturating_mul(figures.invocations).div_ceil(told.count)
        } else {
            self.notes.push(SUMMED_CALLS);
            (figures.duration_ms + figures.invocations).saturating_mul(function.memory_mb)
        };
    }
}

/// What CloudWatch counted of one machine.
#[derive(Clone, Copy, Default)]
struct MachineFigures {
    started: u64,
    billed_ms: u64,
    billed_memory: u64,
    billed_samples: u64,
}

impl MachineFigures {
    /// Duration by the usual memory: CloudWatch has no product of the two.
    fn express_mb_ms(self) -> u64 {
        if self.billed_samples == 0 {
            return self.started.saturating_mul(crate::report::express_mb_ms(1, 1));
        }
        let memory = self.billed_memory / self.billed_samples;
        // AWS names no unit. What is less than a megabyte is no number of bytes.
        let memory_mb = if memory >= MEGABYTE { memory / MEGABYTE } else { memory };
        self.billed_ms.saturating_mul(memory_mb)
    }
}

/// What CloudWatch counted of one function.
#[derive(Clone, Copy, Default)]
struct CallFigures {
    invocations: u64,
    duration_ms: u64,
}

/// What CloudWatch counted of one user's lab.
struct Metrics {
    machines: Vec<MachineFigures>,
    functions: Vec<CallFigures>,
    log_bytes: u64,
}

impl Metrics {
    /// Reads everything of a user with one call or two.
    async fn read(user: &Measurement<'_>) -> Result<Self, CloudError> {
        let lab = user.lab;
        let query = |namespace, metric, dimension: (&'static str, &String), counts_samples| MetricQuery {
            namespace,
            metric,
            dimension: (dimension.0, dimension.1.clone()),
            counts_samples,
        };
        let mut queries = Vec::new();
        for machine in &lab.machines {
            let of = |metric, samples| query("AWS/States", metric, ("StateMachineArn", &machine.arn), samples);
            queries.extend([
                of("ExecutionsStarted", false),
                of("ExpressExecutionBilledDuration", false),
                of("ExpressExecutionBilledMemory", false),
                of("ExpressExecutionBilledMemory", true),
            ]);
        }
        for function in &lab.functions {
            let of = |metric| query("AWS/Lambda", metric, ("FunctionName", &function.name), false);
            queries.extend([of("Invocations"), of("Duration")]);
        }
        let groups = lab.log_groups.iter();
        queries.extend(groups.map(|group| query("AWS/Logs", "IncomingBytes", ("LogGroupName", group), false)));
        let found = user.cloud.metrics(&queries, user.since_ms, user.until_ms).await?;
        let mut figures = found.into_iter().map(whole);
        let mut next = || figures.next().unwrap_or_default();
        Ok(Self {
            machines: (lab.machines.iter())
                .map(|_| MachineFigures {
                    started: next(),
                    billed_ms: next(),
                    billed_memory: next(),
                    billed_samples: next(),
                })
                .collect(),
            functions: (lab.functions.iter())
                .map(|_| CallFigures { invocations: next(), duration_ms: next() })
                .collect(),
            log_bytes: (lab.log_groups.iter()).map(|_| next()).sum(),
        })
    }
}

/// A figure that counts, rounded up.
fn whole(figure: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what is no count is nothing")]
    let figure = figure.ceil().clamp(0.0, 1e18) as u64;
    figure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function() -> BilledFunction {
        BilledFunction { name: "f".to_owned(), memory_mb: 128 }
    }

    #[test]
    fn calls_are_billed_as_logs_tell_and_else_as_cloudwatch_sums() {
        let figures = CallFigures { invocations: 4, duration_ms: 10 };
        let of = |told| {
            let mut used = Used::default();
            used.calls(&function(), told, figures);
            (used.usage.invocations, used.usage.lambda_mb_ms, used.notes)
        };
        assert_eq!(of(Some(Calls { count: 4, mb_ms: 1_000 })), (4, 1_000, vec![]));
        assert_eq!(of(Some(Calls { count: 5, mb_ms: 1_250 })), (5, 1_250, vec![]), "figures come late");
        assert_eq!(of(Some(Calls { count: 2, mb_ms: 500 })), (4, 1_000, vec![LOST_CALLS]));
        assert_eq!(of(None), (4, 14 * 128, vec![SUMMED_CALLS]));
    }

    #[test]
    fn memory_is_bytes_or_megabytes() {
        let of = |billed_memory| MachineFigures { started: 2, billed_ms: 300, billed_memory, billed_samples: 2 };
        assert_eq!([of(128).express_mb_ms(), of(128 << 20).express_mb_ms()], [19_200, 19_200]);
        assert_eq!(MachineFigures { started: 3, ..MachineFigures::default() }.express_mb_ms(), 3 * 6_400);
    }
}
