//! What the checker has to say, and how AWS would say it.

use std::sync::Arc;

use labctl_source::{Diagnostic, Severity, SourceText, Span};

use super::check::{Rule, rules};

/// One mistake in a definition, with its place in the text.
///
/// The rule is ours and stable. The code is that of ValidateStateMachineDefinition, with messages in AWS's words; `NOT_SUPPORTED` is
/// ours, for what AWS takes and this interpreter does not.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is broken.
    pub rule: &'static Rule,
    /// `SCHEMA_VALIDATION_FAILED`, `MISSING_TRANSITION_TARGET`, …; empty where AWS says nothing.
    pub code: &'static str,
    /// Whether AWS would refuse the definition.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// JSON pointer: `/States/A/Next`; empty for the whole text.
    pub pointer: String,
    /// The stretch of the text that is wrong, never beyond its line.
    pub at: Span,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether it follows from another finding: AWS tells it, [`super::lint`] does not.
    pub follows: bool,
    /// Whether it hangs on what is still to be filled in: a warning for [`super::lint`], an error where AWS answers.
    pub unfilled: bool,
    /// The character inside the text at this place where it goes wrong, counted from 0.
    pub(super) inside: Option<usize>,
}

impl Finding {
    /// A breach of a rule at a place.
    pub(super) fn new(rule: &'static Rule, message: String, pointer: &str, at: Span) -> Self {
        Self {
            rule,
            code: rule.aws.unwrap_or_default(),
            severity: rule.severity,
            message,
            pointer: pointer.to_owned(),
            at,
            help: None,
            follows: false,
            unfilled: false,
            inside: None,
        }
    }

    /// A resource that nobody offers, with no place: only an endpoint knows all operations of its service.
    pub fn unknown_resource(message: String) -> Self {
        Self::new(&rules::UNKNOWN_RESOURCE, message, "", Span::default())
    }

    /// The finding as it is shown, in the text that was checked: where in the definition is part of what is wrong, and AWS's code, for
    /// whoever searches for it, stands at the place.
    pub fn diagnostic(&self, source: &Arc<SourceText>) -> Diagnostic {
        let message = match self.pointer.as_str() {
            "" | "/" => self.message.clone(),
            pointer => format!("{} (`{pointer}`)", self.message),
        };
        Diagnostic {
            severity: self.severity,
            label: Some(self.code.to_owned()).filter(|code| !code.is_empty()),
            help: self.help.clone(),
            ..Diagnostic::error(self.rule.code, message).at(source, self.at)
        }
    }

    /// Whether AWS would refuse the definition for it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The place as AWS writes it: `/States/A/Choices[0]/Next`; None if AWS gives none.
    pub fn location(&self) -> Option<String> {
        if self.pointer.is_empty() || self.pointer == "/" {
            return Some(self.pointer.clone()).filter(|pointer| !pointer.is_empty());
        }
        let mut location = String::new();
        let mut before = "";
        for step in self.pointer.split('/').skip(1) {
            let is_index = before != "States" && !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
            let step_text = step.replace("~1", "/").replace("~0", "~");
            let (open, close) = if is_index { ("[", "]") } else { ("/", "") };
            location.extend([open, &step_text, close]);
            before = step;
        }
        Some(location)
    }
}

/// The message of the error `InvalidDefinition` with which CreateStateMachine answers these findings; warnings are left out.
pub fn aws_message(findings: &[Finding]) -> String {
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.is_error() && finding.rule.aws.is_some())
        .map(|finding| {
            let location = finding.location();
            // AWS puts what it has, and for syntax errors the place is in the message already.
            let place = match location.as_deref() {
                None if finding.code.ends_with("_DESCRIPTION") => String::new(),
                location => format!(" at {}", location.unwrap_or("null")),
            };
            format!("{}: {}{place}", finding.code, finding.message)
        })
        .collect();
    format!("Invalid State Machine Definition: '{}'", errors.join(", "))
}
