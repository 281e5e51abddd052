//! Paths and payload templates.

use super::fields::Fields;
use super::reader::Reader;
use super::report::{NOT_SUPPORTED, SCHEMA};
use crate::asl::document::{Content, Node, Position, pointer_step};
use crate::asl::flow::{DataFlow, Placement, Selection};
use crate::asl::path::{self, Path, ReferencePath};
use crate::asl::template::{Expression, Template};

/// InputPath to OutputPath.
pub(super) fn flow(reader: &mut Reader, fields: &Fields<'_>, kind: &str) -> DataFlow {
    // In a Map, Parameters is the old name of ItemSelector, and has another meaning.
    let parameters = if kind == "Map" { None } else { template(reader, fields, "Parameters") };
    DataFlow {
        input_path: selection(reader, fields, "InputPath"),
        parameters,
        result_selector: template(reader, fields, "ResultSelector"),
        placement: placement(reader, fields),
        output_path: selection(reader, fields, "OutputPath"),
    }
}

fn selection(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> Selection {
    match fields.get(name).map(|node| &node.content) {
        None => Selection::Whole,
        Some(Content::Null) => Selection::Nothing,
        Some(_) => match path(reader, fields, name) {
            Some(path) if path.text == "$" => Selection::Whole,
            Some(path) => Selection::Path(path),
            None => Selection::Nothing,
        },
    }
}

/// ResultPath.
pub(super) fn placement(reader: &mut Reader, fields: &Fields<'_>) -> Placement {
    let Some(node) = fields.get("ResultPath") else { return Placement::Replace };
    if matches!(node.content, Content::Null) {
        return Placement::Discard;
    }
    match fields.text("ResultPath", &mut reader.report).map(ReferencePath::parse) {
        Some(Ok(path)) if path.is_whole() => Placement::Replace,
        Some(Ok(path)) => Placement::At(path),
        Some(Err(reason)) => {
            let message = "Value is not a Reference Path";
            reader.report.error(SCHEMA, message, &fields.pointer("ResultPath"), node.at);
            reader.report.help(reason);
            Placement::Replace
        }
        None => Placement::Replace,
    }
}

/// A field whose value is a path.
pub(super) fn path(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> Option<Path> {
    let text = fields.text(name, &mut reader.report)?;
    match path::parse(text) {
        Ok(path) => Some(path),
        Err(reason) => {
            bad_expression(reader, fields, name, &reason);
            None
        }
    }
}

/// A field that is neither a path nor a call.
pub(super) fn bad_expression(reader: &mut Reader, fields: &Fields<'_>, name: &str, reason: &str) {
    let at = fields.get(name).map_or(fields.at, |node| node.at);
    let message = format!("The value for the field '{name}' must be a valid JSONPath");
    refuse(reader, message, reason, &fields.pointer(name), at);
}

/// A variable is not supported; anything else is wrong.
fn refuse(reader: &mut Reader, message: String, reason: &str, pointer: &str, at: Position) {
    if reason.ends_with(path::VARIABLES) {
        reader.report.error(NOT_SUPPORTED, reason, pointer, at);
        return;
    }
    reader.report.error(SCHEMA, message, pointer, at);
    reader.report.help(reason);
}

/// A field whose value is a payload template.
pub(super) fn template(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> Option<Template> {
    let node = fields.get(name)?;
    Some(compile(reader, node, &fields.pointer(name)))
}

fn compile(reader: &mut Reader, node: &Node, pointer: &str) -> Template {
    match &node.content {
        Content::Object(members) => {
            let mut fields = Vec::with_capacity(members.len());
            for member in members {
                let pointer = pointer_step(pointer, &member.key);
                if let Some(name) = member.key.strip_suffix(".$") {
                    if let Some(template) = expression(reader, &member.key, &member.value, &pointer) {
                        fields.push((name.to_owned(), template));
                    }
                } else {
                    forgotten_dollar(reader, &member.value, &pointer);
                    fields.push((member.key.clone(), compile(reader, &member.value, &pointer)));
                }
            }
            if fields.iter().all(|(_, template)| matches!(template, Template::Literal(_))) {
                return Template::Literal(node.to_value());
            }
            Template::Object(fields)
        }
        Content::Array(elements) => {
            let elements: Vec<Template> = elements
                .iter()
                .enumerate()
                .map(|(index, element)| compile(reader, element, &pointer_step(pointer, &index.to_string())))
                .collect();
            if elements.iter().all(|template| matches!(template, Template::Literal(_))) {
                return Template::Literal(node.to_value());
            }
            Template::Array(elements)
        }
        _ => Template::Literal(node.to_value()),
    }
}

fn expression(reader: &mut Reader, field: &str, value: &Node, pointer: &str) -> Option<Template> {
    let message =
        format!("The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call");
    let Some(text) = value.text() else {
        reader.report.error(SCHEMA, message, pointer, value.at);
        reader.report.help("a field whose name ends in `.$` takes a string");
        return None;
    };
    match Expression::parse(text) {
        Ok(expression) => Some(Template::Expression { field: field.to_owned(), expression }),
        Err(reason) => {
            refuse(reader, message, &reason, pointer, value.at);
            None
        }
    }
}

fn forgotten_dollar(reader: &mut Reader, value: &Node, pointer: &str) {
    let Some(text) = value.text() else { return };
    let looks =
        text.starts_with("$.") || text.starts_with("$$.") || text.starts_with("$[") || text.starts_with("States.");
    if looks && Expression::parse(text).is_ok() {
        let message = "No .$ on a field that appears to be a JSONPath or Intrinsic Function";
        reader.report.warn("NO_DOLLAR", message, pointer, value.at);
        reader.report.help("end the field's name with `.$`, if the value is meant to be replaced");
    }
}
