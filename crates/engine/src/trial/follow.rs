//! Following the bulk executions of one user to their end.

use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

use super::account::Account;
use super::bulk_run::READ_AT_ONCE;
use super::log_reader::{LogReader, is_awaited};
use super::record::Record;
use super::source::Source;
use super::tally::lock;
use super::user_run::{Over, UserRun};
use super::watch::{Begun, Watch, Watched};
use crate::model::MachineType;

impl UserRun<'_> {
    /// Follows what was started to its end: waits, reads what the wait leaves out, counts.
    pub(super) async fn follow(
        &self,
        account: &Account,
        started: UnboundedReceiver<Begun>,
        in_one_call: UnboundedReceiver<Watched>,
    ) {
        let (ended, each) = unbounded();
        let (over, to_read) = unbounded();
        let watching = async move {
            let (machine_arn, cancel) = (self.machine.arn.as_str(), self.run.cancel.clone());
            let cloud = self.participant.cloud.as_ref();
            let (polling, clock) = (&account.polling, self.clock);
            let watch = Watch { cloud, machine_arn, pace: self.run.pace, cancel, polling, clock };
            if self.machine.machine_type == MachineType::Standard {
                watch.run(started, &ended).await;
            }
        };
        let sorting = async move {
            let over = &over;
            let each = futures::stream::select(each, in_one_call);
            each.for_each_concurrent(READ_AT_ONCE, |watched| self.sort(watched, over)).await;
        };
        let reading = async move {
            // Without a group nothing is sent here.
            if let Some(group) = &self.machine.log_group {
                let (sharers, reads) = (&account.logs, &account.log_reads);
                LogReader { user_run: self, group, sharers, reads }.run(to_read).await;
            }
        };
        tokio::join!(watching, sorting, reading);
    }

    /// What is known of an execution that is over is counted; the rest is read, from the log if it is there.
    async fn sort(&self, watched: Watched, to_read: &UnboundedSender<Over>) {
        let user = &self.participant.user;
        self.flight.add_permits(1);
        let execution = match watched {
            Watched::Ended(execution) => execution,
            Watched::StillRunning { arn, started_ms, limit } => {
                lock(self.tally).still_running(user);
                let cause = if self.is_cancelled() { None } else { self.stop(&arn, limit).await };
                return self.run.records.add(&Record { cause, ..self.unfinished(&arn, started_ms) });
            }
            Watched::Lost { arn, started_ms, error } => {
                let mut tally = lock(self.tally);
                tally.still_running(user);
                tally.failed(user, format!("how it ended could not be learnt: {error}"), 1);
                drop(tally);
                return self.run.records.add(&self.unfinished(&arn, started_ms));
            }
        };
        let outcome = execution.outcome(self.run.outcome.as_deref());
        if let Some(outcome) = &outcome {
            self.count(&execution, outcome);
        }
        let mut over = Over { execution, outcome, trace: None };
        if is_awaited(self.source, &over) && self.machine.log_group.is_some() {
            if self.source == Source::LogGroupEnds {
                // The log tells its output alone, and comes later.
                over.trace = self.sampled(&over.execution).await;
            }
            let _ = to_read.unbounded_send(over);
        } else {
            self.settle(over).await;
        }
    }
}
