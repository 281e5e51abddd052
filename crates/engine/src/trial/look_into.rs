//! Which failed executions are asked about one by one: as many as the account's buckets give, and some of every user.

use super::failures::Ended;
use super::record::RecordedCause;
use super::tally::lock;
use super::user_run::{Found, UserRun};
use crate::asl::Outline;
use crate::asl::trace::Trace;
use crate::cause::{self, FailedExecution};
use crate::model::{Execution, ExecutionStatus, MachineType};

impl UserRun<'_> {
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
