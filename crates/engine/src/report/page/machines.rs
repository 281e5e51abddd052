//! Workflows, with where the class's executions went.

use std::collections::BTreeMap;

use serde::Serialize;

use super::class::{ClassReport, ReportMachine, StateFigures};
use crate::picture::{Direction, Marks, Picture, StateMark, Status};

/// A workflow as the template takes it.
#[derive(Serialize)]
pub(super) struct MachineShown {
    id: String,
    name: String,
    executions: u64,
    reached: usize,
    total: usize,
    /// Our own drawing.
    svg: String,
    states: Vec<StateShown>,
}

#[derive(Serialize)]
struct StateShown {
    id: String,
    name: String,
    kind: &'static str,
    entered: u64,
    users: usize,
    failed: u64,
    retried: u64,
    is_missed: bool,
}

/// All workflows, and the anchors of their states by machine and state.
pub(super) fn machines(class: &ClassReport) -> (Vec<MachineShown>, Anchors) {
    let mut anchors = Anchors::default();
    let shown = class.machines.iter().enumerate().map(|(at, machine)| {
        for (place, state) in machine.outline.states.iter().enumerate() {
            anchors.0.insert((machine.name.clone(), state.name.clone()), anchor(at, place));
        }
        of_one(at, machine)
    });
    (shown.collect(), anchors)
}

/// Where states stand in the page.
#[derive(Default)]
pub(super) struct Anchors(BTreeMap<(String, String), String>);

impl Anchors {
    /// The anchor of a state of a machine.
    pub(super) fn of(&self, machine: &str, state: &str) -> Option<&String> {
        self.0.get(&(machine.to_owned(), state.to_owned()))
    }

    /// The anchor of a state of any machine.
    pub(super) fn of_any(&self, state: &str) -> Option<&String> {
        self.0.iter().find(|((_, known), _)| known == state).map(|(_, anchor)| anchor)
    }
}

fn anchor(machine: usize, state: usize) -> String {
    format!("s-{machine}-{state}")
}

fn of_one(at: usize, machine: &ReportMachine) -> MachineShown {
    let figures = |state: &str| machine.states.get(state).cloned().unwrap_or_default();
    let mark = |(state, figures): (&String, &StateFigures)| {
        let status = if figures.failed > 0 { Status::Failed } else { Status::Succeeded };
        let mark = StateMark { status, entered: figures.entered, retried: figures.retried, duration_ms: None };
        (state.clone(), mark)
    };
    let marks = Marks { states: machine.states.iter().map(mark).collect(), taken: machine.taken.clone() };
    let picture =
        Picture { outline: &machine.outline, title: &machine.name, direction: Direction::Down, marks: Some(&marks) };
    let states: Vec<StateShown> = (machine.outline.states.iter().enumerate())
        .map(|(place, state)| {
            let StateFigures { entered, failed, retried, users } = figures(&state.name);
            let (id, name, kind) = (anchor(at, place), state.name.clone(), state.state_type);
            StateShown { id, name, kind, entered, users: users.len(), failed, retried, is_missed: entered == 0 }
        })
        .collect();
    MachineShown {
        id: format!("m-{at}"),
        name: machine.name.clone(),
        executions: machine.executions,
        reached: states.iter().filter(|state| !state.is_missed).count(),
        total: states.len(),
        svg: picture.svg(),
        states,
    }
}
