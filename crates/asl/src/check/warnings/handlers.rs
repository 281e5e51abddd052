//! Retry and Catch: elements that can never be used, and errors that never occur.

use std::collections::BTreeSet;

use labctl_source::{Node, pointer_step};

use crate::check::fields::Fields;
use crate::check::report::Report;
use crate::check::rules;
use crate::check::written::{Written, WrittenState};

/// The errors that Step Functions raises itself; those of HTTP tasks have more behind `States.Http.`.
const ERRORS: [&str; 16] = [
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];

/// The errors that the Fail states of a machine raise.
pub(super) fn raised<'n>(written: &Written<'n>) -> BTreeSet<&'n str> {
    written
        .states
        .values()
        .filter(|state| state.kind == "Fail")
        .filter_map(|state| state.fields.text_of("Error"))
        .collect()
}

pub(super) fn check(state: &WrittenState<'_>, raised: &BTreeSet<&str>, report: &mut Report) {
    for name in ["Retry", "Catch"] {
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        for handler in state.elements(name) {
            let errors = handler.get("ErrorEquals").and_then(Node::elements).unwrap_or_default();
            let named: Vec<&str> = errors.iter().filter_map(Node::text).collect();
            names(&handler, errors, raised, report);
            let is_taken = |error: &&str| taken.contains(error);
            if !named.is_empty() && named.len() == errors.len() && named.iter().all(is_taken) {
                let message = format!("every error of this element of `{name}` is taken by an earlier one");
                let pointer = handler.pointer("ErrorEquals");
                report.tell(&rules::HANDLER_NEVER_USED, message, &pointer, handler.place("ErrorEquals"));
                report.help("remove it, or put it before the others");
            }
            taken.extend(named);
        }
    }
}

fn names(handler: &Fields<'_>, errors: &[Node], raised: &BTreeSet<&str>, report: &mut Report) {
    for (index, node) in errors.iter().enumerate() {
        let Some(error) = node.text() else { continue };
        let pointer = pointer_step(&handler.pointer("ErrorEquals"), &index.to_string());
        if error == "States.Runtime" {
            let message = "`States.Runtime` always fails the execution: it is neither retried nor caught";
            report.tell(&rules::ERROR_NEVER_HANDLED, message, &pointer, node.at);
            report.help("remove it, and check the data before: with a Choice and `IsPresent`, for instance");
        } else if error.starts_with("States.")
            && !error.starts_with("States.Http.")
            && !ERRORS.contains(&error)
            && !raised.contains(error)
        {
            report.tell(&rules::UNKNOWN_ERROR_NAME, format!("there is no error `{error}`"), &pointer, node.at);
            report.help("names of your own do not begin with `States.`");
            report.suggest(error, ERRORS);
        }
    }
}
