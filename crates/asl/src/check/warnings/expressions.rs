//! The expressions in a state's fields, with their places.

use labctl_source::{Content, Node, Span, pointer_step};

use crate::check::written::WrittenState;

/// Fields whose values are templates.
const TEMPLATES: [&str; 8] =
    ["Arguments", "Assign", "BatchInput", "ItemSelector", "Items", "Output", "Parameters", "ResultSelector"];
/// Fields that hold scopes of their own, or nothing that is evaluated.
const OTHERS: [&str; 7] = ["Branches", "Comment", "ItemProcessor", "Iterator", "QueryLanguage", "Result", "Resource"];

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// A field that takes a path.
    Path,
    /// The value of a field whose name ends in `.$`.
    Dollar,
    /// JSONata, marks included.
    Query,
    /// Anything else.
    Plain,
}

/// A text in a state.
pub(super) struct Text<'n> {
    pub written: &'n str,
    pub at: Span,
    pub pointer: String,
    pub notation: Notation,
    /// Its name in the object around it, and where that stands.
    pub key: &'n str,
    pub key_at: Span,
    /// Whether it is part of a template.
    pub templated: bool,
}

/// All texts of a state, those of the scopes inside it left out.
pub(super) fn texts<'n>(state: &WrittenState<'n>) -> Vec<Text<'n>> {
    let mut found = Vec::new();
    for member in state.fields.members.iter().filter(|member| !OTHERS.contains(&member.key.as_str())) {
        let around = Around { key: &member.key, key_at: member.key_at, jsonata: state.jsonata, templated: false };
        walk(&member.value, &state.fields.pointer(&member.key), around, &mut found);
    }
    found
}

#[derive(Clone, Copy)]
struct Around<'n> {
    key: &'n str,
    key_at: Span,
    jsonata: bool,
    templated: bool,
}

fn walk<'n>(node: &'n Node, pointer: &str, around: Around<'n>, found: &mut Vec<Text<'n>>) {
    let Around { key, key_at, jsonata, templated } = around;
    let templated = templated || TEMPLATES.contains(&key);
    match &node.content {
        Content::String(text) => {
            let is_path = !templated && key != "ResultPath" && (key.ends_with("Path") || key == "Variable");
            let notation = match jsonata {
                true if text.starts_with("{%") && text.ends_with("%}") => Notation::Query,
                false if templated && key.ends_with(".$") => Notation::Dollar,
                false if is_path => Notation::Path,
                _ => Notation::Plain,
            };
            found.push(Text {
                written: text,
                at: node.at,
                pointer: pointer.to_owned(),
                notation,
                key,
                key_at,
                templated,
            });
        }
        Content::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                walk(element, &pointer_step(pointer, &index.to_string()), Around { templated, ..around }, found);
            }
        }
        Content::Object(members) => {
            for member in members {
                let inner = Around { key: &member.key, key_at: member.key_at, jsonata, templated };
                walk(&member.value, &pointer_step(pointer, &member.key), inner, found);
            }
        }
        _ => {}
    }
}

/// The paths in a text of JSONPath, each with the character it begins at: the text itself, or the arguments of a call.
pub(super) fn paths(text: &str) -> Vec<(usize, String)> {
    if text.trim_start().starts_with('$') {
        return vec![(0, text.to_owned())];
    }
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut quoted) = (0, false);
    while let Some(letter) = letters.get(at) {
        match letter {
            '\\' if quoted => at += 1,
            '\'' => quoted = !quoted,
            '$' if !quoted => {
                let path = path_at(letters.get(at..).unwrap_or_default());
                found.push((at, path.iter().collect()));
                at += path.len().saturating_sub(1);
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// A path at the beginning of some letters, up to what ends an argument.
fn path_at(letters: &[char]) -> &[char] {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, letter) in letters.iter().enumerate() {
        match (quote, letter) {
            (Some(open), letter) => quote = Some(open).filter(|open| open != letter),
            (None, '\'' | '"') => quote = Some(*letter),
            (None, '[' | '(') => depth += 1,
            (None, ',' | ')') if depth == 0 => return letters.get(..at).unwrap_or_default(),
            (None, ']' | ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_in_a_call_are_found_where_they_stand() {
        let found = paths(r"States.Format('it\'s $.no {}', $.a['x,)'][0], States.ArrayLength($$.Map), $v)");
        let found: Vec<&str> = found.iter().map(|(_, path)| path.as_str()).collect();
        assert_eq!(found, ["$.a['x,)'][0]", "$$.Map", "$v"]);
        assert_eq!(paths("$.a, b"), [(0, "$.a, b".to_owned())]);
    }
}
