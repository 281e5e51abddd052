//! What executions and calls are billed for, counted one by one in log groups and histories.

use super::lab::BilledMachine;
use crate::asl::trace::HistoryEvent;
use crate::cloud::{Cloud, CloudError, ErrorClass, ExecutionQuery, LogQuery};
use crate::report::{BILLABLE_EVENTS, Billable};

/// Histories of a machine that are read where no log group tells its events, the newest.
const HISTORIES: usize = 100;

/// What the log group of a machine tells, or its histories where it logs too little.
///
/// # Errors
/// What cannot be read; what is not there is nothing.
pub(super) async fn transitions(
    cloud: &dyn Cloud,
    machine: &BilledMachine,
    since_ms: i64,
) -> Result<Billable, CloudError> {
    let mut billable = Billable::default();
    if let Some(group) = machine.log_group.as_deref().filter(|_| machine.logs_all) {
        let lines = logged(cloud, group, BILLABLE_EVENTS, since_ms).await?;
        let mut events: Vec<(String, HistoryEvent)> =
            lines.iter().filter_map(|line| HistoryEvent::from_log_line(line)).collect();
        events.retain(|(arn, _)| is_of(arn, &machine.arn));
        events.sort_by(|(one_arn, one), (other_arn, other)| (one_arn, one.id).cmp(&(other_arn, other.id)));
        for (arn, event) in &events {
            billable.see(arn, event);
        }
        return Ok(billable);
    }
    let query = ExecutionQuery { since_ms, at_most: HISTORIES, ..ExecutionQuery::default() };
    let executions = match cloud.executions(&machine.arn, query).await {
        Err(error) if error.class == ErrorClass::NotFound => Vec::new(),
        executions => executions?,
    };
    for execution in executions {
        let history = match cloud.history(&execution.arn, false).await {
            Err(error) if error.class == ErrorClass::NotFound => Vec::new(),
            history => history?,
        };
        for event in &history {
            billable.see(&execution.arn, event);
        }
    }
    Ok(billable)
}

/// Whether an execution is of this machine: several may share a log group.
fn is_of(execution_arn: &str, machine_arn: &str) -> bool {
    let machine = machine_arn.replacen(":stateMachine:", ":execution:", 1);
    execution_arn.strip_prefix(&machine).is_some_and(|rest| rest.starts_with(':'))
}

/// Calls of a function and what they are billed for, by the lines that Lambda writes at the end of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) count: u64,
    /// Megabyte-milliseconds.
    pub(super) mb_ms: u64,
}

/// What the log group of a function tells of its calls.
///
/// # Errors
/// What cannot be read; what is not there is nothing.
pub(super) async fn calls(cloud: &dyn Cloud, group: &str, since_ms: i64) -> Result<Calls, CloudError> {
    let lines = logged(cloud, group, "\"REPORT RequestId\"", since_ms).await?;
    let mut calls = Calls::default();
    for mb_ms in lines.iter().filter_map(|line| billed_mb_ms(line)) {
        calls.count += 1;
        calls.mb_ms += mb_ms;
    }
    Ok(calls)
}

/// What a `REPORT` line says was billed. <https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html>
fn billed_mb_ms(line: &str) -> Option<u64> {
    let figure = |name: &str, unit: &str| {
        let (figure, _) = line.split_once(name)?.1.split_once(unit)?;
        figure.trim().parse::<u64>().ok()
    };
    line.starts_with("REPORT ").then(|| Some(figure("Billed Duration:", " ms")? * figure("Memory Size:", " MB")?))?
}

async fn logged(cloud: &dyn Cloud, group: &str, filter: &str, since_ms: i64) -> Result<Vec<String>, CloudError> {
    match cloud.logs(LogQuery { group, filter, since_ms, until_ms: None }).await {
        Err(error) if error.class == ErrorClass::NotFound => Ok(Vec::new()),
        events => Ok(events?.into_iter().map(|event| event.message).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_line_says_what_is_billed() {
        let line = "REPORT RequestId: 1\tDuration: 3.20 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\t";
        assert_eq!(billed_mb_ms(line), Some(512));
        assert_eq!(billed_mb_ms("START RequestId: 1 Version: $LATEST"), None);
        assert_eq!(billed_mb_ms("a handler prints REPORT Billed Duration: 4 ms Memory Size: 128 MB"), None);
    }

    #[test]
    fn executions_of_other_machines_in_the_same_group_are_left_out() {
        let machine = "arn:aws:states:us-east-1:1:stateMachine:ann-orders";
        assert!(is_of("arn:aws:states:us-east-1:1:execution:ann-orders:x", machine));
        assert!(!is_of("arn:aws:states:us-east-1:1:execution:ann-orders-2:x", machine));
    }
}
