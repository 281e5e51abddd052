//! What the checker has to say, and how AWS would say it.

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// CreateStateMachine refuses the definition.
    Error,
    /// The definition is accepted and probably not what was meant.
    Warning,
}

/// One mistake in a definition, with its place in the text.
///
/// Codes are those of ValidateStateMachineDefinition, and messages are in AWS's words; `NOT_SUPPORTED` is ours, for what AWS takes
/// and this interpreter does not.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `SCHEMA_VALIDATION_FAILED`, `MISSING_TRANSITION_TARGET`, …
    pub code: &'static str,
    /// Whether AWS would refuse the definition.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// JSON pointer: `/States/A/Next`; empty for the whole text.
    pub pointer: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// In characters, at least 1, never beyond the line.
    pub length: usize,
    /// What to do about it.
    pub help: Option<String>,
}

/// The message of the error `InvalidDefinition` with which CreateStateMachine answers these findings; warnings are left out.
pub fn aws_message(findings: &[Finding]) -> String {
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| match finding.pointer.as_str() {
            "" => format!("{}: {}", finding.code, finding.message),
            pointer => format!("{}: {} at {pointer}", finding.code, finding.message),
        })
        .collect();
    format!("Invalid State Machine Definition: '{}'", errors.join(", "))
}
