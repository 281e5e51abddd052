//! A pack's templates, compiled once and filled in for each user.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use handlebars::{Context, Handlebars, RenderErrorReason, TemplateErrorReason};

use super::callable;
use super::trace::{self, Traced};
use crate::model::Pack;
use crate::source;
use crate::source::{Diagnostic, Diagnostics, SourceText, Span};

/// The file in which a pack is described.
pub(super) const PACK_FILE: &str = "pack.toml";

/// The templates of a pack. Documents (`*.hbs` files) escape values for JSON; strings of `pack.toml` take them as they are.
pub(super) struct Templates<'pack> {
    pub(super) pack: &'pack Pack,
    documents: Handlebars<'static>,
    strings: Handlebars<'static>,
    sources: BTreeMap<&'pack str, Arc<SourceText>>,
    /// Files and strings that do not parse, which is told of once.
    broken: BTreeSet<&'pack str>,
}

/// How braces are written that are meant as text.
const LITERAL: &str = "`{{` that is meant as text is written `\\{{`";

/// The code of what is told of already, and never shown.
pub(super) const TOLD: &str = "";

impl<'pack> Templates<'pack> {
    /// Compiles every template of a pack.
    ///
    /// # Errors
    /// Every template that is not Unicode or does not parse, each at its place.
    pub(super) fn compile(pack: &'pack Pack) -> Result<Self, Diagnostics> {
        let (templates, findings) = Self::compile_all(pack);
        if findings.has_errors() { Err(findings) } else { Ok(templates) }
    }

    /// As [`Templates::compile`], with those that do parse, for looking further.
    pub(super) fn compile_all(pack: &'pack Pack) -> (Self, Diagnostics) {
        let mut findings = Diagnostics::default();
        let mut templates = Self {
            pack,
            documents: documents(),
            strings: strings(),
            sources: BTreeMap::new(),
            broken: BTreeSet::new(),
        };
        for (file, bytes) in &pack.files {
            if file != PACK_FILE && !is_template(file) {
                continue;
            }
            let Ok(text) = std::str::from_utf8(bytes) else {
                templates.broken.insert(file);
                let path = pack.display_path(file);
                findings.push(
                    Diagnostic::error("render::not-unicode", format!("`{}` is not UTF-8 text", path.display()))
                        .help("save the file as UTF-8"),
                );
                continue;
            };
            let source = SourceText::new(pack.display_path(file), text);
            if is_template(file)
                && let Err(finding) = templates.add(file, text, &source)
            {
                templates.broken.insert(file);
                findings.push(finding);
            }
            templates.sources.insert(file, source);
        }
        for text in strings_of(pack) {
            if text.contains("{{")
                && !templates.strings.has_template(text)
                && let Err(error) = templates.strings.register_template_string(text, text)
            {
                let finding = Diagnostic::error("render::template", syntax_message(&error)).help(LITERAL);
                findings.push(templates.at_string(finding, text));
                templates.broken.insert(text);
            }
        }
        (templates, findings)
    }

    fn add(&mut self, file: &str, text: &str, source: &Arc<SourceText>) -> Result<(), Diagnostic> {
        let is_raw = |open: &str| {
            let mut found = text.match_indices(open).map(|(offset, _)| offset);
            found.find(|offset| !trace::is_literal(text.get(..*offset).unwrap_or_default()))
        };
        if let Some(offset) = is_raw("{{{").or_else(|| is_raw("{{&")) {
            return Err(Diagnostic::error("render::raw-value", "a value is inserted without escaping")
                .at(source, Span { offset, length: 3 })
                .help("write `{{name}}` inside quotes, or `{{json name}}` for a whole JSON value"));
        }
        self.documents.register_template_string(file, text).map_err(|error| {
            if let Some((message, span)) = trace::unclosed(text) {
                let is_block = !message.starts_with("`{{` ");
                let help = if is_block { "close it where it ends".to_owned() } else { format!("close it where it ends; {LITERAL}") };
                return Diagnostic::error("render::template", message).at(source, span).help(help);
            }
            let finding = Diagnostic::error("render::template", syntax_message(&error));
            match error.pos() {
                Some((line, column)) => {
                    finding.at(source, within(source, Span { offset: source.offset(line, column), length: 1 }))
                }
                None => finding,
            }
            .help(format!(
                "templates are written in Handlebars: `{{{{name}}}}`, `{{{{#if …}}}} … {{{{/if}}}}`, `{{{{#each …}}}} … {{{{/each}}}}`; {LITERAL}"
            ))
        })
    }

    /// A document's text with the values of one user.
    ///
    /// # Errors
    /// A template that is not there or a value that is not there, at its place.
    pub(super) fn document(&self, file: &str, context: &Context) -> Result<String, Diagnostic> {
        if self.broken.contains(file) {
            return Err(Diagnostic::error(TOLD, "the template does not parse"));
        }
        if !self.documents.has_template(file) {
            let finding = Diagnostic::error("render::no-template", format!("the pack has no template `{file}`"));
            let near =
                source::nearest(file, self.pack.files.keys().map(String::as_str).filter(|file| is_template(file)));
            let help = near.map_or_else(
                || "add the file, or correct the path; templates end in `.hbs`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(self.at_string(finding, file).help(help));
        }
        self.documents.render_with_context(file, context).map(fitted).map_err(|error| {
            if matches!(error.reason(), RenderErrorReason::PartialNotFound(name) if self.broken.contains(name.as_str()))
            {
                return Diagnostic::error(TOLD, "the template that is included does not parse");
            }
            // A partial's mistake is shown where it stands, not where the partial is used.
            let file = error.template_name.as_deref().filter(|name| self.sources.contains_key(name)).unwrap_or(file);
            let (message, missing, help) = explain(error.reason(), context);
            let mut finding = Diagnostic::error("render::template", message).help(help);
            if let (Some(source), Some(line), Some(column)) = (self.sources.get(file), error.line_no, error.column_no) {
                finding = finding.at(source, tag_span(source, source.offset(line, column), missing.as_deref()));
            }
            finding
        })
    }

    /// A string of `pack.toml` with the values of one user.
    ///
    /// # Errors
    /// A value that is not there, at the string.
    pub(super) fn string(&self, text: &str, context: &Context) -> Result<String, Diagnostic> {
        if self.broken.contains(text) {
            return Err(Diagnostic::error(TOLD, "the text does not parse"));
        }
        if !self.strings.has_template(text) {
            return Ok(text.to_owned());
        }
        self.strings.render_with_context(text, context).map(fitted).map_err(|error| {
            let (message, _, help) = explain(error.reason(), context);
            self.at_string(Diagnostic::error("render::template", message).help(help), text)
        })
    }

    /// Points a finding at the value of a pointer into `pack.toml`, or where that is not known at the text it is.
    pub(super) fn at_place(&self, finding: Diagnostic, pointer: &str, text: &str) -> Diagnostic {
        match (self.sources.get(PACK_FILE), self.pack.places.get(pointer)) {
            (Some(source), Some(span)) => finding.at(source, unquoted(source, *span)),
            _ => self.at_string(finding, text),
        }
    }

    /// Points a finding at the first place in `pack.toml` where a string stands.
    pub(super) fn at_string(&self, finding: Diagnostic, text: &str) -> Diagnostic {
        let Some(source) = self.sources.get(PACK_FILE) else { return finding };
        match source.text.find(&format!("\"{text}\"")) {
            Some(offset) => finding.at(source, Span { offset: offset + 1, length: text.len() }),
            None => finding,
        }
    }

    /// The text of a template and its path.
    pub(super) fn source(&self, file: &str) -> Option<&Arc<SourceText>> {
        self.sources.get(file)
    }

    /// A document filled in once more, with the origin of each of its characters.
    pub(super) fn traced(&self, file: &str, context: &Context) -> Option<Traced> {
        let source = self.sources.get(file)?;
        let marked = trace::mark(&source.text);
        let mut registry = self.documents.clone();
        registry.register_template_string(file, &marked.text).ok()?;
        let text = registry.render_with_context(file, context).ok()?;
        Some(marked.trace(&text))
    }
}

/// What was filled in, in no more memory than it needs: the registry begins each result with 8 KiB, and a class has thousands.
fn fitted(mut text: String) -> String {
    text.shrink_to_fit();
    text
}

fn documents() -> Handlebars<'static> {
    let mut registry = strings();
    registry.register_escape_fn(escape);
    registry
}

fn strings() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.set_prevent_indent(true);
    registry.register_escape_fn(handlebars::no_escape);
    callable::register(&mut registry);
    registry
}

/// A value as it stands inside a JSON string. The apostrophe is escaped too, for strings that YAML puts between apostrophes.
fn escape(text: &str) -> String {
    let quoted = serde_json::Value::String(text.to_owned()).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    inner.replace('\'', "\\u0027")
}

/// What wheels bring is no template, whatever it is called.
fn is_template(file: &str) -> bool {
    !file.contains("!/") && Path::new(file).extension().is_some_and(|extension| extension == "hbs")
}

/// Every string of `pack.toml` in which `{{…}}` is filled in.
fn strings_of(pack: &Pack) -> Vec<&str> {
    let mut strings: Vec<&str> = Vec::new();
    for role in &pack.roles {
        strings.push(&role.description);
        strings.extend(role.tags.values().map(String::as_str));
        strings.extend(role.managed.values().flatten().map(String::as_str));
    }
    for group in &pack.log_groups {
        strings.push(&group.name);
        strings.extend(group.retention_days.as_deref());
    }
    for function in &pack.functions {
        strings.extend([
            function.runtime.as_str(),
            &function.description,
            &function.timeout_seconds,
            &function.memory_mib,
        ]);
        strings.extend(function.environment.values().chain(&function.layers).map(String::as_str));
    }
    strings.extend(pack.queues.iter().flat_map(|queue| queue.attributes.values()).map(String::as_str));
    strings.extend(pack.resources.iter().filter_map(|resource| resource.identifier.as_deref()));
    strings.extend(
        pack.machines.iter().filter_map(|machine| machine.logging.as_ref()).map(|logging| logging.log_group.as_str()),
    );
    strings
}

fn syntax_message(error: &handlebars::TemplateError) -> String {
    match error.reason() {
        TemplateErrorReason::MismatchingClosedHelper(open, close) => {
            format!("`{{{{#{open}}}}}` is closed by `{{{{/{close}}}}}`")
        }
        TemplateErrorReason::InvalidSyntax(_) => "the template does not parse here".to_owned(),
        TemplateErrorReason::InvalidParam(parameter) => format!("`{parameter}` cannot be read as a parameter"),
        other => format!("the template does not parse: {other}"),
    }
}

/// The message, the missing name if that is what it is about, and what to do next.
fn explain(reason: &RenderErrorReason, context: &Context) -> (String, Option<String>, String) {
    match reason {
        RenderErrorReason::MissingVariable(Some(path)) => {
            let names = callable::variables(context.data());
            let help = match source::nearest(path, names.iter().map(String::as_str)) {
                Some(near) if near == path => match callable::lists_of(context.data(), path).as_slice() {
                    [] => format!("inside `{{{{#each}}}}` and `{{{{#with}}}}` write `{{{{@root.{path}}}}}`"),
                    lists => format!(
                        "items of {} have it: write it inside an `{{{{#each}}}}` of theirs; {LITERAL}",
                        list(lists)
                    ),
                },
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("templates know {}; {LITERAL}", list(&names)),
            };
            (format!("`{path}` is not defined"), Some(path.clone()), help)
        }
        RenderErrorReason::MissingVariable(None) => {
            ("a value is not defined".to_owned(), None, "every name in a template must be defined".to_owned())
        }
        RenderErrorReason::HelperNotFound(name) => {
            let help = match source::nearest(name, callable::NAMES.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("templates may call {}; {LITERAL}", list(&callable::NAMES)),
            };
            (format!("there is no helper `{name}`"), Some(name.clone()), help)
        }
        RenderErrorReason::PartialNotFound(name) => (
            format!("there is no template `{name}` to include"),
            Some(name.clone()),
            "name it by its path in the pack: `{{> \"iam/statement.json.hbs\"}}`".to_owned(),
        ),
        RenderErrorReason::NestedError(error) => match error.downcast_ref::<callable::Refused>() {
            Some(refused) => (refused.message.clone(), refused.word.clone(), refused.help.clone()),
            None => (error.to_string(), None, "correct the template and run again".to_owned()),
        },
        other => (lower_first(&other.to_string()), None, "correct the template and run again".to_owned()),
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

fn list<T: AsRef<str>>(names: &[T]) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// The inside of a text that stands in quotes.
fn unquoted(source: &SourceText, span: Span) -> Span {
    let text = source.text.get(span.offset..span.offset + span.length).unwrap_or_default();
    let quoted = text.len() > 2 && ['"', '\''].iter().any(|quote| text.starts_with(*quote) && text.ends_with(*quote));
    if quoted && !text.starts_with("\"\"\"") { Span { offset: span.offset + 1, length: span.length - 2 } } else { span }
}

/// A stretch moved back to where there is text: a mistake at the very end is shown at the last character.
pub(super) fn within(source: &SourceText, span: Span) -> Span {
    let last = source.text.trim_end().char_indices().next_back().map_or(0, |(offset, _)| offset);
    let offset = span.offset.min(last);
    let first = source.text.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Span { offset, length: span.length.min(source.text.len() - offset).max(first) }
}

/// The `{{…}}` that begins at or before an offset, or the one word in it that is wrong.
fn tag_span(source: &SourceText, offset: usize, word: Option<&str>) -> Span {
    let rest = source.text.get(offset..).unwrap_or_default();
    let tag =
        rest.find("}}").and_then(|end| rest.get(..end + 2)).unwrap_or_else(|| rest.lines().next().unwrap_or_default());
    match word.and_then(|word| Some((tag.find(word)?, word))) {
        Some((start, word)) => Span { offset: offset + start, length: word.len() },
        None => Span { offset, length: tag.len() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_end_the_string_it_stands_in() {
        for hostile in ["\"", "\\", "\n", "'", "{{user}}", "\u{1}", "\", \"Effect\": \"Allow\"", "\u{1f600}"] {
            let text = format!("{{\"a\": \"{}\"}}", escape(hostile));
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value, serde_json::json!({ "a": hostile }));
            assert!(!escape(hostile).contains('\''));
        }
    }
}
