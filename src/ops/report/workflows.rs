//! Where executions went in the pack's workflows.

use std::collections::{BTreeMap, BTreeSet};

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::rendering::offline_places;
use crate::asl::trace::Trace;
use crate::asl::{self, Outline};
use crate::kind::StateMachine;
use crate::model::{Lab, User};
use crate::render;
use crate::report::{ClassReport, ReportMachine, StateFigures};
use crate::verify::{Bundle, UserEvidence};

/// Adds the workflows, and to each student the states that none of the student's executions entered.
///
/// # Errors
/// Mistakes of the templates.
pub(super) fn add(
    context: &Context,
    lab: &Lab,
    users: &[User],
    bundle: &Bundle,
    student: Option<&str>,
    page: &mut ClassReport,
) -> Result<(), Failure> {
    let outlines = outlines(context, lab, users)?;
    let meant = || bundle.users.iter().filter(|user| student.is_none_or(|student| user.user == student));
    for (name, outline) in outlines {
        let mut machine =
            ReportMachine { name, outline, executions: 0, states: BTreeMap::new(), taken: BTreeSet::new() };
        for evidence in meant() {
            let untouched = see(&mut machine, evidence);
            let shown = page.users.iter_mut().find(|user| user.name == evidence.user);
            if let Some((user, states)) = shown.zip(untouched.filter(|states| !states.is_empty())) {
                user.untouched.insert(machine.name.clone(), states);
            }
        }
        page.machines.push(machine);
    }
    Ok(())
}

/// The pack's workflows by their names, as the first of these users has them.
fn outlines(context: &Context, lab: &Lab, users: &[User]) -> Result<Vec<(String, Outline)>, Failure> {
    let Some(first) = users.first() else { return Ok(Vec::new()) };
    let rendered = render::desired(lab, &[first], &offline_places(lab), &context.settings.out)?;
    let prefix = format!("{}-", first.name);
    let mut found = Vec::new();
    for resource in rendered.desired.users.iter().flat_map(|user| &user.resources) {
        let Some(machine) = resource.body.of::<StateMachine>() else { continue };
        let Ok(definition) = asl::parse(&machine.definition) else { continue };
        let name = resource.key.name.strip_prefix(&prefix).unwrap_or(&resource.key.name);
        found.push((name.to_owned(), definition.outline()));
    }
    let place = |name: &String| lab.pack.machines.iter().position(|machine| machine.name == *name);
    found.sort_by_key(|(name, _)| place(name));
    Ok(found)
}

/// Counts what a user's executions did; gives the states that none of them entered, where any was seen.
fn see(machine: &mut ReportMachine, evidence: &UserEvidence) -> Option<Vec<String>> {
    let mut entered: Vec<&str> = Vec::new();
    let mut is_seen = false;
    for execution in evidence.executions.iter().filter(|execution| execution.machine == machine.name) {
        let Some(visits) = &execution.visits else { continue };
        is_seen = true;
        machine.executions += 1;
        for visit in visits {
            entered.push(&visit.state);
            let figures: &mut StateFigures = machine.states.entry(visit.state.clone()).or_default();
            figures.entered += 1;
            figures.failed += u64::from(!visit.succeeded);
            figures.retried += visit.attempts.len().saturating_sub(1) as u64;
            figures.users.insert(evidence.user.clone());
        }
        let path: Vec<String> = visits.iter().map(|visit| visit.state.clone()).collect();
        let trace = Trace::along(&machine.outline, &path);
        let ways = trace.into_iter().flat_map(|trace| trace.transitions);
        machine.taken.extend(ways.map(|way| (way.from, way.to, way.caught)));
    }
    let states = machine.outline.states.iter().map(|state| state.name.clone());
    is_seen.then(|| states.filter(|state| !entered.contains(&state.as_str())).collect())
}
