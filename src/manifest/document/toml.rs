use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::whole;
use super::{Codes, Content, Entry, Node};
use crate::model::{Diagnostic, SourceText, Span};

/// Parses TOML; goes on after a syntax error, so that a file's errors are told together.
pub(super) fn parse(source: &Arc<SourceText>, codes: &Codes) -> Result<Node, Vec<Diagnostic>> {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| finding(error, source, codes)).collect());
    }
    Ok(Node::new(span(&table.span()), entries(table.into_inner())))
}

/// What of a file with syntax errors could be read all the same.
pub(super) fn recover(source: &SourceText) -> Node {
    let (table, _) = DeTable::parse_recoverable(&source.text);
    Node::new(span(&table.span()), entries(table.into_inner()))
}

fn finding(error: &toml::de::Error, source: &Arc<SourceText>, codes: &Codes) -> Diagnostic {
    let message = error.message();
    let span = error.span().map_or(Span { offset: source.text.len(), length: 0 }, |range| span(&range));
    let span = whole(&source.text, span);
    if message.starts_with("duplicate key") {
        let key = source.text.get(span.offset..span.offset + span.length).unwrap_or_default();
        return Diagnostic::error(codes.duplicate_key, format!("`{key}` is set twice"))
            .at(source, span)
            .label("set before")
            .help("keep one of the two");
    }
    let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
    let finding = Diagnostic::error(codes.syntax, format!("this is not TOML: {first}")).at(source, span);
    match rest.lines().find(|line| !line.trim().is_empty()) {
        Some(expected) => finding.help(expected.trim().to_owned()),
        None => {
            finding.help("check the quotes and brackets of this line; text stands in quotes, as in `key = \"text\"`")
        }
    }
}

fn span(range: &Range<usize>) -> Span {
    Span { offset: range.start, length: range.end.saturating_sub(range.start) }
}

fn entries(table: DeTable<'_>) -> Content {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            key_span: span(&key.span()),
            key: key.into_inner().into_owned(),
            node: node(value),
        })
        .collect();
    // The parser sorts by key; findings follow the file.
    entries.sort_by_key(|entry| entry.key_span.offset);
    Content::Table(entries)
}

fn node(value: Spanned<DeValue<'_>>) -> Node {
    let place = span(&value.span());
    let content = match value.into_inner() {
        DeValue::String(text) => Content::Text(text.into_owned()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => Content::Integer(number),
            Err(_) => Content::Float(integer.as_str().parse().unwrap_or(f64::INFINITY)),
        },
        DeValue::Float(float) => Content::Float(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Content::Boolean(flag),
        DeValue::Datetime(date) => Content::Date(date.to_string()),
        DeValue::Array(items) => Content::List(items.into_iter().map(node).collect()),
        DeValue::Table(table) => entries(table),
    };
    Node::new(place, content)
}
