//! Every doubt.

use super::{choices, flow, handlers, tasks, values, variables};
use crate::check::outline::Outline;
use crate::check::report::Report;
use crate::machine::Machine;

/// Looks at a definition as it is written and, if it is good, as it was read.
pub(in crate::check) fn all(outline: &Outline<'_>, machine: Option<&Machine>, express: bool, report: &mut Report) {
    flow::check(outline, express, report);
    variables::check(outline, report);
    let raised = handlers::raised(outline);
    for (scope, state) in outline.states() {
        handlers::check(state, &raised, report);
        tasks::check(outline, state, express, report);
        values::check(outline, scope, state, report);
    }
    if let Some(machine) = machine {
        choices::check(outline, machine, report);
    }
}
