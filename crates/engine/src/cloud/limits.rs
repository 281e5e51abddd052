//! What an account allows.

use std::collections::BTreeMap;

use crate::model::Quota;

/// The bucket an operation draws from, and who says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Paced {
    /// `states:CreateStateMachine`, or `lambda:*` for one that several operations share.
    pub bucket: String,
    /// Its size and refill.
    pub quota: Quota,
    /// The share of it that is there now, as far as is known: 1 of a full one.
    pub level: f64,
    /// `manifest`, `service-quotas`, `published` (by AWS), or `labctl` where AWS publishes nothing.
    pub source: &'static str,
}

/// A quota with what of it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// In use now, by anybody in the account.
    pub used: u64,
    /// All there is.
    pub quota: u64,
}

/// What an account allows in one region; `None` where it could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountLimits {
    /// IAM roles. <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
    pub roles: Option<Allowance>,
    /// Code storage in bytes. <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>
    pub code_storage: Option<Allowance>,
    /// Concurrent executions of Lambda functions; used is what functions reserve for themselves.
    pub concurrency: Option<Allowance>,
    /// State machines.
    pub state_machines: Option<u64>,
    /// Buckets that Service Quotas told, by `service:Operation`.
    pub buckets: BTreeMap<String, Quota>,
    /// What could not be read, and why, in words.
    pub unreadable: Vec<String>,
}
