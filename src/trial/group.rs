//! The scenarios of one machine of one user, from start to judgement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::chart::Chart;
use super::execution::{duration_ms, execution_name, word};
use super::express_log::await_histories;
use super::judge::judge;
use super::pace::{Pace, cancelled, is_cancelled};
use super::participant::{Machine, Participant};
use super::scenarios::{Actual, Case, ScenarioOutcome, ScenarioRun, Seen, blank};
use super::walk::{Walk, walk};
use super::watch::{Looks, Watch, Watched, backoff, stream};
use crate::cloud::{CloudError, ErrorClass, Started};
use crate::event::Happened;
use crate::model::{Execution, MachineType};

/// Ends looked into at once, per machine.
const CONCLUDED_AT_ONCE: usize = 8;

/// Events of an EXPRESS execution are looked for from this long before its start on, against clocks that differ.
const LOG_SLACK_MS: i64 = 60_000;

/// A scenario that really waits longer than this is slow.
const SLOW: Duration = Duration::from_secs(30);

/// Tries of a start that is refused as one too many.
const START_TRIES: u32 = 5;

/// The scenarios of one machine of one user.
pub(super) struct Group<'a> {
    pub(super) run: &'a ScenarioRun<'a>,
    pub(super) participant: &'a Participant,
    pub(super) machine: &'a Machine,
    pub(super) chart: Option<Chart>,
    pub(super) permits: &'a Semaphore,
    pub(super) looks: &'a Looks,
}

impl<'a> Group<'a> {
    /// Runs them, all at once; slow ones only where that costs no real time or is wanted.
    pub(super) async fn run(&self, cases: Vec<Case<'a>>) -> Vec<Seen> {
        let all = self.run.include_slow;
        let (cases, slow): (Vec<_>, Vec<_>) =
            cases.into_iter().partition(|case| all || self.run.waits(case.scenario) <= SLOW);
        let mut seen: Vec<_> = slow.into_iter().map(|case| self.skip(case)).collect();
        seen.extend(match self.machine.machine_type {
            MachineType::Standard => self.run_standard(cases).await,
            MachineType::Express => self.run_express(cases).await,
        });
        seen
    }

    async fn run_standard(&self, cases: Vec<Case<'a>>) -> Vec<Seen> {
        let extra = cases.iter().map(|case| self.run.waits(case.scenario)).max().unwrap_or_default();
        let pace = Pace { patience: self.run.pace.patience + extra, ..self.run.pace };
        let running = Mutex::new(BTreeMap::new());
        let (started, to_watch) = unbounded_channel();
        let (ended, to_conclude) = unbounded_channel();
        let cloud = self.participant.cloud.as_ref();
        let (machine_arn, cancel) = (self.machine.arn.as_str(), self.run.cancel.clone());
        let watch = Watch { cloud, machine_arn, pace, cancel, looks: self.looks };
        let starting = async {
            let starts = cases.iter().map(|case| self.start(*case, &running, &started));
            let failed = join_all(starts).await;
            drop(started);
            failed
        };
        let watching = async {
            watch.run(to_watch, &ended).await;
            drop(ended);
        };
        let concluding = stream(to_conclude)
            .map(|watched| self.conclude(watched, &running, pace))
            .buffer_unordered(CONCLUDED_AT_ONCE)
            .collect::<Vec<_>>();
        // The futures own the senders, so that each ends when the one before it has.
        let (failed, (), concluded) = tokio::join!(starting, watching, concluding);
        failed.into_iter().chain(concluded).flatten().collect()
    }

    /// Starts one; gives an outcome only when that failed.
    async fn start(
        &self,
        case: Case<'a>,
        running: &Mutex<BTreeMap<String, Case<'a>>>,
        started: &UnboundedSender<Started>,
    ) -> Option<Seen> {
        let name = execution_name(&case.scenario.name, &self.run.run_id);
        let attempt = async {
            let _permit = self.permits.acquire().await;
            let mut attempt = 0;
            loop {
                let result = self.participant.cloud.start(&self.machine.arn, &name, &case.scenario.input).await;
                match result {
                    Err(error) if error.class == ErrorClass::Throttled && attempt < START_TRIES => attempt += 1,
                    other => return other,
                }
                tokio::time::sleep(backoff(attempt)).await;
            }
        };
        let mut cancel = self.run.cancel.clone();
        let result = tokio::select! {
            result = attempt => result,
            () = cancelled(&mut cancel) => return Some(self.interrupted(case, None)),
        };
        match result {
            Ok(execution) => {
                self.tell_started(&execution.arn);
                running.lock().unwrap_or_else(PoisonError::into_inner).insert(execution.arn.clone(), case);
                let _ = started.send(execution);
                None
            }
            Err(error) => Some(self.refused(case, &error)),
        }
    }

    async fn conclude(
        &self,
        watched: Watched,
        running: &Mutex<BTreeMap<String, Case<'a>>>,
        pace: Pace,
    ) -> Option<Seen> {
        let cloud = &self.participant.cloud;
        let (Watched::Ended(Execution { arn, .. }) | Watched::StillRunning { arn, .. } | Watched::Lost { arn, .. }) =
            &watched;
        let case = running.lock().unwrap_or_else(PoisonError::into_inner).remove(arn)?;
        match &watched {
            Watched::StillRunning { .. } if is_cancelled(&self.run.cancel) => {
                Some(self.interrupted(case, Some(arn.clone())))
            }
            Watched::StillRunning { .. } => {
                let waited = pace.patience.as_secs();
                let problem = match cloud.stop(arn, "labctl waited in vain for its end").await {
                    Ok(()) => format!("was still running after {waited} s and was stopped"),
                    Err(error) => format!("was still running after {waited} s and could not be stopped: {error}"),
                };
                Some(self.without(case, problem, Some(arn.clone())))
            }
            Watched::Lost { error, .. } => {
                Some(self.without(case, format!("how it ended could not be learnt: {error}"), Some(arn.clone())))
            }
            Watched::Ended(_) => {
                let execution = match cloud.execution(arn).await {
                    Ok(execution) => execution,
                    Err(error) => {
                        return Some(self.without(
                            case,
                            format!("the result could not be read: {error}"),
                            Some(arn.clone()),
                        ));
                    }
                };
                let walk = match (cloud.history(arn).await, &self.chart) {
                    (Ok(events), Some(chart)) => Ok(walk(chart, &events)),
                    (Ok(_), None) => Err("the definition could not be read".to_owned()),
                    (Err(error), _) => Err(format!("the history could not be read: {error}")),
                };
                Some(self.judged(case, execution, walk))
            }
        }
    }

    async fn run_express(&self, cases: Vec<Case<'a>>) -> Vec<Seen> {
        let mut seen = Vec::new();
        let mut executions = Vec::new();
        for (case, result) in join_all(cases.into_iter().map(|case| self.run_sync(case))).await {
            match result {
                Some(Ok(execution)) => executions.push((case, execution)),
                Some(Err(error)) => seen.push(self.refused(case, &error)),
                None => seen.push(self.interrupted(case, None)),
            }
        }
        let walks = self.express_walks(&executions).await;
        for (case, execution) in executions {
            let walk = match &walks {
                Ok(walks) => walks.get(&execution.arn).cloned().ok_or_else(|| self.not_delivered()),
                Err(why) => Err(why.clone()),
            };
            seen.push(self.judged(case, execution, walk));
        }
        seen
    }

    async fn run_sync(&self, case: Case<'a>) -> (Case<'a>, Option<Result<Execution, CloudError>>) {
        let name = execution_name(&case.scenario.name, &self.run.run_id);
        let execution = async {
            let _permit = self.permits.acquire().await;
            self.participant.cloud.start_sync(&self.machine.arn, &name, &case.scenario.input).await
        };
        let mut cancel = self.run.cancel.clone();
        let result = tokio::select! {
            result = execution => Some(result),
            () = cancelled(&mut cancel) => None,
        };
        if let Some(Ok(execution)) = &result {
            self.tell_started(&execution.arn);
        }
        (case, result)
    }

    /// The ways the executions took, by ARN, as far as the log group tells in time.
    async fn express_walks(&self, executions: &[(Case<'a>, Execution)]) -> Result<BTreeMap<String, Walk>, String> {
        let Some(chart) = &self.chart else { return Err("the definition could not be read".to_owned()) };
        let Some(group) = &self.machine.log_group else { return Err("the machine has no log group".to_owned()) };
        let Some(since) = executions.iter().map(|(_, execution)| execution.started_ms).min() else {
            return Ok(BTreeMap::new());
        };
        let arns: BTreeSet<String> = executions.iter().map(|(_, execution)| execution.arn.clone()).collect();
        let since = since.saturating_sub(LOG_SLACK_MS);
        let mut cancel = self.run.cancel.clone();
        let cloud = self.participant.cloud.as_ref();
        let histories = await_histories(cloud, group, since, &arns, self.run.pace, &mut cancel)
            .await
            .map_err(|error| format!("the log group `{group}` could not be read: {error}"))?;
        Ok(histories.into_iter().map(|(arn, events)| (arn, walk(chart, &events))).collect())
    }

    fn not_delivered(&self) -> String {
        let group = self.machine.log_group.as_deref().unwrap_or_default();
        let seconds = self.run.pace.log_patience.as_secs();
        format!("the log was not delivered to `{group}` within {seconds} s; is the machine's logging level ALL?")
    }

    fn judged(&self, case: Case<'a>, execution: Execution, walk: Result<Walk, String>) -> Seen {
        let path = walk.as_ref().ok().map(|walk| walk.path.clone());
        let mut problems = judge(&case.scenario.expect, &execution, path.as_deref());
        let mut notes = Vec::new();
        if let Err(why) = &walk {
            let unseen = format!("path: not known: {why}");
            // A path that is expected and was not seen is not proved.
            if case.scenario.expect.path.is_some() { problems.push(unseen) } else { notes.push(unseen) }
        }
        let ms = duration_ms(&execution);
        self.run.journal.tell(Happened::ExecutionFinished {
            user: self.participant.user.to_string(),
            arn: execution.arn.clone(),
            status: word(execution.status).to_owned(),
            outcome: word(execution.status).to_owned(),
            ms,
        });
        let outcome = ScenarioOutcome {
            path,
            ms,
            problems,
            notes,
            execution_arn: Some(execution.arn),
            actual: Some(Actual {
                status: execution.status,
                output: execution.output,
                error: execution.error,
                cause: execution.cause,
            }),
            ..blank(self.participant, case.scenario)
        };
        Seen::tell(self.run, case, outcome, walk.ok())
    }

    fn skip(&self, case: Case<'a>) -> Seen {
        let seconds = self.run.waits(case.scenario).as_secs();
        let note = format!("left out: it waits {seconds} s of real time; run it with `--slow`");
        let blank = blank(self.participant, case.scenario);
        Seen::tell(self.run, case, ScenarioOutcome { skipped: true, notes: vec![note], ..blank }, None)
    }

    fn refused(&self, case: Case<'a>, error: &CloudError) -> Seen {
        let next = if error.class == ErrorClass::NotFound { "; run `labctl deploy` first" } else { "" };
        let problems = vec![format!("could not be started: {error}{next}")];
        let blank = blank(self.participant, case.scenario);
        Seen::tell(self.run, case, ScenarioOutcome { refused: Some(error.clone()), problems, ..blank }, None)
    }

    fn interrupted(&self, case: Case<'a>, arn: Option<String>) -> Seen {
        self.without(case, "was interrupted before its end".to_owned(), arn)
    }

    fn without(&self, case: Case<'a>, problem: String, arn: Option<String>) -> Seen {
        Seen::without(self.run, self.participant, case, vec![problem], arn)
    }

    fn tell_started(&self, arn: &str) {
        self.run.journal.tell(Happened::ExecutionStarted {
            user: self.participant.user.to_string(),
            machine: self.machine.name.clone(),
            arn: arn.to_owned(),
        });
    }
}
