//! Waiting for executions to end: one ListExecutions per machine and look, however many of them run.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::pace::{Cancel, Pace, is_cancelled, pause};
use crate::cloud::{Cloud, CloudError, ErrorClass, Started};
use crate::host::Stopwatch;
use crate::model::Execution;

/// Clocks of this machine and the service may differ by this much before an execution is missed in a listing.
const CLOCK_SLACK_MS: i64 = 60_000;

/// Looks in which a listing may leave out a started execution (ListExecutions is eventually consistent) before it is asked
/// for by itself.
const LOOKS_UNLISTED: u32 = 3;

/// Executions asked for by themselves per look.
const ASKED_AT_ONCE: usize = 20;

/// Failed looks in a row after which waiting is given up.
const FAILURES: u32 = 8;

/// How a wait came out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Watched {
    /// The execution ended. From a listing: without output.
    Ended(Execution),
    /// It was still running when patience or the user ended the wait.
    StillRunning { arn: String },
    /// Its end could not be learnt.
    Lost { arn: String, error: CloudError },
}

/// A wait for the executions of one STANDARD machine.
pub(super) struct Watch<'a> {
    pub(super) cloud: &'a dyn Cloud,
    pub(super) machine_arn: &'a str,
    pub(super) pace: Pace,
    pub(super) cancel: Cancel,
}

struct Pending {
    started_ms: i64,
    unlisted: u32,
}

impl Watch<'_> {
    /// Takes in started executions until their sender is gone, and says of each how it ended.
    pub(super) async fn run(mut self, mut started: UnboundedReceiver<Started>, ended: &UnboundedSender<Watched>) {
        let mut pending = BTreeMap::new();
        let (mut length, mut failures, mut idle) = (self.pace.first, 0, Stopwatch::start());
        let mut open = true;
        while !is_cancelled(&self.cancel) && (open || !pending.is_empty()) {
            if pending.is_empty() {
                let Some(first) = self.next(&mut started).await else { break };
                insert(&mut pending, first);
                (length, idle) = (self.pace.first, Stopwatch::start());
            }
            open = drain(&mut started, &mut pending);
            if pause(&mut self.cancel, length).await {
                break;
            }
            open = open && drain(&mut started, &mut pending);
            match self.look(&mut pending).await {
                Ok(over) => {
                    failures = 0;
                    if over.is_empty() {
                        length = self.pace.longer(length);
                    } else {
                        (length, idle) = ((length * 2 / 3).max(self.pace.first), Stopwatch::start());
                    }
                    for watched in over {
                        let _ = ended.send(watched);
                    }
                }
                Err(error) if failures < FAILURES && passes(error.class) => {
                    failures += 1;
                    length = self.pace.longer(length);
                }
                Err(error) => return give_up(&mut started, pending, Some(&error), ended).await,
            }
            if idle.elapsed() > self.pace.patience {
                break;
            }
        }
        give_up(&mut started, pending, None, ended).await;
    }

    async fn next(&mut self, started: &mut UnboundedReceiver<Started>) -> Option<Started> {
        tokio::select! {
            next = started.recv() => next,
            () = super::pace::cancelled(&mut self.cancel) => None,
        }
    }

    /// One look: takes out of `pending` what is over.
    async fn look(&self, pending: &mut BTreeMap<String, Pending>) -> Result<Vec<Watched>, CloudError> {
        let oldest = pending.values().map(|execution| execution.started_ms).min().unwrap_or(0);
        let listed = self.cloud.executions(self.machine_arn, None, oldest.saturating_sub(CLOCK_SLACK_MS)).await?;
        for execution in pending.values_mut() {
            execution.unlisted += 1;
        }
        let mut over = Vec::new();
        for execution in listed {
            if execution.status.is_terminal() {
                if pending.remove(&execution.arn).is_some() {
                    over.push(Watched::Ended(execution));
                }
            } else if let Some(running) = pending.get_mut(&execution.arn) {
                running.unlisted = 0;
            }
        }
        let unlisted: Vec<String> = pending
            .iter()
            .filter(|(_, execution)| execution.unlisted >= LOOKS_UNLISTED)
            .map(|(arn, _)| arn.clone())
            .take(ASKED_AT_ONCE)
            .collect();
        for arn in unlisted {
            match self.cloud.execution(&arn).await {
                Ok(execution) if execution.status.is_terminal() => {
                    pending.remove(&arn);
                    over.push(Watched::Ended(execution));
                }
                Ok(_) => {
                    if let Some(running) = pending.get_mut(&arn) {
                        running.unlisted = 0;
                    }
                }
                // Deleted with its machine.
                Err(error) if error.class == ErrorClass::NotFound => {
                    pending.remove(&arn);
                    over.push(Watched::Lost { arn, error });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(over)
    }
}

fn insert(pending: &mut BTreeMap<String, Pending>, started: Started) {
    pending.insert(started.arn, Pending { started_ms: started.started_ms, unlisted: 0 });
}

/// Takes in what has been started meanwhile; `false` when nothing more will come.
fn drain(started: &mut UnboundedReceiver<Started>, pending: &mut BTreeMap<String, Pending>) -> bool {
    loop {
        match started.try_recv() {
            Ok(next) => insert(pending, next),
            Err(error) => return error == tokio::sync::mpsc::error::TryRecvError::Empty,
        }
    }
}

/// Says of everything that is left, and of what is started from now on, that its end was not seen.
async fn give_up(
    started: &mut UnboundedReceiver<Started>,
    pending: BTreeMap<String, Pending>,
    error: Option<&CloudError>,
    ended: &UnboundedSender<Watched>,
) {
    let tell = |arn: String| match error {
        Some(error) => Watched::Lost { arn, error: error.clone() },
        None => Watched::StillRunning { arn },
    };
    for (arn, _) in pending {
        let _ = ended.send(tell(arn));
    }
    while let Some(next) = started.recv().await {
        let _ = ended.send(tell(next.arn));
    }
}

/// Whether a failed look is worth another.
fn passes(class: ErrorClass) -> bool {
    matches!(class, ErrorClass::Throttled | ErrorClass::Service | ErrorClass::Unreachable | ErrorClass::Busy)
}

/// A pause that grows with each try: 0.2 s, 0.4 s, …
pub(super) fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(200) * 2_u32.saturating_pow(attempt.min(6))
}

/// A channel as a stream.
pub(super) fn stream<T>(receiver: UnboundedReceiver<T>) -> impl futures::Stream<Item = T> {
    futures::stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) })
}
