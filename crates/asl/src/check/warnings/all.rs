//! Every warning.

use super::{choices, flow, handlers, tasks, values, variables};
use crate::check::report::Report;
use crate::check::written::Written;
use crate::definition::Definition;

/// Looks at a definition as it is written and, if it is good, as it was read.
pub(in crate::check) fn all(written: &Written<'_>, good: Option<&Definition>, express: bool, report: &mut Report) {
    flow::check(written, express, report);
    variables::check(written, report);
    let raised = handlers::raised(written);
    for (id, state) in &written.states {
        handlers::check(state, &raised, report);
        tasks::check(written, state, express, report);
        values::check(written, *id, state, report);
    }
    if let Some(definition) = good {
        choices::check(written, definition, report);
    }
}
