//! The scenarios of one machine of one user, from start to judgement.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::Semaphore;

use super::arn_polling::{ArnPolling, Followed};
use super::execution::{duration_ms, execution_name, stopped};
use super::express_log::{Awaited, Histories, await_histories};
use super::judge::judge;
use super::pace::Pace;
use super::participant::{Machine, Participant};
use super::run_clock::RunClock;
use super::scenario_run::{Actual, Case, ScenarioOutcome, ScenarioRun, Seen, blank};
use super::stuck::Stuck;
use super::watch::{Begun, Watched};
use crate::asl::trace::{HistoryEvent, Trace};
use crate::asl::{Definition, Outline};
use crate::cloud::{CloudError, ErrorClass, Started};
use crate::event::Happened;
use crate::model::{Execution, MachineType};

/// Events of an EXPRESS execution are looked for from this long before its start on, against clocks that differ.
const LOG_SLACK_MS: i64 = 60_000;

/// A scenario that really waits longer than this is slow.
const SLOW: Duration = Duration::from_secs(30);

/// Why nothing was read of an execution's way.
const INTERRUPTED: &str = "it was interrupted before it was read";

/// How a call came out that waits for an execution's end.
enum Synced {
    Over(Execution),
    Refused(CloudError),
    Silent(Duration),
    Interrupted,
}

/// The scenarios of one machine of one user.
pub(super) struct Group<'a> {
    pub(super) run: &'a ScenarioRun<'a>,
    pub(super) participant: &'a Participant,
    pub(super) machine: &'a Machine,
    pub(super) definition: Option<Definition>,
    pub(super) outline: Option<Outline>,
    pub(super) permits: &'a Semaphore,
    pub(super) polling: &'a ArnPolling,
    pub(super) clock: &'a RunClock,
}

/// Why the way of an execution is not known.
#[derive(Clone)]
enum Unseen {
    /// It should have been reported, so that nothing is proved.
    Unreported(String),
    /// The machine keeps no record of it: its output is all there is to judge.
    Unkept(String),
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
        join_all(cases.into_iter().map(|case| self.run_one(case))).await
    }

    /// Starts one, follows it by its ARN and judges what came of it.
    async fn run_one(&self, case: Case<'a>) -> Seen {
        let started = match self.start(case).await {
            Ok(started) => started,
            Err(seen) => return *seen,
        };
        let (cloud, pace) = (self.participant.cloud.as_ref(), self.run.pace);
        let begun = Begun { started, limit: self.run.limit(case.scenario) };
        let (alike, cancel) = (case.scenario.name.as_str(), &self.run.cancel);
        let followed = Followed { cloud, begun, alike, pace, cancel, clock: self.clock };
        match self.polling.follow(followed).await {
            Watched::StillRunning { arn, .. } if self.run.cancel.is_set() => self.interrupted(case, Some(arn)),
            Watched::StillRunning { arn, limit, .. } => self.stop(case, &arn, limit).await,
            Watched::Lost { arn, error, .. } => {
                self.unread(case, format!("how it ended could not be learnt: {error}"), Some(arn))
            }
            Watched::Ended(execution) => self.ended(case, execution).await,
        }
    }

    /// Starts one; an outcome where that failed.
    async fn start(&self, case: Case<'a>) -> Result<Started, Box<Seen>> {
        let name = execution_name(&case.scenario.name, &self.run.run_id);
        let attempt = async {
            let _permit = self.permits.acquire().await;
            self.participant.cloud.start(&self.machine.arn, &name, &case.scenario.input).await
        };
        let cancel = self.run.cancel.clone();
        let result = tokio::select! {
            result = attempt => result,
            () = cancel.wait() => return Err(Box::new(self.interrupted(case, None))),
        };
        let started = result.map_err(|error| Box::new(self.refused(case, &error)))?;
        self.tell_started(&started.arn);
        Ok(started)
    }

    /// Judges one that is over.
    async fn ended(&self, case: Case<'a>, execution: Execution) -> Seen {
        let cancel = self.run.cancel.clone();
        let history = tokio::select! {
            history = self.participant.cloud.history(&execution.arn, self.asks_for_data()) => history,
            () = cancel.wait() => {
                return self.judged(case, execution, Err(Unseen::Unreported(INTERRUPTED.to_owned())));
            }
        };
        let trace = match (history, &self.outline) {
            (Ok(events), Some(outline)) => Ok(self.traced(outline, &events)),
            (Ok(_), None) => Err(Unseen::Unreported("the definition could not be read".to_owned())),
            (Err(error), _) => Err(Unseen::Unreported(format!("the history could not be read: {error}"))),
        };
        self.judged(case, execution, trace)
    }

    /// Whether some state's way can be told by its input alone.
    fn asks_for_data(&self) -> bool {
        self.outline.as_ref().is_some_and(Outline::has_choices_alike)
    }

    fn traced(&self, outline: &Outline, events: &[HistoryEvent]) -> Trace {
        let trace = Trace::of(outline, events);
        match &self.definition {
            Some(definition) => trace.with_choices(definition),
            None => trace,
        }
    }

    /// Stops one whose time is over, and says where it stood; one that has ended in the meantime is judged.
    async fn stop(&self, case: Case<'a>, arn: &str, limit: Duration) -> Seen {
        let cloud = &self.participant.cloud;
        if let Ok(execution) = cloud.execution(arn).await
            && execution.status.is_terminal()
        {
            return self.ended(case, execution).await;
        }
        let events = cloud.history(arn, false).await.unwrap_or_default();
        let waits_seconds = case.scenario.waits_seconds;
        let mut stuck = Stuck { events: &events, limit, waits_seconds, not_stopped: None };
        let why = stuck.problem();
        stuck.not_stopped = cloud.stop(arn, &why).await.err().map(|error| error.to_string());
        let problem = stuck.problem();
        // With the end that it has now.
        let events = cloud.history(arn, self.asks_for_data()).await.unwrap_or(events);
        let trace = self.outline.as_ref().map(|outline| self.traced(outline, &events));
        let seen = trace.as_ref().zip(self.outline.as_ref());
        let failed_by = self.participant.cause(self.machine, &stopped(arn, why), seen);
        let outcome = ScenarioOutcome {
            execution_arn: Some(arn.to_owned()),
            path: trace.as_ref().map(path),
            problems: vec![problem],
            cause: failed_by,
            endless: true,
            ..blank(self.participant, case.scenario)
        };
        Seen::tell(self.run, case, outcome, trace)
    }

    async fn run_express(&self, cases: Vec<Case<'a>>) -> Vec<Seen> {
        let mut seen = Vec::new();
        let mut executions = Vec::new();
        for (case, result) in join_all(cases.into_iter().map(|case| self.run_sync(case))).await {
            match result {
                Synced::Over(execution) => executions.push((case, execution)),
                Synced::Refused(error) => seen.push(self.refused(case, &error)),
                Synced::Silent(limit) => {
                    let problem = format!(
                        "was still running after {} s; an EXPRESS execution cannot be stopped, and ends by itself after five minutes",
                        limit.as_secs()
                    );
                    seen.push(self.without(case, problem, None));
                }
                Synced::Interrupted => seen.push(self.interrupted(case, None)),
            }
        }
        let (traces, why) = self.express_traces(&executions).await;
        for (case, execution) in executions {
            let trace = traces.get(&execution.arn).cloned().ok_or_else(|| why.clone());
            seen.push(self.judged(case, execution, trace));
        }
        seen
    }

    async fn run_sync(&self, case: Case<'a>) -> (Case<'a>, Synced) {
        let name = execution_name(&case.scenario.name, &self.run.run_id);
        let limit = self.clock.of_a_call(self.run.limit(case.scenario));
        let execution = async {
            let _permit = self.permits.acquire().await;
            let call = self.participant.cloud.start_sync(&self.machine.arn, &name, &case.scenario.input);
            match self.clock.within(limit, call).await {
                Some(Ok(execution)) => Synced::Over(execution),
                Some(Err(error)) => Synced::Refused(error),
                None => Synced::Silent(limit),
            }
        };
        let cancel = self.run.cancel.clone();
        let synced = tokio::select! {
            synced = execution => synced,
            () = cancel.wait() => Synced::Interrupted,
        };
        if let Synced::Over(execution) = &synced {
            self.clock.saw_an_end();
            self.tell_started(&execution.arn);
        }
        (case, synced)
    }

    /// What the executions did, by ARN, as far as the log group tells in time, and why not of the others.
    async fn express_traces(&self, executions: &[(Case<'a>, Execution)]) -> (BTreeMap<String, Trace>, Unseen) {
        let nothing = |why| (BTreeMap::new(), why);
        let Some(outline) = &self.outline else {
            return nothing(Unseen::Unreported("the definition could not be read".to_owned()));
        };
        let Some(group) = &self.machine.log_group else { return nothing(self.unkept()) };
        let Some(since) = executions.iter().map(|(_, execution)| execution.started_ms).min() else {
            return nothing(self.unkept());
        };
        let arns: BTreeSet<String> = executions.iter().map(|(_, execution)| execution.arn.clone()).collect();
        let awaited = Awaited { group, since_ms: since.saturating_sub(LOG_SLACK_MS), arns: &arns };
        match self.histories(awaited).await {
            Ok((histories, why)) => {
                (histories.into_iter().map(|(arn, events)| (arn, self.traced(outline, &events))).collect(), why)
            }
            Err((group, error)) => {
                nothing(Unseen::Unreported(format!("the log group `{group}` could not be read: {error}")))
            }
        }
    }

    /// What the log tells. Where the first look misses something, the machine itself says where its log goes: a student's own may
    /// have another log group than the pack's, or none, and then there is nothing to wait for.
    async fn histories(&self, awaited: Awaited<'_>) -> Result<(Histories, Unseen), (String, CloudError)> {
        let cloud = self.participant.cloud.as_ref();
        let cancel = self.run.cancel.clone();
        let at_once = Pace { log_patience: Duration::ZERO, ..self.run.pace };
        let first = await_histories(cloud, awaited, (at_once, self.clock), &cancel).await;
        let pack = awaited.group.to_owned();
        let first = first.map_err(|error| (pack.clone(), error))?;
        if cancel.is_set() {
            return Ok((first, Unseen::Unreported(INTERRUPTED.to_owned())));
        }
        if first.len() == awaited.arns.len() {
            return Ok((first, self.unkept()));
        }
        let live = cloud.machine(&self.machine.name).await.ok().flatten();
        let group = match live.map(|(_, live)| live.logging) {
            Some(Some(logging)) if logging.level == "ALL" => logging.log_group,
            Some(_) => return Ok((first, self.unkept())),
            None => pack,
        };
        let awaited = Awaited { group: &group, ..awaited };
        let reported = await_histories(cloud, awaited, (self.run.pace, self.clock), &cancel).await;
        let reported = reported.map_err(|error| (group.clone(), error))?;
        let seconds = self.run.pace.log_patience.as_secs();
        let why =
            format!("the log was not delivered to `{group}` within {seconds} s; is the machine's logging level ALL?");
        Ok((reported, Unseen::Unreported(why)))
    }

    fn unkept(&self) -> Unseen {
        Unseen::Unkept(format!(
            "`{}` does not log its executions (level ALL), so its output was judged",
            self.machine.name
        ))
    }

    fn judged(&self, case: Case<'a>, execution: Execution, trace: Result<Trace, Unseen>) -> Seen {
        let path = trace.as_ref().ok().map(path);
        let mut problems = judge(&case.scenario.expect, &execution, path.as_deref());
        let mut notes = Vec::new();
        match &trace {
            // A path that is expected and was not reported is not proved.
            Err(Unseen::Unreported(why)) if case.scenario.expect.path.is_some() => {
                problems.push(format!("path: not known: {why}"));
            }
            Err(Unseen::Unreported(why) | Unseen::Unkept(why)) => notes.push(format!("path: not seen: {why}")),
            Ok(_) => {}
        }
        let seen = trace.as_ref().ok().zip(self.outline.as_ref());
        let unexpected = !problems.is_empty();
        let failed_by = unexpected.then(|| self.participant.cause(self.machine, &execution, seen)).flatten();
        let ms = duration_ms(&execution);
        self.run.journal.tell(Happened::ExecutionFinished {
            user: self.participant.user.to_string(),
            arn: execution.arn.clone(),
            status: execution.status.word().to_owned(),
            outcome: execution.status.word().to_owned(),
            ms,
        });
        let unread = match &trace {
            Err(Unseen::Unreported(why)) => Some(why.clone()),
            Err(Unseen::Unkept(_)) | Ok(_) => None,
        };
        let outcome = ScenarioOutcome {
            path,
            ms,
            unread,
            started_ms: Some(execution.started_ms),
            problems,
            notes,
            cause: failed_by,
            execution_arn: Some(execution.arn),
            actual: Some(Actual {
                status: execution.status,
                output: execution.output,
                error: execution.error,
                cause: execution.cause,
            }),
            ..blank(self.participant, case.scenario)
        };
        Seen::tell(self.run, case, outcome, trace.ok())
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
        self.unread(case, "was interrupted before its end".to_owned(), arn)
    }

    /// Nothing is proved by it.
    fn unread(&self, case: Case<'a>, problem: String, execution_arn: Option<String>) -> Seen {
        let (unread, problems) = (Some(problem.clone()), vec![problem]);
        let blank = blank(self.participant, case.scenario);
        Seen::tell(self.run, case, ScenarioOutcome { execution_arn, unread, problems, ..blank }, None)
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

/// The states that an execution entered.
fn path(trace: &Trace) -> Vec<String> {
    trace.path().map(str::to_owned).collect()
}
