//! What is billed, and how much of it there is.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::Decimal;

/// Bytes of a gigabyte, as AWS bills data.
const GIGABYTE: u128 = 1 << 30;
/// Megabyte-milliseconds of a gigabyte-second.
const GIGABYTE_SECOND: u128 = 1024 * 1000;
/// Hours of a month.
const MONTH: u128 = 730;

/// One thing that AWS bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BilledItem {
    /// States entered and retries of STANDARD executions.
    StatesTransitions,
    /// EXPRESS executions.
    StatesRequests,
    /// What EXPRESS executions last, by memory.
    StatesDuration,
    /// Calls of functions.
    LambdaRequests,
    /// What they last, by memory.
    LambdaDuration,
    /// What is written into log groups.
    LogsIngested,
    /// What stays there.
    LogsStored,
    /// Dashboards of CloudWatch.
    Dashboards,
    /// Calls of SQS.
    SqsRequests,
}

impl BilledItem {
    /// All there are.
    pub const ALL: [Self; 9] = [
        Self::StatesTransitions,
        Self::StatesRequests,
        Self::StatesDuration,
        Self::LambdaRequests,
        Self::LambdaDuration,
        Self::LogsIngested,
        Self::LogsStored,
        Self::Dashboards,
        Self::SqsRequests,
    ];

    /// What it is counted in.
    pub fn unit(self) -> &'static str {
        match self {
            Self::StatesTransitions => "transition",
            Self::StatesRequests | Self::LambdaRequests | Self::SqsRequests => "request",
            Self::StatesDuration | Self::LambdaDuration => "GB-second",
            Self::LogsIngested => "GB",
            Self::LogsStored => "GB-month",
            Self::Dashboards => "dashboard-month",
        }
    }
}

impl fmt::Display for BilledItem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::StatesTransitions => "states-transitions",
            Self::StatesRequests => "states-requests",
            Self::StatesDuration => "states-duration",
            Self::LambdaRequests => "lambda-requests",
            Self::LambdaDuration => "lambda-duration",
            Self::LogsIngested => "logs-ingested",
            Self::LogsStored => "logs-stored",
            Self::Dashboards => "dashboards",
            Self::SqsRequests => "sqs-requests",
        })
    }
}

/// What somebody uses, in the units that AWS counts before it bills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// States entered and retries of STANDARD executions.
    pub transitions: u64,
    /// EXPRESS executions.
    pub express_requests: u64,
    /// What they last, each rounded up to 100 ms, times its memory, rounded up to 64 MB: megabyte-milliseconds.
    pub express_mb_ms: u64,
    /// Calls of functions.
    pub invocations: u64,
    /// What they last, each rounded up to 1 ms, times the function's memory: megabyte-milliseconds.
    pub lambda_mb_ms: u64,
    /// Bytes written into log groups.
    pub log_bytes: u64,
    /// Bytes that lie in log groups, times the hours that they do.
    pub log_byte_hours: u128,
    /// Dashboards, times the hours that they are there.
    pub dashboard_hours: u64,
    /// Calls of SQS.
    pub queue_requests: u64,
}

impl Usage {
    /// What standing still for so long uses: dashboards and bytes in log groups.
    pub fn standing(dashboards: u64, log_bytes: u64, hours: u64) -> Self {
        Self {
            dashboard_hours: dashboards.saturating_mul(hours),
            log_byte_hours: u128::from(log_bytes) * u128::from(hours),
            ..Self::default()
        }
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            transitions: self.transitions + other.transitions,
            express_requests: self.express_requests + other.express_requests,
            express_mb_ms: self.express_mb_ms + other.express_mb_ms,
            invocations: self.invocations + other.invocations,
            lambda_mb_ms: self.lambda_mb_ms + other.lambda_mb_ms,
            log_bytes: self.log_bytes + other.log_bytes,
            log_byte_hours: self.log_byte_hours + other.log_byte_hours,
            dashboard_hours: self.dashboard_hours + other.dashboard_hours,
            queue_requests: self.queue_requests + other.queue_requests,
        }
    }

    /// So many times this.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self {
            transitions: self.transitions * count,
            express_requests: self.express_requests * count,
            express_mb_ms: self.express_mb_ms * count,
            invocations: self.invocations * count,
            lambda_mb_ms: self.lambda_mb_ms * count,
            log_bytes: self.log_bytes * count,
            log_byte_hours: self.log_byte_hours * u128::from(count),
            dashboard_hours: self.dashboard_hours * count,
            queue_requests: self.queue_requests * count,
        }
    }

    /// Whether anything ran.
    pub fn has_run(&self) -> bool {
        self.transitions + self.express_requests + self.invocations > 0
    }

    /// How much of each item there is, in the item's unit; what there is none of is left out.
    pub fn quantities(&self) -> BTreeMap<BilledItem, Decimal> {
        let all = BilledItem::ALL.map(|item| (item, self.quantity(item)));
        all.into_iter().filter(|(_, quantity)| !quantity.is_zero()).collect()
    }

    fn quantity(&self, item: BilledItem) -> Decimal {
        match item {
            BilledItem::StatesTransitions => Decimal::whole(self.transitions),
            BilledItem::StatesRequests => Decimal::whole(self.express_requests),
            BilledItem::StatesDuration => Decimal::ratio(self.express_mb_ms.into(), GIGABYTE_SECOND),
            BilledItem::LambdaRequests => Decimal::whole(self.invocations),
            BilledItem::LambdaDuration => Decimal::ratio(self.lambda_mb_ms.into(), GIGABYTE_SECOND),
            BilledItem::LogsIngested => Decimal::ratio(self.log_bytes.into(), GIGABYTE),
            BilledItem::LogsStored => Decimal::ratio(self.log_byte_hours, GIGABYTE * MONTH),
            BilledItem::Dashboards => Decimal::ratio(self.dashboard_hours.into(), MONTH),
            BilledItem::SqsRequests => Decimal::whole(self.queue_requests),
        }
    }
}

/// What an EXPRESS execution is billed for: megabyte-milliseconds, in steps of 64 MB and 100 ms.
pub fn express_mb_ms(duration_ms: u64, memory_mb: u64) -> u64 {
    duration_ms.max(1).next_multiple_of(100).saturating_mul(memory_mb.max(1).next_multiple_of(64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer once took a thousand transitions for one.
    #[test]
    fn units_are_what_aws_counts_in() {
        let usage = Usage {
            transitions: 1_000,
            express_requests: 1,
            express_mb_ms: express_mb_ms(101, 1),
            invocations: 7,
            lambda_mb_ms: 128 * 1_000,
            log_bytes: 1 << 30,
            log_byte_hours: (1 << 30) * 730,
            dashboard_hours: 1_460,
            queue_requests: 3,
        };
        let quantities: Vec<_> =
            usage.quantities().iter().map(|(item, quantity)| format!("{item} {quantity} {}", item.unit())).collect();
        assert_eq!(
            quantities,
            [
                "states-transitions 1000.00 transition",
                "states-requests 1.00 request",
                "states-duration 0.0125 GB-second",
                "lambda-requests 7.00 request",
                "lambda-duration 0.125 GB-second",
                "logs-ingested 1.00 GB",
                "logs-stored 1.00 GB-month",
                "dashboards 2.00 dashboard-month",
                "sqs-requests 3.00 request",
            ]
        );
    }

    #[test]
    fn express_executions_are_billed_in_steps() {
        assert_eq!([express_mb_ms(0, 0), express_mb_ms(100, 64), express_mb_ms(101, 65)], [6_400, 6_400, 25_600]);
    }

    #[test]
    fn nothing_used_is_nothing_listed() {
        assert!(Usage::default().quantities().is_empty());
        assert!(!Usage::standing(1, 1, 1).has_run());
    }
}
