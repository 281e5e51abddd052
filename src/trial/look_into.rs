//! Which failed executions are asked about one by one: as many as the account's buckets give, and some of every user.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::crew::Crew;
use super::failures::Ended;
use super::record::RecordedCause;
use super::tally::lock;
use crate::asl::Outline;
use crate::asl::trace::Trace;
use crate::cause::{self, FailedExecution};
use crate::cloud::Cloud;
use crate::model::{Execution, ExecutionStatus, MachineType};

/// What a bucket refills in so many seconds may be used beside what it holds.
const SECONDS: f64 = 60.0;

/// Calls where the endpoint is not known to limit them.
const UNPACED: u64 = 5_000;

/// Calls of one operation for failed executions: half of them are kept for users who had few yet, the rest is for whoever comes first.
#[derive(Debug)]
pub(super) struct ReadBudget(Mutex<Left>);

#[derive(Debug)]
struct Left {
    /// In all.
    all: u64,
    /// Of those, kept for users who had less than their share.
    kept: u64,
    share: u64,
    had: BTreeMap<String, u64>,
}

impl ReadBudget {
    /// What an operation's bucket gives beyond `taken` calls that are made anyway.
    pub(super) fn new(cloud: &dyn Cloud, operation: &str, taken: u64, users: u64) -> Self {
        let all = cloud.bucket(operation).map_or(UNPACED, |paced| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number of calls")]
            let calls = (paced.quota.burst * paced.level + paced.quota.per_second * SECONDS).max(0.0) as u64;
            calls.saturating_sub(taken)
        });
        Self::of(all, users)
    }

    fn of(all: u64, users: u64) -> Self {
        let share = all / 2 / users.max(1);
        Self(Mutex::new(Left { all, kept: share * users, share, had: BTreeMap::new() }))
    }

    /// Takes a call for an execution of this user; `false` where there is none left.
    pub(super) fn take(&self, user: &str) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let had = left.had.get(user).copied().unwrap_or(0);
        let is_own = had < left.share;
        if left.all == 0 || (!is_own && left.all <= left.kept) {
            return false;
        }
        left.all -= 1;
        left.kept -= u64::from(is_own);
        left.had.insert(user.to_owned(), had + 1);
        true
    }
}

/// What may be asked of an account's failed executions.
pub(super) struct ReadBudgets {
    pub(super) histories: ReadBudget,
    pub(super) descriptions: ReadBudget,
}

/// What was found out about an execution that did not do what it should.
#[derive(Default)]
pub(super) struct Found {
    pub(super) error: Option<String>,
    pub(super) cause: Option<RecordedCause>,
    /// What it did, where it was read for this.
    pub(super) trace: Option<Trace>,
}

impl Crew<'_> {
    /// Finds out why an execution that is over did not do what it should, and counts that; nothing where it did.
    pub(super) async fn look_into(
        &self,
        execution: &mut Execution,
        outcome: &str,
        seen: Option<(&Trace, &Outline)>,
    ) -> Found {
        if !self.machine.has_failed(execution, outcome) {
            return Found::default();
        }
        let own = if seen.is_none() { self.history(execution).await } else { None };
        let trace = seen.map(|(trace, _)| trace).or(own.as_ref());
        if let Some(error) = trace.and_then(|trace| trace.error.as_ref()).filter(|_| execution.error.is_none()) {
            (execution.error, execution.cause) = (error.error.clone(), error.cause.clone());
        }
        let user = self.participant.user.as_str();
        let example = format!("{user}:{}:{}", self.run.machine, execution.name);
        let ending = cause::ending(execution, outcome, Some(user));
        let ended = Ended { user, ending: &ending, status: execution.status.word(), example: &example };
        let failed = FailedExecution { execution, trace: trace.zip(self.outline.as_ref()), user: Some(user) };
        let reported = cause::find(&failed, &self.participant.policies);
        let mut tally = lock(self.tally);
        let cause = if trace.is_some() {
            tally.causes.known(&ended, &reported);
            Some(reported)
        } else {
            // Without its history an outcome says where it came from only if others did.
            let reported = Some(reported).filter(|reported| reported.error.is_some() && execution.error.is_some());
            let cause = tally.causes.of_alike(user, &ending).cloned().or_else(|| reported.clone());
            tally.causes.other(&ended, reported);
            cause
        };
        drop(tally);
        let error = cause.as_ref().and_then(|cause| cause.error.clone()).or_else(|| execution.error.clone());
        Found { error, cause: cause.as_ref().map(RecordedCause::from), trace: own }
    }

    /// The history of a failed execution, if it may be asked for; else its end, where a listing left that out.
    async fn history(&self, execution: &mut Execution) -> Option<Trace> {
        let (user, cloud) = (self.participant.user.as_str(), &self.participant.cloud);
        if self.machine.machine_type == MachineType::Express || self.is_cancelled() {
            return None;
        }
        if self.budgets.histories.take(user) {
            let _permit = self.reads.acquire().await;
            if let Some((history, outline)) = cloud.history(&execution.arn, false).await.ok().zip(self.outline.as_ref())
            {
                return Some(Trace::of(outline, &history));
            }
        }
        let is_reported = execution.error.is_some() || execution.status == ExecutionStatus::Succeeded;
        if !is_reported && self.budgets.descriptions.take(user) {
            let _permit = self.reads.acquire().await;
            if let Ok(described) = cloud.execution(&execution.arn).await {
                (execution.error, execution.cause) = (described.error, described.cause);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nobody_has_more_than_there_is_and_everybody_a_share(
            all in 0_u64..500,
            users in 1_u64..40,
            greedy in 0_usize..600,
        ) {
            let budget = ReadBudget::of(all, users);
            let first = (0..greedy).filter(|_| budget.take("first")).count() as u64;
            let share = all / 2 / users;
            let mut others = 0;
            for user in 1..users {
                let had = (0..share).filter(|_| budget.take(&user.to_string())).count() as u64;
                prop_assert_eq!(had, share, "whoever comes first leaves the others their share");
                others += had;
            }
            prop_assert!(first + others <= all);
            prop_assert!(first >= (all / 2).min(greedy as u64), "{first}");
        }
    }
}
