//! State machine definitions, held against the language.

use std::sync::Arc;

use handlebars::Context;

use super::document;
use super::template::{self, Templates};
use crate::asl::{self, Asked, Definition, Finding, Syntax};
use crate::model::{MachineTemplate, MachineType};
use crate::source::{Diagnostic, Severity, SourceText};

/// The largest definition that CreateStateMachine takes, in bytes.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const LARGEST: usize = 1024 * 1024;

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
    let asked = Asked { express: machine.machine_type == MachineType::Express, lesson: true };
    if lint(&text, syntax, asked).is_empty() {
        return Vec::new();
    }
    let place = templates.source(file).zip(templates.traced(file, context));
    let text = place.as_ref().map_or(text.as_str(), |(_, traced)| traced.text.as_str());
    let output = SourceText::new(file, text);
    let reported = lint(text, syntax, asked).into_iter().map(|finding| {
        let reported = finding.diagnostic(&output);
        match &place {
            Some((source, traced)) => reported.at(source, template::within(source, traced.origin(finding.at))),
            None => Diagnostic { place: None, ..reported },
        }
    });
    reported.collect()
}

/// A machine as it is read; None where its definition is wrong.
pub(super) fn machine(
    templates: &Templates<'_>,
    machine: &MachineTemplate,
    context: &Context,
) -> Option<Arc<Definition>> {
    let file = machine.definition.as_str();
    let text = templates.document(file, context).ok()?;
    let read = if document::is_yaml(file) { asl::parse_yaml(&text) } else { asl::parse(&text) };
    read.ok().map(Arc::new)
}

/// Errors and warnings: notes are for `labctl lint`, where they can be asked for.
fn lint(text: &str, syntax: Syntax, asked: Asked) -> Vec<Finding> {
    let mut found = asl::lint(text, syntax, asked);
    found.retain(|finding| finding.severity != Severity::Note);
    found
}
