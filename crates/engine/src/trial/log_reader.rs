//! Outputs and times of states of one machine's executions, from its log group: a read for many of them at once.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt as _;
use futures::channel::mpsc::UnboundedReceiver;
use tokio::sync::Semaphore;

use super::bulk_run::READ_AT_ONCE;
use super::express_log::{Gathered, output};
use super::sharers::Sharers;
use super::source::Source;
use super::tally::lock;
use super::user_run::{Over, UserRun};
use crate::asl::trace::{HistoryEvent, Trace, is_complete};
use crate::cloud::{Cloud, CloudError, ErrorClass, LogQuery};
use crate::model::{ExecutionStatus, LogEvent};

/// Executions that are over after which the log is read, though more are still to come. It grows with those that are settled: a read
/// goes back to the start of the oldest that is not, which may be the start of all.
const BATCH: usize = 200;

/// What is over is read after about this time, so that a slow run is seen to go on; sooner where calls are not paced.
const LATEST: Duration = Duration::from_secs(10);
const SOON: Duration = Duration::from_secs(1);

/// Of a run's time, reading takes no more than about one part in this.
const SPARE: u32 = 10;

/// What an interrupted run still waits for a read that tells how executions came out.
const GRACE: Duration = Duration::from_secs(3);

/// An execution's events are never older than its start; clocks within a service differ by less.
const SLACK_MS: i64 = 5_000;

/// Executions that are over, by ARN.
type Waiting = BTreeMap<String, Over>;

/// Those of which the log told, with what it told.
type Told = Vec<(Over, Vec<HistoryEvent>)>;

/// The reader of one machine's log group.
pub(super) struct LogReader<'a> {
    pub(super) user_run: &'a UserRun<'a>,
    pub(super) group: &'a str,
    pub(super) sharers: &'a Sharers,
    /// Reads at once, over the whole account.
    pub(super) reads: &'a Semaphore,
}

/// How far a reader has come.
#[derive(Default)]
struct Progress {
    settled: usize,
    last_read: Duration,
}

impl LogReader<'_> {
    /// Takes in executions that are over until their sender is gone, and settles each: with what the log tells, or, when that does
    /// not come in time, one by one.
    pub(super) async fn run(self, mut over: UnboundedReceiver<Over>) {
        let run = self.user_run.run;
        // Who has nothing to read takes nobody's share of the reads.
        let (sharers, mut seat) = (self.sharers, None);
        let clock = self.user_run.clock;
        let cancel = run.cancel.clone();
        // Patience begins with the first read, which may have waited for its turn.
        let (mut waiting, mut length, mut idle) = (Waiting::new(), run.pace.first, None);
        let mut progress = Progress::default();
        let mut open = true;
        while open || !waiting.is_empty() {
            if waiting.is_empty() {
                drop(seat.take());
                let Some(first) = over.next().await else { return };
                seat = Some(sharers.sit());
                waiting.insert(first.execution.arn.clone(), first);
                (length, idle) = (run.pace.first, None);
            }
            open = open && self.gather(&mut over, &mut waiting, &progress).await;
            let (before, begun) = (waiting.len(), clock.elapsed());
            let Ok(told) = self.read_in_time(&mut waiting).await else { break };
            // Not under the read's time: what left `waiting` is settled, also after an interruption.
            self.settle_told(told).await;
            progress.last_read = clock.elapsed().saturating_sub(begun);
            progress.settled += before - waiting.len();
            if waiting.len() < before {
                (length, idle) = (run.pace.first, None);
            }
            if waiting.is_empty() {
                continue;
            }
            let waited = clock.elapsed().saturating_sub(*idle.get_or_insert_with(|| clock.elapsed()));
            if cancel.is_set() || waited >= run.pace.log_patience.max(length * 2) {
                break;
            }
            length = run.pace.longer(length).max(self.sharers.pause(self.cloud()));
            clock.pause(&cancel, length).await;
        }
        drop(seat);
        self.one_by_one(waiting, over).await;
    }

    fn cloud(&self) -> &dyn Cloud {
        self.user_run.participant.cloud.as_ref()
    }

    /// Whether of each execution only its end is asked for.
    fn reads_ends_only(&self) -> bool {
        self.user_run.source == Source::LogGroupEnds
    }

    /// Waits for more to read; `false` when nothing more will come.
    async fn gather(&self, over: &mut UnboundedReceiver<Over>, waiting: &mut Waiting, progress: &Progress) -> bool {
        let latest = if self.sharers.is_paced(self.cloud()) { LATEST } else { SOON };
        let latest = latest.max(self.sharers.pause(self.cloud())).max(progress.last_read * SPARE);
        let latest = self.user_run.clock.pause(&self.user_run.run.cancel, latest);
        tokio::pin!(latest);
        // Where calls are not paced, reading again costs less than what would wait.
        let most = if self.sharers.is_paced(self.cloud()) { usize::MAX } else { 10 * BATCH };
        while waiting.len() < BATCH.max(progress.settled / 2).min(most) {
            tokio::select! {
                next = over.next() => match next {
                    Some(next) => { waiting.insert(next.execution.arn.clone(), next); }
                    None => return false,
                },
                // What is known when the user interrupts is still read; the sender ends soon.
                _ = &mut latest => break,
            }
        }
        true
    }

    /// One read, or none when the user has interrupted and it does not come soon.
    async fn read_in_time(&self, waiting: &mut Waiting) -> Result<Told, CloudError> {
        let grace = async {
            self.user_run.run.cancel.wait().await;
            self.user_run.clock.within(GRACE, std::future::pending::<()>()).await;
        };
        tokio::select! {
            read = self.read(waiting) => read,
            () = grace => Ok(Told::new()),
        }
    }

    /// One read: takes those out of which the log tells all that is wanted.
    async fn read(&self, waiting: &mut Waiting) -> Result<Told, CloudError> {
        let run = self.user_run.run;
        let since = waiting.values().map(|over| over.execution.started_ms).min().unwrap_or(0).saturating_sub(SLACK_MS);
        let ends_only = self.reads_ends_only();
        let filter = if ends_only {
            format!("\"{}\" \"ExecutionSucceeded\"", run.run_id)
        } else {
            format!("\"{}\"", run.run_id)
        };
        let query = LogQuery { group: self.group, filter: &filter, since_ms: since, until_ms: None };
        let _read = self.reads.acquire().await;
        let mut gathered = Gathered::default();
        let mut take = |page: Vec<LogEvent>| gathered.take(&page);
        if let Err(error) = self.user_run.participant.cloud.log_pages(query, &mut take).await
            && error.class != ErrorClass::NotFound
        {
            return Err(error);
        }
        let told = gathered.histories().into_iter().filter(|(_, events)| ends_only || is_complete(events));
        Ok(told.filter_map(|(arn, events)| Some((waiting.remove(&arn)?, events))).collect())
    }

    /// Settles executions with what the log told of each.
    async fn settle_told(&self, told: Told) {
        let settled = futures::stream::iter(told).for_each_concurrent(READ_AT_ONCE, async |(mut over, events)| {
            if over.execution.output.is_none() {
                over.execution.output = output(&events);
            }
            if self.reads_ends_only() {
                self.user_run.settle(over).await;
            } else {
                over.trace = self.user_run.outline.as_ref().map(|outline| Trace::of(outline, &events));
                self.user_run.settle_with(over).await;
            }
        });
        settled.await;
    }

    /// What the log did not tell in time.
    async fn one_by_one(&self, waiting: Waiting, over: UnboundedReceiver<Over>) {
        if !self.user_run.run.cancel.is_set() {
            lock(self.user_run.tally).unlogged(&self.user_run.participant.user, waiting.len() as u64);
        }
        let left = futures::stream::iter(waiting.into_values()).chain(over);
        left.for_each_concurrent(READ_AT_ONCE, |over| self.user_run.settle(over)).await;
    }
}

/// Whether this execution has anything in the log that is wanted.
pub(super) fn is_awaited(source: Source, over: &Over) -> bool {
    match source {
        Source::OneByOne => false,
        Source::LogGroup => true,
        Source::LogGroupEnds => over.execution.status == ExecutionStatus::Succeeded && over.execution.output.is_none(),
    }
}
