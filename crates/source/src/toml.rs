//! TOML text to a tree.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{ReadError, Reason};
use crate::text::Span;
use crate::{Content, Member, Node};

/// The tree of a TOML text; goes on after a syntax error, so that a file's errors are told together.
///
/// # Errors
/// Every mistake that the parser can tell apart.
pub fn read(text: &str) -> Result<Node, Vec<ReadError>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| refusal(error, text)).collect());
    }
    Ok(Node::new(span(&table.span()), members(table.into_inner())))
}

/// What of a text with mistakes could be read all the same.
pub fn recover(text: &str) -> Node {
    let (table, _) = DeTable::parse_recoverable(text);
    Node::new(span(&table.span()), members(table.into_inner()))
}

fn refusal(error: &toml::de::Error, text: &str) -> ReadError {
    let message = error.message();
    let at = error.span().map_or(Span { offset: text.len(), length: 0 }, |range| span(&range)).whole(text);
    if message.starts_with("duplicate key") {
        return ReadError::new(Reason::Duplicate, at.of(text), at);
    }
    let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
    let expected = rest.lines().find(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned());
    ReadError { help: expected, ..ReadError::new(Reason::Syntax, first, at) }
}

fn span(range: &Range<usize>) -> Span {
    Span { offset: range.start, length: range.end.saturating_sub(range.start) }
}

fn members(table: DeTable<'_>) -> Content {
    let mut members: Vec<Member> = table
        .into_iter()
        .map(|(key, value)| Member {
            key_at: span(&key.span()),
            key: key.into_inner().into_owned(),
            value: node(value),
        })
        .collect();
    // The parser sorts by key; findings follow the file.
    members.sort_by_key(|member| member.key_at.offset);
    Content::Object(members)
}

fn node(value: Spanned<DeValue<'_>>) -> Node {
    let at = span(&value.span());
    let content = match value.into_inner() {
        DeValue::String(text) => Content::String(text.into_owned()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => Content::Number(number.into()),
            Err(_) => Content::number(integer.as_str().parse().unwrap_or(f64::INFINITY)),
        },
        DeValue::Float(float) => Content::number(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Content::Bool(flag),
        DeValue::Datetime(date) => Content::Date(date.to_string()),
        DeValue::Array(elements) => Content::Array(elements.into_iter().map(node).collect()),
        DeValue::Table(table) => members(table),
    };
    Node::new(at, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place_in_the_order_of_the_text() {
        let text = "b = \"é\"\n[z]\nday = 2026-11-29\n[a]\nlist = [1, 2.5, inf, 0x10, 99999999999999999999]\n";
        let root = read(text).unwrap();
        let keys: Vec<&str> = root.members().unwrap().iter().map(|member| member.key.as_str()).collect();
        assert_eq!(keys, ["b", "z", "a"]);
        assert_eq!(root.locate("/b").at.of(text), "\"é\"");
        assert_eq!(root.locate("/z").at.of(text), "[z]");
        assert_eq!(root.locate("/z/day").content, Content::Date("2026-11-29".to_owned()));
        let list = root.locate("/a/list").elements().unwrap();
        let kinds: Vec<&str> = list.iter().map(Node::kind).collect();
        assert_eq!(kinds, ["a whole number", "a number", "no finite number", "a whole number", "a number"]);
        assert_eq!(list[3].integer(), Some(16));
        assert_eq!(list[2].content, Content::NotFinite(f64::INFINITY));
    }

    #[test]
    fn all_mistakes_are_told_at_once_and_the_rest_is_kept() {
        let text = "a = 1\na = 2\nb = [\nc = 3\n";
        let errors = read(text).unwrap_err();
        assert!(errors.len() >= 2, "{errors:?}");
        assert!(
            errors.iter().any(|error| (error.reason, error.message.as_str()) == (Reason::Duplicate, "a")),
            "{errors:?}"
        );
        assert_eq!(recover("x = 1\ny = lab\n").get("x").and_then(Node::integer), Some(1));
    }
}
