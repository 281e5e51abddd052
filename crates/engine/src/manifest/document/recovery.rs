//! What of a file with syntax errors can be read all the same.

use crate::source::{Content, Format, Member, Node, Span, toml, yaml};

/// Lines that are left out of YAML or JSON before the rest is given up.
const MOST: usize = 8;

/// The tables and keys that say where other files are: these are looked for line by line where no tree has them.
const LEADS: [(&str, &str); 2] = [("lab", "pack"), ("roster", "file")];

/// As much of a tree as there is.
pub(in crate::manifest) fn recover(text: &str, format: Format) -> Node {
    let mut root = match format {
        Format::Toml => toml::recover(text),
        // JSON is YAML, and YAML minds fewer slips.
        Format::Yaml | Format::Json => without_bad_lines(text),
    };
    for (table, key) in LEADS {
        if root.get(table).and_then(|table| table.get(key)).is_none()
            && let Some(found) = written(text, key)
        {
            put(&mut root, table, key, found);
        }
    }
    root
}

/// The tree of what is left when the lines with errors are blanks.
fn without_bad_lines(text: &str) -> Node {
    let mut text = text.to_owned();
    for _ in 0..MOST {
        let at = match yaml::read(&text, usize::MAX) {
            Ok(document) => match document.root.duplicates().first() {
                None => return document.root,
                Some(twice) => twice.key_at.offset,
            },
            Err(error) => error.at.offset,
        };
        let Some(line) = last_line(&text, at) else { break };
        text.replace_range(line.clone(), &" ".repeat(line.len()));
    }
    Node::new(Span::default(), Content::Object(Vec::new()))
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

fn put(root: &mut Node, table: &str, key: &str, (at, text): (Span, String)) {
    let member = |key: &str, value: Node| Member { key_at: at, key: key.to_owned(), value };
    let value = member(key, Node::new(at, Content::String(text)));
    if !matches!(root.content, Content::Object(_)) {
        root.content = Content::Object(Vec::new());
    }
    let Content::Object(members) = &mut root.content else { return };
    match members.iter_mut().find(|member| member.key == table) {
        Some(Member { value: Node { content: Content::Object(inner), .. }, .. }) => inner.push(value),
        Some(other) => other.value.content = Content::Object(vec![value]),
        None => members.push(member(table, Node::new(at, Content::Object(vec![value])))),
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
            let root = recover(text, format);
            let found = |table: &str, key: &str| root.get(table)?.get(key)?.text().map(str::to_owned);
            assert_eq!(found("lab", "pack").as_deref(), Some("./tiny"), "{text}");
            assert_eq!(found("roster", "file").as_deref(), Some("students.csv"), "{text}");
        }
        for text in ["", "[", "lab:\n- a\n- [", "{\"package\": \"x\", \"files\": 1", "\u{0}"] {
            assert!(recover(text, Format::Yaml).get("lab").and_then(|lab| lab.get("pack")).is_none());
        }
    }
}
