//! ValidateStateMachineDefinition.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>

use crate::member::Member as _;
use serde_json::{Value, json};

use super::access::Access;
use super::resource::unknown_operation;
use super::state::text;
use crate::wire::{Answer, Call, Fault};
use labctl_asl::{self, Finding, Syntax};

/// The most diagnostics in one answer; without a wish (or with 0) as many.
const LARGEST: usize = 100;

pub(super) fn validate(access: &Access, call: &Call) -> Result<Answer, Fault> {
    let input = &call.input;
    access.permit(call, "*")?;
    let definition = text(input, "definition");
    let express = input.member("type").as_str() == Some("EXPRESS");
    let warnings_too = input.member("severity").as_str() == Some("WARNING");
    let most = match input.member("maxResults").as_i64().unwrap_or(0) {
        0 => LARGEST,
        most => usize::try_from(most).unwrap_or(LARGEST),
    };
    let mut findings = labctl_asl::check(definition, Syntax::Json, express);
    findings.extend(
        labctl_asl::parse(definition)
            .ok()
            .and_then(|machine| unknown_operation(&machine))
            .map(Finding::unknown_resource),
    );
    let failed = findings.iter().any(Finding::is_error);
    let wanted: Vec<&Finding> = findings.iter().filter(|finding| warnings_too || finding.is_error()).collect();
    let diagnostics: Vec<Value> = wanted.iter().take(most).map(|finding| diagnostic(finding)).collect();
    Ok(Answer::members(json!({
        "result": if failed { "FAIL" } else { "OK" },
        "diagnostics": diagnostics,
        "truncated": wanted.len() > most,
    })))
}

fn diagnostic(finding: &Finding) -> Value {
    let severity = if finding.is_error() { "ERROR" } else { "WARNING" };
    let mut diagnostic = json!({ "severity": severity, "code": finding.code, "message": finding.message });
    if let (Some(location), Some(members)) = (location(finding), diagnostic.as_object_mut()) {
        members.insert("location".to_owned(), json!(location));
    }
    diagnostic
}

/// Where it is, as AWS writes it; in a text that is no JSON, where its message says the parser stopped.
fn location(finding: &Finding) -> Option<String> {
    finding.location().or_else(|| finding.message.split_once("\n at ").map(|(_, place)| place.to_owned()))
}
