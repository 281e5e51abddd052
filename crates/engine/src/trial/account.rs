//! What the bulk executions of one account share.

use tokio::sync::Semaphore;

use super::bulk_run::{BulkRun, number};
use super::read_budget::{ReadBudget, ReadBudgets};
use super::sharers::Sharers;
use super::watch::Polling;
use crate::cloud::Cloud;

/// Groups read at once: pages are large, and FilterLogEvents gives five a second.
pub(super) const GROUPS_AT_ONCE: usize = 4;

/// What the users of one account share.
pub(super) struct Account {
    pub(super) polling: Polling,
    /// The bucket that log groups are read from, and who reads at the moment.
    pub(super) logs: Sharers,
    pub(super) log_reads: Semaphore,
    /// What may be asked about failed executions.
    pub(super) budgets: ReadBudgets,
}

impl Account {
    pub(super) fn new(run: &BulkRun<'_>, cloud: &dyn Cloud) -> Self {
        let logs = Sharers::new("logs:FilterLogEvents", run.keeps_time);
        let users = number(run.participants.len());
        let outputs = if run.outcome.is_some() { run.count.saturating_mul(users) } else { 0 };
        let budgets = ReadBudgets {
            histories: ReadBudget::new(cloud, "states:GetExecutionHistory", number(run.histories), users),
            descriptions: ReadBudget::new(cloud, "states:DescribeExecution", outputs, users),
        };
        Self { polling: Polling::new(run.keeps_time), logs, log_reads: Semaphore::new(GROUPS_AT_ONCE), budgets }
    }
}
