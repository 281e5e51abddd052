//! What of a file with syntax errors can be read all the same.

use std::sync::Arc;

use super::{Codes, Content, Entry, Format, Node, toml, yaml};
use crate::model::{SourceText, Span};

/// Lines that are left out of YAML or JSON before the rest is given up.
const MOST: usize = 8;

/// The tables and keys that say where other files are: these are looked for line by line where no tree has them.
const LEADS: [(&str, &str); 2] = [("lab", "pack"), ("roster", "file")];

/// As much of a tree as there is.
pub(in crate::manifest) fn recover(source: &Arc<SourceText>, format: Format, codes: &Codes) -> Node {
    let mut root = match format {
        Format::Toml => toml::recover(source),
        // JSON is YAML, and YAML minds fewer slips.
        Format::Yaml | Format::Json => without_bad_lines(source, codes),
    };
    for (table, key) in LEADS {
        if root.get(table).and_then(|table| table.get(key)).is_none()
            && let Some(found) = written(&source.text, key)
        {
            put(&mut root, table, key, found);
        }
    }
    root
}

/// The tree of what is left when the lines with errors are blanks.
fn without_bad_lines(source: &Arc<SourceText>, codes: &Codes) -> Node {
    let mut text = source.text.to_string();
    for _ in 0..MOST {
        let part = Arc::new(SourceText { path: source.path.clone(), text: text.clone().into() });
        let findings = match yaml::parse(&part, codes) {
            Ok(root) => return root,
            Err(findings) => findings,
        };
        let Some(at) = findings.iter().find_map(|finding| finding.place.as_ref().map(|(_, span)| span.offset)) else {
            break;
        };
        let Some(line) = last_line(&text, at) else { break };
        text.replace_range(line.clone(), &" ".repeat(line.len()));
    }
    Node { span: Span { offset: 0, length: 0 }, content: Content::Table(Vec::new()) }
}

/// The line at this place, or the last one before it that is not blank.
fn last_line(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let mut end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length);
    loop {
        let start = text.get(..end)?.rfind('\n').map_or(0, |before| before + 1);
        if !text.get(start..end)?.trim().is_empty() {
            return Some(start..end);
        }
        end = start.checked_sub(1)?;
    }
}

/// The value that a key seems to have somewhere: `pack = "./lab"`, `pack: ./lab`, `{"pack": "./lab", …`.
fn written(text: &str, key: &str) -> Option<(Span, String)> {
    text.match_indices(key).find_map(|(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        if before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/' | '#')) {
            return None;
        }
        let rest = text.get(at + key.len()..)?.lines().next()?;
        let value = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix([':', '='])?.trim();
        let value = match value.chars().next()? {
            quote @ ('"' | '\'') => value.get(1..)?.split([quote, ',']).next()?,
            _ => value.split([',', '}', '#', ' ']).next()?,
        };
        let is_name = !value.is_empty() && !value.contains(['[', '{', '"', '\'']);
        is_name.then(|| (Span { offset: at, length: key.len() }, value.to_owned()))
    })
}

fn put(root: &mut Node, table: &str, key: &str, (span, text): (Span, String)) {
    let entry = |key: &str, node: Node| Entry { key_span: span, key: key.to_owned(), node };
    let value = entry(key, Node { span, content: Content::Text(text) });
    if !matches!(root.content, Content::Table(_)) {
        root.content = Content::Table(Vec::new());
    }
    let Content::Table(entries) = &mut root.content else { return };
    match entries.iter_mut().find(|entry| entry.key == table) {
        Some(Entry { node: Node { content: Content::Table(inner), .. }, .. }) => inner.push(value),
        Some(other) => other.node.content = Content::Table(vec![value]),
        None => entries.push(entry(table, Node { span, content: Content::Table(vec![value]) })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_pack_and_the_roster_are_is_known_whatever_is_broken() {
        for (format, text) in [
            (Format::Toml, "[lab]\npack = \"./tiny\"\nname = lab6\n[roster]\nfile = \"students.csv\"\n"),
            (Format::Toml, "[lab\npack = \"./tiny\"\n[roster]\nfile = \"students.csv\"\n"),
            (Format::Toml, "[lab]\npack = \"./tiny\n[roster]\nfile = 'students.csv'\n"),
            (Format::Yaml, "lab:\n  pack: ./tiny\n  name: [\nroster:\n  file: students.csv\n"),
            (Format::Yaml, "lab:\n\tpack: ./tiny\n  name: lab6\nroster: {file: students.csv}\n"),
            (Format::Yaml, "lab: {pack: ./tiny, name: \"lab6}\nroster:\n  file: students.csv\n"),
            (
                Format::Json,
                "{\"lab\": {\"pack\": \"./tiny\" \"name\": \"lab6\"},\n\"roster\": {\"file\": \"students.csv\"}}",
            ),
            (
                Format::Json,
                "{\"lab\": {\"pack\": \"./tiny\", \"name\": lab6,},\n\"roster\": {\"file\": \"students.csv\"}",
            ),
            (
                Format::Json,
                "{\"lab\": {\"pack\": \"./tiny\"}, \"roster\": {\"file\": \"students.csv\"}, \"users\": [{]}",
            ),
        ] {
            let source = Arc::new(SourceText { path: "m".into(), text: text.into() });
            let root = recover(&source, format, &Codes::MANIFEST);
            let found = |table: &str, key: &str| root.get(table)?.get(key)?.text().map(str::to_owned);
            assert_eq!(found("lab", "pack").as_deref(), Some("./tiny"), "{text}");
            assert_eq!(found("roster", "file").as_deref(), Some("students.csv"), "{text}");
        }
        for text in ["", "[", "lab:\n- a\n- [", "{\"package\": \"x\", \"files\": 1", "\u{0}"] {
            let source = Arc::new(SourceText { path: "m".into(), text: text.into() });
            assert!(
                recover(&source, Format::Yaml, &Codes::MANIFEST).get("lab").and_then(|lab| lab.get("pack")).is_none()
            );
        }
    }
}
