//! Definitions that were sent to AWS: what it accepted raises no finding, what it refused raises an error.
//!
//! The recordings lie beside the repository (`../shared/asl-cases`), not in it; without them these tests are skipped, by name.

use labctl_source::Severity;
use serde_json::Value;

use super::{Asked, lint};
use crate::finding::Finding;
use crate::notation::Syntax;
use crate::recordings::recordings;

/// Accepted definitions, by the beginning of their case, about which a warning is right: their recorded execution failed, or never ended, for that very reason.
const RIGHTLY_WARNED: [(&str, &str); 3] = [
    (
        "assign.test_assign_reference_variables.TestAssignReferenceVariables.test_undefined_reference[",
        "unassigned-variable",
    ),
    ("callback.test_callback.TestCallback.test_sqs_wait_for_task_token_no_token_parameter", "token-not-passed"),
    (
        "states_variables.test_error_output.TestStateVariablesTemplate.test_map_catch_error[MAP_CATCH_ERROR_OUTPUT_WITH_RETRY]",
        "unassigned-variable",
    ),
];

const CALLS: [&str; 3] = ["create_state_machine", "update_state_machine", "validate_state_machine_definition"];

/// Every definition of the recordings: the case, the definition, whether it is EXPRESS, whether AWS took it.
fn definitions() -> Vec<(String, String, bool, bool)> {
    recordings(&["execution", "api"]).unwrap_or_default().iter().flat_map(definitions_of).collect()
}

fn definitions_of(case: &Value) -> Vec<(String, String, bool, bool)> {
    let id = case["id"].as_str().unwrap_or_default();
    let steps = case["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let calls = steps.iter().filter(|step| CALLS.contains(&step["op"].as_str().unwrap_or_default()));
    let definition = |step: &Value| {
        let text = step["params"]["definition"].as_str()?;
        let refused = step["expect_error"] == true && case["checks"].to_string().contains("InvalidDefinition");
        let good = !refused && !is_judged_bad(case, step);
        Some((id.to_owned(), text.to_owned(), step["params"]["type"] == "EXPRESS", good))
    };
    calls.filter_map(definition).collect()
}

/// Whether ValidateStateMachineDefinition answered FAIL.
fn is_judged_bad(case: &Value, step: &Value) -> bool {
    step["op"] == "validate_state_machine_definition" && case["checks"].to_string().contains("\"result\":\"FAIL\"")
}

fn reported(text: &str, express: bool) -> Vec<Finding> {
    let mut found = lint(text, Syntax::Json, Asked { express, lesson: false });
    found.retain(|finding| finding.severity != Severity::Note);
    found
}

#[test]
fn what_aws_accepted_raises_no_finding() {
    let mut wrong = Vec::new();
    for (id, text, express, _) in definitions().into_iter().filter(|(.., good)| *good) {
        for finding in reported(&text, express) {
            let right = |(case, rule): &(&str, &str)| id.starts_with(case) && finding.rule.name() == *rule;
            if !RIGHTLY_WARNED.iter().any(right) {
                wrong.push(format!("{id}: {} {} {:?}", finding.rule.code, finding.message, finding.location()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} findings", wrong.join("\n"), wrong.len());
}

#[test]
fn what_aws_refused_raises_an_error() {
    for (id, text, express, _) in definitions().into_iter().filter(|(.., good)| !good) {
        assert!(reported(&text, express).iter().any(Finding::is_error), "{id}: {text}");
    }
}
