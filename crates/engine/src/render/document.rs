//! A filled-in document as JSON, with mistakes shown in its template.

use crate::asl;
use std::sync::Arc;

use handlebars::Context;
use serde_json::Value;

use super::template::{self, Templates};
use crate::source::{self, Diagnostic, Format, SourceText, Span, json};

/// A document of one user.
pub(super) struct Document {
    /// The content.
    pub(super) value: Value,
    /// The content as it is deployed and written: pretty JSON.
    pub(super) text: String,
}

/// Fills in a template and reads the result, JSON or (for `*.yaml.hbs`) YAML.
///
/// # Errors
/// What is wrong with the template or with its result, at its place in the template.
pub(super) fn fill(templates: &Templates<'_>, file: &str, context: &Context) -> Result<Document, Diagnostic> {
    let value = value(templates, file, context)?;
    let text = serde_json::to_string_pretty(&value)
        .map_err(|error| Diagnostic::error("render::json", format!("`{file}` cannot be written as JSON: {error}")))?;
    Ok(Document { value, text })
}

/// As [`fill`], the content only.
pub(super) fn value(templates: &Templates<'_>, file: &str, context: &Context) -> Result<Value, Diagnostic> {
    let text = templates.document(file, context)?;
    read(file, &text).map_err(|_| misread(templates, file, context, &text))
}

/// Where in a template a value of its result came from: its file, and its first line.
pub(super) fn place(
    templates: &Templates<'_>,
    file: &str,
    context: &Context,
    pointer: &str,
) -> Option<(Arc<SourceText>, Span)> {
    let (source, traced) = templates.source(file).zip(templates.traced(file, context))?;
    let span = template::within(source, traced.origin(stretch(&traced.text, file, pointer)));
    // A caret under many lines helps nobody.
    let line = source.text.get(span.offset..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    Some((Arc::clone(source), Span { length: span.length.min(line.max(1)), ..span }))
}

/// Whether a template's result is YAML.
pub(super) fn is_yaml(file: &str) -> bool {
    file.ends_with(".yaml.hbs") || file.ends_with(".yml.hbs")
}

/// A mistake in a document: what, and where in the document.
struct Misread {
    message: String,
    offset: usize,
}

fn read(file: &str, text: &str) -> Result<Value, Misread> {
    if is_yaml(file) {
        return read_yaml(text)
            .map_err(|(message, offset)| Misread { message: format!("the result is not YAML: {message}"), offset });
    }
    json::value(text).map_err(|error| Misread {
        message: format!("the result is not JSON: {}", error.message),
        offset: error.at.offset,
    })
}

/// Where in a document the value of a JSON pointer stands; the nearest value around it when there is no such value.
fn stretch(text: &str, file: &str, pointer: &str) -> Span {
    let format = if is_yaml(file) { Format::Yaml } else { Format::Json };
    source::read(text, format).map_or(Span::default(), |root| root.locate(pointer).at)
}

fn misread(templates: &Templates<'_>, file: &str, context: &Context, text: &str) -> Diagnostic {
    let place = templates.source(file).zip(templates.traced(file, context)).and_then(|(source, traced)| {
        let misread = read(file, &traced.text).err()?;
        let span = template::within(source, traced.origin(Span { offset: misread.offset, length: 1 }));
        Some((Arc::clone(source), span, misread.message))
    });
    match place {
        Some((source, span, message)) => Diagnostic::error("render::json", message).at(&source, span),
        None => Diagnostic::error(
            "render::json",
            read(file, text).err().map_or_else(String::new, |misread| misread.message),
        ),
    }
    .help("look for a missing comma, quote or bracket here or just before")
}

/// Reads YAML; a mistake comes with its place.
fn read_yaml(text: &str) -> Result<Value, (String, usize)> {
    let json = asl::yaml_to_json(text).map_err(|findings| match findings.into_iter().next() {
        Some(finding) => (finding.message, finding.at.offset),
        None => ("it cannot be read".to_owned(), 0),
    })?;
    serde_json::from_str(&json).map_err(|error| (error.to_string(), 0))
}
