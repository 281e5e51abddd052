//! Paths and payload templates.

use std::collections::BTreeSet;

use labctl_source::{Content, Member, Node, Span, pointer_step};

use super::fields::Fields;
use super::language::Language;
use super::reader::Reader;
use super::rules;
use crate::flow::{DataFlow, Detour, FlowFields, PathFields, Placement, Selection};
use crate::jsonata::{Expression, Reference, between_marks};
use crate::path::{self, Path, ReferencePath};
use crate::query::Query;
use crate::template::{self, Template};

/// InputPath to OutputPath, or Arguments and Output; and Assign.
pub(super) fn flow(reader: &mut Reader, fields: &Fields<'_>, kind: &str) -> DataFlow {
    let flow_fields = match reader.language {
        Language::Jsonata => FlowFields::Query {
            arguments: template(reader, fields, "Arguments"),
            output: template(reader, fields, "Output"),
        },
        Language::JsonPath => {
            // In a Map, Parameters is the old name of ItemSelector, and has another meaning.
            let parameters = if kind == "Map" { None } else { template(reader, fields, "Parameters") };
            FlowFields::Path(Box::new(PathFields {
                input_path: selection(reader, fields, "InputPath"),
                parameters,
                result_selector: template(reader, fields, "ResultSelector"),
                placement: placement(reader, fields),
                output_path: selection(reader, fields, "OutputPath"),
            }))
        }
    };
    DataFlow { fields: flow_fields, assign: assign(reader, fields) }
}

/// The Assign and Output (or ResultPath) of a Choice rule or a catcher.
pub(super) fn detour(reader: &mut Reader, fields: &Fields<'_>) -> Detour {
    let (output, placement) = match reader.language {
        Language::Jsonata => (template(reader, fields, "Output"), Placement::Replace),
        Language::JsonPath => (None, placement(reader, fields)),
    };
    Detour { assign: assign(reader, fields), output, placement }
}

/// Assign: an object whose members name variables.
fn assign(reader: &mut Reader, fields: &Fields<'_>) -> Option<Template> {
    let node = fields.get("Assign")?;
    let assigned = Fields::of(node, &fields.pointer("Assign"), &mut reader.report)?;
    reader.variable_names(&assigned);
    template(reader, fields, "Assign")
}

/// Whether a field holds a JSONata string that counts as one here.
pub(super) fn is_query(reader: &Reader, fields: &Fields<'_>, name: &str) -> bool {
    reader.language == Language::Jsonata
        && fields.get(name).and_then(Node::text).is_some_and(|text| between_marks(text).is_some())
}

/// A field that [`is_query`].
pub(super) fn query(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> Option<Query> {
    let node = fields.get(name)?;
    read_query(reader, node, &fields.pointer(name))
}

fn read_query(reader: &mut Reader, node: &Node, pointer: &str) -> Option<Query> {
    let text = node.text().and_then(between_marks)?;
    match Expression::parse(text) {
        Ok(expression) => {
            states_members(reader, &expression, node, pointer);
            references(reader, &expression, node, pointer);
            let local = pointer.strip_prefix(&reader.state_pointer).unwrap_or(pointer);
            Some(Query { location: location(local), expression: Box::new(expression) })
        }
        Err(reason) => {
            reader.report.tell(&rules::BAD_JSONATA, without_code(&reason), pointer, node.at);
            reader.report.help("Step Functions has JSONata 2.0.6: see <https://docs.jsonata.org/overview>");
            let before =
                node.text().and_then(|whole| whole.split_once(text)).map_or(0, |(before, _)| before.chars().count());
            if let Some(character) = Expression::flaw(text) {
                reader.report.inside(before + character);
            }
            None
        }
    }
}

/// What the parser says, without its code, as AWS tells it.
fn without_code(reason: &str) -> &str {
    match reason.split_once(": ") {
        Some((code, words)) if code.len() == 5 && code.starts_with(['D', 'S', 'T']) => words,
        _ => reason,
    }
}

/// Names without `$` where there is nothing to look them up in, and `$$`.
fn references(reader: &mut Reader, expression: &Expression, node: &Node, pointer: &str) {
    let text = node.text().unwrap_or_default();
    for reference in expression.refused_references() {
        let (name, message) = match &reference {
            Reference::Bare(name) => {
                (name.as_str(), format!("Reference to '{name}' at the top level is not supported."))
            }
            Reference::Root => ("$$", "Reference to '$$' is not supported.".to_owned()),
        };
        let is_intrinsic = name == "States" && text.contains("States.");
        let rule = if is_intrinsic { &rules::INTRINSIC_IN_JSONATA } else { &rules::TOP_LEVEL_REFERENCE };
        reader.report.tell(rule, message, pointer, node.at);
        reader.report.help(if is_intrinsic {
            "intrinsic functions belong to JSONPath: in JSONata `&` joins texts, `$count` counts, `$uuid()` makes an identifier".to_owned()
        } else if name == "$$" {
            "write `$states.input` for the state's input".to_owned()
        } else {
            format!("write `$states.input.{name}` for a member of the input, or `${name}` for a variable")
        });
        if let Some((before, _)) = text.split_once(name) {
            reader.report.inside(before.chars().count());
        }
    }
}

/// `$states.result` and `$states.errorOutput` exist in some fields only, other members of `$states` nowhere.
fn states_members(reader: &mut Reader, expression: &Expression, node: &Node, pointer: &str) {
    if !expression.names().any(|name| name == "states") {
        return;
    }
    let local = pointer.strip_prefix(&reader.state_pointer).unwrap_or(pointer);
    let in_catcher = local.starts_with("/Catch/");
    let leaving = local.starts_with("/Output") || local.starts_with("/Assign");
    let has_result = leaving && matches!(reader.state_type, "Task" | "Parallel" | "Map");
    for path in expression.mentions().paths {
        let [states, member, ..] = path.as_slice() else { continue };
        let there = match member.as_str() {
            "input" | "context" => true,
            "result" => has_result,
            "errorOutput" => in_catcher,
            _ => false,
        };
        if states == "states" && !there {
            let message = format!("Field '$states.{member}' does not exist.");
            reader.report.tell(&rules::STATES_MEMBER, message, pointer, node.at);
            reader.report.help(match member.as_str() {
                "result" => "the result is there in `Output` and `Assign` of a Task, Parallel or Map",
                "errorOutput" => "the error is there in `Output` and `Assign` of a catcher",
                _ => "`$states` has `input`, `context`, `result` and `errorOutput`",
            });
            let text = node.text().unwrap_or_default();
            if let Some((before, _)) = text.split_once(&format!("$states.{member}")) {
                reader.report.inside(before.chars().count());
            }
        }
    }
}

/// A place in a state as AWS writes it: `Catch[0]/Output/x`.
fn location(pointer: &str) -> String {
    let mut location = String::new();
    for step in pointer.split('/').skip(1) {
        let is_index = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        if is_index {
            location.extend(["[", step, "]"]);
        } else {
            let slash = if location.is_empty() { "" } else { "/" };
            location.extend([slash, &step.replace("~1", "/").replace("~0", "~")]);
        }
    }
    location
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
fn placement(reader: &mut Reader, fields: &Fields<'_>) -> Placement {
    let Some(node) = fields.get("ResultPath") else { return Placement::Replace };
    if matches!(node.content, Content::Null) {
        return Placement::Discard;
    }
    match fields.text("ResultPath", &mut reader.report).map(ReferencePath::parse) {
        Some(Ok(path)) if path.is_whole() => Placement::Replace,
        Some(Ok(path)) => Placement::At(path),
        Some(Err(reason)) => {
            let message = "Value is not a Reference Path";
            reader.report.tell(&rules::BAD_REFERENCE_PATH, message, &fields.pointer("ResultPath"), node.at);
            reader.report.help(reason);
            if let Some(character) = node.text().and_then(path::reference_flaw) {
                reader.report.inside(character);
            }
            Placement::Replace
        }
        None => Placement::Replace,
    }
}

/// A field whose value is a path.
pub(super) fn path(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> Option<Path> {
    if reader.language.excludes(name) {
        return None;
    }
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
    reader.report.tell(&rules::BAD_PATH, message, &fields.pointer(name), at);
    reader.report.help(reason);
    if let Some(character) = fields.get(name).and_then(Node::text).and_then(template::Expression::flaw) {
        reader.report.inside(character);
    }
}

/// A field whose value is a payload template.
pub(super) fn template(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> Option<Template> {
    let node = fields.get(name)?;
    Some(compile(reader, node, &fields.pointer(name)))
}

fn compile(reader: &mut Reader, node: &Node, pointer: &str) -> Template {
    let paths = reader.language == Language::JsonPath;
    match &node.content {
        Content::String(text) if !paths && between_marks(text).is_some() => {
            read_query(reader, node, pointer).map_or(Template::Literal(serde_json::Value::Null), Template::Query)
        }
        Content::String(text) if !paths && (text.starts_with("{%") || text.ends_with("%}")) => {
            let message = "Value must begin with '{%' and end with '%}' to be a JSONata expression";
            reader.report.tell(&rules::JSONATA_MARKS, message, pointer, node.at);
            reader.report.help("write it like `\"{% $states.input.name %}\"`, without spaces outside of the marks");
            Template::Literal(serde_json::Value::Null)
        }
        Content::Object(members) => {
            if paths {
                twins(reader, members, pointer);
            }
            let mut fields = Vec::with_capacity(members.len());
            for member in members {
                let pointer = pointer_step(pointer, &member.key);
                if let Some(name) = member.key.strip_suffix(".$").filter(|_| paths) {
                    if let Some(template) = expression(reader, &member.key, &member.value, &pointer) {
                        fields.push((name.to_owned(), template));
                    }
                } else {
                    if paths {
                        forgotten_dollar(reader, &member.value, &pointer);
                    }
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

/// A member and another one of the same name with `.$`.
fn twins(reader: &mut Reader, members: &[Member], pointer: &str) {
    let names: BTreeSet<&str> = members.iter().map(|member| member.key.as_str()).collect();
    for member in members {
        if let Some(name) = member.key.strip_suffix(".$").filter(|name| names.contains(name)) {
            let message = format!("Cannot have both the field '{name}.$' and the field '{name}' at the same time");
            reader.report.tell(&rules::TWIN_FIELDS, message, pointer, member.key_at);
            reader
                .report
                .help("keep the one that is meant: with `.$` the value is looked up, without it is taken as it is");
        }
    }
}

fn expression(reader: &mut Reader, field: &str, value: &Node, pointer: &str) -> Option<Template> {
    let message =
        format!("The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call");
    let Some(text) = value.text() else {
        reader.report.tell(&rules::BAD_INTRINSIC, message, pointer, value.at);
        reader.report.help("a field whose name ends in `.$` takes a string");
        return None;
    };
    match template::Expression::parse(text) {
        Ok(expression) => Some(Template::Expression { field: field.to_owned(), expression }),
        Err(reason) => {
            reader.report.tell(&rules::BAD_INTRINSIC, message, pointer, value.at);
            reader.report.help(reason);
            if let Some(character) = template::Expression::flaw(text) {
                reader.report.inside(character);
            }
            None
        }
    }
}

/// A field of JSONPath that takes a path as text, but under another name.
pub(super) fn literal_path(reader: &mut Reader, text: &str, (name, path_name): (&str, &str), pointer: &str, at: Span) {
    let looks = ["$.", "$$.", "$["].iter().any(|start| text.starts_with(start))
        && path::parse(text).is_ok_and(|path| path.is_sound());
    if looks && reader.language == Language::JsonPath {
        let message = "Field value looks like a path, but field name does not end with 'Path'";
        reader.report.tell(&rules::LITERAL_PATH, message, pointer, at);
        reader.report.help(format!("`{name}` takes text: call it `{path_name}` if the value is meant to be looked up"));
    }
}

fn forgotten_dollar(reader: &mut Reader, value: &Node, pointer: &str) {
    let Some(text) = value.text() else { return };
    let looks =
        text.starts_with("$.") || text.starts_with("$$.") || text.starts_with("$[") || text.starts_with("States.");
    if looks && template::Expression::parse(text).is_ok_and(|expression| expression.is_sound()) {
        let message = "No .$ on a field that appears to be a JSONPath or Intrinsic Function";
        reader.report.tell(&rules::MISSING_DOLLAR, message, pointer, value.at);
        reader.report.help("end the field's name with `.$`, if the value is meant to be replaced");
    }
}
