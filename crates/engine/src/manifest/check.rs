//! Holds a located tree against a JSON Schema, and tells every difference at its place.
//!
//! It knows the part of JSON Schema that `manifest::schema` and the pack's structs use: `$ref`, `type`, `enum`, `const`,
//! `oneOf` and `anyOf` of constants, `properties`, `required`, `additionalProperties`, `items`, `minimum`, `maximum`,
//! and `format: date`.
//! Patterns are for editors only: what they say is checked, in better words, where the value is used.

use std::sync::Arc;

use serde_json::Value;

use super::document::Codes;
use crate::source::{self, Content, Diagnostic, Diagnostics, Node, SourceText, Span};

/// The keyword under which a schema lists the choices that nobody is to be told to take.
pub(super) const DEPRECATED: &str = "x-deprecated";

/// Where findings of one file go.
pub(super) struct Checker<'a> {
    /// The file.
    pub source: &'a Arc<SourceText>,
    /// The schema that `$ref` is looked up in.
    pub root: &'a Value,
    /// The codes of its findings.
    pub codes: &'a Codes,
    /// The findings.
    pub findings: &'a mut Diagnostics,
}

impl Checker<'_> {
    /// Checks a value; `path` is what a finding calls it (`target.kind`), empty for the whole file. True when all is well.
    pub(super) fn check(&mut self, node: &Node, schema: &Value, path: &str) -> bool {
        let before = self.findings.0.len();
        let schema = self.resolve(schema);
        if let Some(words) = constants(schema) {
            self.one_of(node, &words, schema, path);
        } else {
            self.typed(node, schema, path);
        }
        self.findings.0.len() == before
    }

    fn resolve<'schema>(&self, schema: &'schema Value) -> &'schema Value
    where
        Self: 'schema,
    {
        match schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.root.pointer(pointer).unwrap_or(schema),
            None => schema,
        }
    }

    fn push(&mut self, code: &'static str, span: Span, message: String, label: &str, help: Option<String>) {
        let mut finding = Diagnostic::error(code, message).at(self.source, span).label(label);
        finding.help = help;
        self.findings.push(finding);
    }

    fn typed(&mut self, node: &Node, schema: &Value, path: &str) {
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        let dated = schema.get("format").is_some_and(|format| format == "date");
        let fits = |kind: &str| match (&node.content, kind) {
            (Content::String(_), "string")
            | (Content::Bool(_), "boolean")
            | (Content::Number(_), "number")
            | (Content::Array(_), "array")
            | (Content::Object(_), "object") => true,
            (Content::Number(number), "integer") => number.is_i64(),
            (Content::Date(_), "string") => dated,
            _ => false,
        };
        if !kinds.iter().any(|kind| fits(kind)) {
            self.wrong_type(node, if dated { &["date"] } else { &kinds }, path, first_key(schema));
            return;
        }
        match &node.content {
            Content::Object(_) => self.table(node, schema, path),
            Content::Array(items) => {
                if let Some(inner) = schema.get("items") {
                    let path = if path.is_empty() { "entry" } else { path };
                    for item in items {
                        self.check(item, inner, path);
                    }
                }
            }
            _ => self.range(node, schema, path),
        }
    }

    /// The first of the kinds is what the help speaks of.
    fn wrong_type(&mut self, node: &Node, kinds: &[&str], path: &str, first_key: Option<&str>) {
        let words: Vec<(&str, &str)> = kinds.iter().map(|kind| words_of(kind)).collect();
        let (wanted, label) = words.first().copied().unwrap_or_default();
        let name = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
        let raw = node.at.of(&self.source.text);
        let is_toml = self.source.path.extension().is_some_and(|extension| extension == "toml");
        let help = match (&node.content, wanted) {
            (Content::Number(_) | Content::NotFinite(_) | Content::Bool(_) | Content::Date(_), "text") => {
                Some(format!("write it in quotes: `\"{raw}\"`"))
            }
            (Content::String(text), "a whole number") if text.parse::<i64>().is_ok() => {
                Some(format!("write it without quotes: `{text}`"))
            }
            (Content::String(text), "a number") if text.parse::<f64>().is_ok_and(f64::is_finite) => {
                Some(format!("write it without quotes: `{text}`"))
            }
            (Content::String(text), "true or false") if matches!(text.as_str(), "true" | "false") => {
                Some(format!("write it without quotes: `{text}`"))
            }
            (Content::String(text), "true or false") if matches!(text.to_lowercase().as_str(), "yes" | "on" | "1") => {
                Some("write `true`".to_owned())
            }
            (Content::String(text), "true or false") if matches!(text.to_lowercase().as_str(), "no" | "off" | "0") => {
                Some("write `false`".to_owned())
            }
            (Content::Null, _) => Some("give it a value, or leave the key out".to_owned()),
            (Content::Object(_), "a list") if is_toml => Some(format!("write `[[{path}]]`, once for each")),
            (Content::Object(_), "a list") => Some("write a list of it, in brackets: `[{ … }]`".to_owned()),
            (_, "a date") => Some("write it as `2026-12-20`".to_owned()),
            (_, "text") => Some("write one text in quotes".to_owned()),
            (_, "a whole number") => Some("write a whole number, such as `10`".to_owned()),
            (_, "a number") => Some("write a number, such as `0.5`".to_owned()),
            (_, "true or false") => Some("write `true` or `false`".to_owned()),
            (_, "a list") => Some("write a list, such as `[\"a\", \"b\"]`".to_owned()),
            _ if path.is_empty() => Some("a manifest begins with `lab`".to_owned()),
            _ => Some(format!("write its keys one by one, such as `{path}.{} = …`", first_key.unwrap_or("<key>"))),
        };
        let all = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or ");
        let message = format!("{name} is {}, where {all} is expected", node.kind());
        self.push(self.codes.wrong_type, node.at, message, label, help);
    }

    fn table(&mut self, node: &Node, schema: &Value, path: &str) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let known = || properties.into_iter().flatten().map(|(name, _)| name.as_str());
        let further = schema.get("additionalProperties");
        for entry in node.members().unwrap_or_default() {
            let inner = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
            match (properties.and_then(|properties| properties.get(&entry.key)), further) {
                (None, Some(Value::Bool(false))) => {
                    let place = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
                    let message = format!("unknown key `{}`{place}", entry.key);
                    let near = source::nearest(&entry.key, known());
                    let help = match (near, self.is_of_each(&entry.key, path), self.home_of(&entry.key)) {
                        (None, Some(list), _) => format!("each entry has its own: write it under `[[{list}]]`"),
                        (None, None, Some(section)) => format!("it belongs in `[{section}]`"),
                        _ => source::help(&entry.key, known()),
                    };
                    self.push(self.codes.unknown_key, entry.key_at, message, "unknown", Some(help));
                }
                (Some(schema), _) | (None, Some(schema)) => {
                    self.check(&entry.value, schema, &inner);
                }
                (None, None) => {}
            }
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if node.get(name).is_some() {
                continue;
            }
            let place = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
            let description = properties
                .and_then(|properties| properties.get(name))
                .and_then(|property| property.get("description").or_else(|| self.resolve(property).get("description")))
                .and_then(Value::as_str)
                .map(|text| format!("add `{name}`: {}", text.trim_end_matches('.').replace('\n', " ")));
            let message = format!("`{name}` is missing{place}");
            self.push(self.codes.missing_key, node.at, message, "here", description);
        }
    }

    /// The list of a table of defaults, where its entries have a key that can have no default.
    fn is_of_each<'p>(&self, key: &str, path: &'p str) -> Option<&'p str> {
        let list = path.strip_prefix("defaults.")?;
        let entry = self.resolve(self.root.get("properties")?.get(list)?).get("items")?;
        self.resolve(entry).get("properties")?.get(key).map(|_| list)
    }

    /// The top-level table that has a key, for keys that stand in another.
    fn home_of(&self, key: &str) -> Option<&str> {
        let sections = self.root.get("properties")?.as_object()?;
        let has =
            |schema: &Value| self.resolve(schema).get("properties").is_some_and(|fields| fields.get(key).is_some());
        sections.iter().find(|(_, schema)| has(schema)).map(|(name, _)| name.as_str())
    }

    fn one_of(&mut self, node: &Node, words: &[&Value], schema: &Value, path: &str) {
        if words.iter().any(|word| same(node, word)) {
            return;
        }
        let texts_of = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let deprecated: Vec<String> =
            schema.get(DEPRECATED).and_then(Value::as_array).into_iter().flatten().map(texts_of).collect();
        let is_offered = |word: &&Value| !deprecated.contains(&texts_of(word));
        let texts: Vec<&str> = words.iter().filter_map(|word| word.as_str()).collect();
        if texts.len() == words.len() {
            let Some(text) = node.text() else {
                self.wrong_type(node, &["string"], path, None);
                return;
            };
            let offered: Vec<&str> = words.iter().copied().filter(is_offered).filter_map(Value::as_str).collect();
            let help = source::help(text, offered.iter().copied());
            let message = format!("`{path}` cannot be `{text}`");
            self.push(self.codes.bad_value, node.at, message, "not one of the choices", Some(help));
            return;
        }
        if node.number().is_none() && words.iter().all(|word| word.is_number()) {
            let kind = if words.iter().all(|word| word.is_i64()) { "integer" } else { "number" };
            self.wrong_type(node, &[kind], path, None);
            return;
        }
        let offered = words.iter().copied().filter(is_offered);
        let list = offered.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let message = format!("`{path}` cannot be `{}`", node.to_value());
        self.push(self.codes.bad_value, node.at, message, "not one of the choices", Some(format!("allowed: {list}")));
    }

    fn range(&mut self, node: &Node, schema: &Value, path: &str) {
        let Some(number) = node.number() else {
            return;
        };
        let limit = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (least, greatest) = (limit("minimum"), limit("maximum"));
        if least.is_none_or(|least| number >= least) && greatest.is_none_or(|greatest| number <= greatest) {
            return;
        }
        let allowed = match (least, greatest) {
            (Some(least), Some(greatest)) => format!("{least} to {greatest} is allowed"),
            (Some(least), None) => format!("at least {least} is allowed"),
            (None, Some(greatest)) => format!("at most {greatest} is allowed"),
            (None, None) => return,
        };
        self.push(
            self.codes.bad_value,
            node.at,
            format!("`{path}` cannot be `{number}`"),
            "out of range",
            Some(allowed),
        );
    }
}

/// A key of a table to begin with: one that has to be there, else any.
fn first_key(schema: &Value) -> Option<&str> {
    let required = schema.get("required").and_then(|required| required.get(0)).and_then(Value::as_str);
    required.or_else(|| schema.get("properties")?.as_object()?.keys().next().map(String::as_str))
}

/// What a type is called, and what is not of it.
fn words_of(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "string" => ("text", "not text"),
        "boolean" => ("true or false", "neither true nor false"),
        "integer" => ("a whole number", "not a whole number"),
        "number" => ("a number", "not a number"),
        "array" => ("a list", "not a list"),
        "date" => ("a date", "not a date"),
        _ => ("a table", "not a table"),
    }
}

/// The constants a schema lists, whichever way it does.
fn constants(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return Some(words.iter().collect());
    }
    let variants = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
    let mut words = Vec::new();
    for variant in variants {
        match (variant.get("const"), variant.get("enum").and_then(Value::as_array)) {
            (Some(word), _) => words.push(word),
            (None, Some(several)) => words.extend(several),
            (None, None) => return None,
        }
    }
    Some(words)
}

fn same(node: &Node, word: &Value) -> bool {
    match (node.number(), word.as_f64()) {
        (Some(number), Some(wanted)) => (number - wanted).abs() < f64::EPSILON,
        _ => node.to_value() == *word,
    }
}
