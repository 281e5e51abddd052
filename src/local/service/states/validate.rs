//! ValidateStateMachineDefinition.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>

use crate::local::member::Member as _;
use serde_json::{Value, json};

use super::fault::{missing, validation};
use super::service::Inner;
use crate::asl::{self, Finding, Syntax};
use crate::local::wire::{Answer, Call, Fault};

impl Inner {
    pub(super) fn validate(&self, call: &Call) -> Result<Answer, Fault> {
        let input = &call.input;
        self.authorize(&call.caller, "states:ValidateStateMachineDefinition", "*")?;
        let definition = input.member("definition").as_str().ok_or_else(|| missing("definition"))?;
        let express = input.member("type").as_str() == Some("EXPRESS");
        let warnings_too = input.member("severity").as_str() == Some("WARNING");
        let most = match input.member("maxResults").as_i64().unwrap_or(0) {
            0 => 100,
            most => usize::try_from(most)
                .ok()
                .filter(|most| *most <= 100)
                .ok_or_else(|| validation(most, "maxResults", "Member must have value less than or equal to 100"))?,
        };
        let findings = asl::check(definition, Syntax::Json, express);
        let failed = findings.iter().any(Finding::is_error);
        let wanted: Vec<&Finding> = findings.iter().filter(|finding| warnings_too || finding.is_error()).collect();
        let diagnostics: Vec<Value> = wanted.iter().take(most).map(|finding| diagnostic(finding)).collect();
        Ok(Answer::members(json!({
            "result": if failed { "FAIL" } else { "OK" },
            "diagnostics": diagnostics,
            "truncated": wanted.len() > most,
        })))
    }
}

fn diagnostic(finding: &Finding) -> Value {
    let severity = if finding.is_error() { "ERROR" } else { "WARNING" };
    let mut diagnostic = json!({ "severity": severity, "code": finding.code, "message": finding.message });
    if let (Some(location), Some(members)) = (location(finding), diagnostic.as_object_mut()) {
        members.insert("location".to_owned(), json!(location));
    }
    diagnostic
}

/// A pointer into the definition; in a text that is no JSON, where its message says the parser stopped.
fn location(finding: &Finding) -> Option<&str> {
    match finding.pointer.as_str() {
        "" => finding.message.split_once("\n at ").map(|(_, place)| place),
        pointer => Some(pointer),
    }
}
