//! What a user's lab is expected to use: each scenario once, as `test` starts it, and a bulk test.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::super::context::Context;
use super::lab::{BilledLab, BilledMachine};
use crate::asl::OutlineState;
use crate::host;
use crate::model::{ExecutionStatus, Pack, Scenario, User};
use crate::report::{Usage, express_mb_ms};
use crate::trial::SavedRun;

/// What a call of a function is taken to last where no bulk test measured it.
const CALL_MS: u64 = 500;
/// What a call of a function is taken to log.
const CALL_BYTES: u64 = 500;
/// What a state is taken to log where a machine logs everything.
const STATE_BYTES: u64 = 2_000;
/// A run's document is never larger.
const MOST: u64 = 1 << 30;

/// What a bulk test measured: per state how often it was entered and how long it usually took, over so many executions.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    run: String,
    machine: String,
    executions: u64,
    states: BTreeMap<String, State>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct State {
    count: u64,
    p50: u64,
}

impl Measured {
    /// What the newest bulk test measured that knows its states; none where there is none.
    pub(super) fn newest(context: &Context) -> Option<Self> {
        let runs = SavedRun::all(&context.settings.out.join("runs")).ok()?;
        runs.iter().find_map(|run| Self::read(&run.id, &run.document(), run.settings().ok()??.machine))
    }

    fn read(run: &str, document: &Path, machine: String) -> Option<Self> {
        #[derive(Deserialize)]
        struct Saved {
            states: BTreeMap<String, State>,
            states_from: From,
        }
        #[derive(Deserialize)]
        struct From {
            executions: u64,
        }
        let saved: Saved = serde_json::from_slice(&host::read(document, MOST).ok()?).ok()?;
        let executions = saved.states_from.executions;
        (executions > 0).then_some(Self { run: run.to_owned(), machine, executions, states: saved.states })
    }
}

/// How a user's lab will be used.
pub(super) struct Lesson<'a> {
    pub(super) pack: &'a Pack,
    pub(super) measured: Option<&'a Measured>,
    /// Executions of the bulk test.
    pub(super) count: u64,
    /// Hours that the lab stands.
    pub(super) hours: u64,
}

impl Lesson<'_> {
    /// What a user's lab is expected to use.
    pub(super) fn usage(&self, user: &User, lab: &BilledLab) -> Usage {
        let scenarios = self.pack.scenarios.iter().filter(|scenario| scenario.is_on(&user.settings));
        let tested = scenarios.map(|scenario| match machine(lab, &scenario.machine) {
            Some(machine) => self.execution(lab, machine, scenario.expect.path.as_deref()),
            None => Usage::default(),
        });
        let ran = tested.fold(self.bulk(lab), Usage::plus);
        ran.plus(Usage::standing(lab.dashboards, ran.log_bytes, self.hours))
    }

    fn bulk(&self, lab: &BilledLab) -> Usage {
        let Some(bulk) = &self.pack.bulk else { return Usage::default() };
        let Some(machine) = machine(lab, &bulk.machine) else { return Usage::default() };
        if let Some(measured) = self.measured.filter(|measured| measured.machine == bulk.machine) {
            return as_measured(lab, machine, measured, self.count);
        }
        let path = usual_path(&self.pack.scenarios, &bulk.machine);
        self.execution(lab, machine, path).times(self.count)
    }

    /// One execution that goes this way; without a way it enters every state once.
    fn execution(&self, lab: &BilledLab, machine: &BilledMachine, path: Option<&[String]>) -> Usage {
        let Some(outline) = &machine.outline else { return Usage::default() };
        let state = |name: &String| outline.states.iter().find(|state| state.name == *name);
        let entered: Vec<&OutlineState> = match path {
            Some(path) => path.iter().filter_map(state).collect(),
            None => outline.states.iter().collect(),
        };
        let known = self.measured.filter(|measured| measured.machine == machine.name);
        let ms = |state: &OutlineState| known.and_then(|it| it.states.get(&state.name)).map_or(CALL_MS, |it| it.p50);
        let calls: Vec<u64> = entered.iter().filter(|state| state.calls_lambda).map(|state| ms(state)).collect();
        let called_ms: u64 = calls.iter().sum();
        let queue_requests = entered.iter().filter(|state| calls_queue(state)).count();
        used(lab, machine, entered.len() as u64, calls.len() as u64, called_ms, queue_requests as u64)
    }

    /// What this was taken from, and what was assumed.
    pub(super) fn assumptions(&self) -> Vec<String> {
        let from = match self.measured {
            Some(measured) => format!(
                "transitions and durations of `{}` as the bulk test {} measured them in {} executions; other calls of \
                 functions {CALL_MS} ms each",
                measured.machine, measured.run, measured.executions
            ),
            None => {
                format!("the states that scenarios expect, without retries; a call of a function lasts {CALL_MS} ms")
            }
        };
        vec![
            format!(
                "planned: each scenario once and {} bulk executions per user; the lab stands for {} hours",
                self.count, self.hours
            ),
            from,
            format!("logs: {CALL_BYTES} bytes a call, and {STATE_BYTES} a state where a machine logs everything"),
            "a month has 730 hours, a GB 1024³ bytes; what is in log groups stays there".to_owned(),
        ]
    }
}

/// As often and as long as a bulk test measured it, for so many executions.
fn as_measured(lab: &BilledLab, machine: &BilledMachine, measured: &Measured, count: u64) -> Usage {
    let state = |name: &String| machine.outline.as_ref()?.states.iter().find(|state| state.name == *name);
    let of_all = |number: u64| number.saturating_mul(count).div_ceil(measured.executions.max(1));
    let calls = || measured.states.iter().filter(|(name, _)| state(name).is_some_and(|state| state.calls_lambda));
    let queue = measured.states.iter().filter(|(name, _)| state(name).is_some_and(calls_queue));
    let entered = of_all(measured.states.values().map(|state| state.count).sum());
    let called = of_all(calls().map(|(_, state)| state.count).sum());
    let called_ms = of_all(calls().map(|(_, state)| state.count.saturating_mul(state.p50)).sum());
    let each = used(lab, machine, entered, called, called_ms, of_all(queue.map(|(_, state)| state.count).sum()));
    let express_requests = if machine.is_express { count } else { 0 };
    let express_mb_ms =
        if machine.is_express { express_mb_ms(called_ms.div_ceil(count.max(1)), 64) * count } else { 0 };
    Usage { express_requests, express_mb_ms, ..each }
}

fn used(lab: &BilledLab, machine: &BilledMachine, entered: u64, calls: u64, called_ms: u64, queue: u64) -> Usage {
    let (transitions, requests, mb_ms) =
        if machine.is_express { (0, 1, express_mb_ms(called_ms, 64)) } else { (entered, 0, 0) };
    let logged = if machine.logs_all { entered * STATE_BYTES } else { 0 };
    Usage {
        transitions,
        express_requests: requests,
        express_mb_ms: mb_ms,
        invocations: calls,
        lambda_mb_ms: called_ms.saturating_mul(lab.most_memory_mb()),
        log_bytes: calls * CALL_BYTES + logged,
        queue_requests: queue,
        ..Usage::default()
    }
}

fn calls_queue(state: &OutlineState) -> bool {
    state.detail.as_ref().is_some_and(|detail| detail.starts_with("sqs:"))
}

fn machine<'l>(lab: &'l BilledLab, name: &str) -> Option<&'l BilledMachine> {
    lab.machines.iter().find(|machine| machine.name == name)
}

/// The way of the first scenario of a machine that succeeds.
fn usual_path<'s>(scenarios: &'s [Scenario], machine: &str) -> Option<&'s [String]> {
    let mut of_machine = scenarios.iter().filter(|scenario| scenario.machine == machine);
    let good = of_machine.find(|it| it.expect.status == ExecutionStatus::Succeeded && it.expect.path.is_some())?;
    good.expect.path.as_deref()
}
