//! State machine definitions, held against the language.

use std::sync::Arc;

use handlebars::Context;
use serde_json::Value;

use super::document;
use super::template::{self, Templates};
use crate::asl::{self, Finding, Syntax};
use crate::model::{Diagnostic, MachineTemplate, MachineType, Severity, SourceText, Span};

/// The largest definition that CreateStateMachine takes, in bytes.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const LARGEST: usize = 1024 * 1024;

/// Reads YAML; a mistake comes with line and column, both from 1.
pub(super) fn read_yaml(text: &str) -> Result<Value, (String, usize, usize)> {
    let json = asl::yaml_to_json(text).map_err(|findings| match findings.into_iter().next() {
        Some(finding) => (finding.message, finding.line, finding.column),
        None => ("it cannot be read".to_owned(), 1, 1),
    })?;
    serde_json::from_str(&json).map_err(|error| (error.to_string(), 1, 1))
}

/// What the language says about a machine's definition, each finding at its place in the template.
pub(super) fn check(templates: &Templates<'_>, machine: &MachineTemplate, context: &Context) -> Vec<Diagnostic> {
    let file = machine.definition.as_str();
    // A template that cannot be filled in, or whose result cannot be read, has been told of already.
    let Ok(filled) = document::fill(templates, file, context) else { return Vec::new() };
    if filled.text.len() > LARGEST {
        let message = format!("the definition has {} bytes, and Step Functions takes {LARGEST}", filled.text.len());
        let finding = Diagnostic::error("render::definition-too-large", message);
        return vec![templates.at_string(finding.help("split the workflow, or move data out of it"), file)];
    }
    let Ok(text) = templates.document(file, context) else { return Vec::new() };
    let syntax = if document::is_yaml(file) { Syntax::Yaml } else { Syntax::Json };
    let express = machine.machine_type == MachineType::Express;
    if asl::check(&text, syntax, express).is_empty() {
        return Vec::new();
    }
    let place = templates.source(file).zip(templates.traced(file, context));
    let text = place.as_ref().map_or(text.as_str(), |(_, traced)| traced.text.as_str());
    let output = SourceText::new(file, text);
    let told = asl::check(text, syntax, express).into_iter().map(|finding| {
        let diagnostic = diagnostic(&finding);
        match &place {
            Some((source, traced)) => {
                diagnostic.at(source, template::within(source, traced.origin(span(&output, &finding))))
            }
            None => diagnostic,
        }
    });
    told.collect()
}

fn span(output: &Arc<SourceText>, finding: &Finding) -> Span {
    let offset = output.offset(finding.line, finding.column);
    let end = output.offset(finding.line, finding.column + finding.length);
    Span { offset, length: end.saturating_sub(offset) }
}

fn diagnostic(finding: &Finding) -> Diagnostic {
    let severity = match finding.severity {
        asl::Severity::Error => Severity::Error,
        asl::Severity::Warning => Severity::Warning,
        asl::Severity::Note => Severity::Note,
    };
    let message = match finding.pointer.as_str() {
        "" => finding.message.clone(),
        pointer => format!("{} (`{pointer}`)", finding.message),
    };
    let diagnostic = Diagnostic { severity, ..Diagnostic::error("render::definition", message) };
    match &finding.help {
        Some(help) => diagnostic.help(help.clone()).label(finding.code),
        None => diagnostic.label(finding.code),
    }
}
