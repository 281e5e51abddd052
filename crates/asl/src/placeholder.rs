//! What other tools put in before AWS sees a definition.
//!
//! `${Name}` is filled in by CloudFormation, SAM, the Serverless Framework and Terraform, `#{AWS::Region}` by plugins, `{{ name }}` and
//! `<%= name %>` by templates, and `<ACCOUNT_ID>` by a person. In JSON they also stand without quotes, where a number or a list belongs.

use std::collections::BTreeMap;

/// How placeholders begin and end.
const MARKS: [(&str, &str); 4] = [("${", "}"), ("#{", "}"), ("{{", "}}"), ("<%", "%>")];

/// Bytes of the longest placeholder inside of a text; one that is not closed in time is none.
const LONGEST: usize = 2_048;
/// Bytes of the longest one that stands for a value, such as Terraform's `${jsonencode(…)}`.
const LONGEST_VALUE: usize = 64 * 1024;
/// How many marks that nothing closes are looked at before a text is taken for no template.
const MOST_OPEN: usize = 64;

/// Whether a text has a placeholder in it.
pub(super) fn has_placeholder(text: &str) -> bool {
    // In JSONata `${…}` may group, so that only what can be nothing else counts.
    if text.contains("{%") {
        return text
            .split("${")
            .skip(1)
            .any(|after| after.split_once('}').is_some_and(|(name, _)| is_plain_name(name)));
    }
    let marks = |letter: char| matches!(letter, '$' | '#' | '{' | '<');
    text.match_indices(marks)
        .filter_map(|(at, _)| text.get(at..))
        .any(|rest| length(rest, LONGEST).is_some() || is_word(rest))
}

fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.:-".contains(letter))
}

/// Whether a text begins like `<ACCOUNT_ID>`: a word in capitals, to be replaced by hand.
fn is_word(text: &str) -> bool {
    let rest = text.strip_prefix('<').map(|rest| start(rest, LONGEST));
    let word = rest.and_then(|rest| rest.split_once('>')).map(|(word, _)| word);
    word.is_some_and(|word| {
        word.len() > 1
            && word.starts_with(|letter: char| letter.is_ascii_uppercase())
            && word
                .chars()
                .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || "_-".contains(letter))
    })
}

/// At most so many bytes of a text, up to the end of a letter.
fn start(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// The length in bytes of the placeholder that a text begins with, if it is at most so long.
fn length(text: &str, most: usize) -> Option<usize> {
    MARKS.iter().find_map(|(open, close)| {
        let inside = start(text.strip_prefix(open)?, most);
        let end = closing(inside, close)?;
        let is_empty = inside.get(..end).is_none_or(|name| name.trim().is_empty());
        (!is_empty).then_some(open.len() + end + close.len())
    })
}

/// Where a closing mark stands, outside of brackets and quotes.
fn closing(text: &str, close: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, letter) in text.char_indices() {
        if depth == 0 && quote.is_none() && text.get(at..).is_some_and(|rest| rest.starts_with(close)) {
            return Some(at);
        }
        match (quote, letter) {
            (Some(open), letter) => quote = Some(open).filter(|open| *open != letter),
            (None, '"' | '\'') => quote = Some(letter),
            (None, '{') => depth += 1,
            (None, '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// A text in JSON as far as it goes, of the same length in bytes and lines as the template it was made of.
pub(super) struct Masked {
    /// Each placeholder outside of strings is a string now, or a member where one belongs; directives such as `%{ if … }` are blank.
    pub text: String,
    /// What stood there, by the byte where it begins.
    pub placeholders: BTreeMap<usize, String>,
}

/// The template of a JSON text; None if there is nothing in it to fill in.
pub(super) fn mask(text: &str) -> Option<Masked> {
    let mut masker =
        Masker { text, out: String::with_capacity(text.len()), found: BTreeMap::new(), changed: false, unclosed: 0 };
    let (mut open, mut before, mut quoted) = (Vec::new(), ' ', false);
    while let Some(letter) = masker.next() {
        if quoted {
            quoted = masker.inside_string(letter);
            continue;
        }
        let expects_member = open.last() == Some(&'{') && matches!(before, '{' | ',');
        if masker.directive() {
            continue;
        }
        if masker.value(expects_member) {
            before = '"';
            continue;
        }
        match letter {
            '"' => quoted = true,
            '{' | '[' => open.push(letter),
            '}' | ']' => {
                open.pop();
            }
            _ => {}
        }
        if !letter.is_whitespace() {
            before = letter;
        }
        masker.copy(letter.len_utf8());
    }
    masker.changed.then_some(Masked { text: masker.out, placeholders: masker.found })
}

/// Writes a text anew, byte for byte of the same length.
struct Masker<'t> {
    text: &'t str,
    out: String,
    found: BTreeMap<usize, String>,
    changed: bool,
    /// Marks outside of strings that nothing closed.
    unclosed: usize,
}

impl Masker<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.out.len()..).unwrap_or_default()
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn copy(&mut self, bytes: usize) {
        let at = self.out.len();
        let end = (at + bytes).min(self.text.len());
        self.out.push_str(self.text.get(at..end).unwrap_or_default());
        // Never stands still, whatever is cut.
        if self.out.len() == at {
            self.out.push(' ');
        }
    }

    /// Writes blanks, and line ends where there were some.
    fn blank(&mut self, bytes: usize) {
        let end = (self.out.len() + bytes).min(self.text.len());
        let from = self.text.get(self.out.len()..end).unwrap_or_default();
        let blank: String =
            from.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }).collect();
        self.out.push_str(&blank);
        self.changed = true;
    }

    /// One letter of a string; whether the string goes on. Quotes inside a placeholder do not end it.
    fn inside_string(&mut self, letter: char) -> bool {
        match letter {
            '\\' => {
                let escaped = self.rest().chars().nth(1).map_or(0, char::len_utf8);
                self.copy(1 + escaped);
            }
            '$' | '#' | '<' => {
                let line = start(self.rest(), LONGEST).lines().next().unwrap_or_default();
                match length(line, LONGEST).and_then(|bytes| line.get(..bytes)).map(str::to_owned) {
                    Some(placeholder) if placeholder.contains('"') => {
                        self.out.push_str(&placeholder.replace('"', "'"));
                        self.changed = true;
                    }
                    _ => self.copy(1),
                }
            }
            '"' => {
                self.copy(1);
                return false;
            }
            letter => self.copy(letter.len_utf8()),
        }
        true
    }

    /// Blanks a directive of Terraform's templates, and the branch that `else` begins.
    fn directive(&mut self) -> bool {
        let Some(end) = directive_end(self.rest()) else { return false };
        let words = self.rest().get(..end).unwrap_or_default().to_owned();
        self.blank(end);
        if !is_directive(&words, "else") {
            return true;
        }
        let mut depth = 0_usize;
        while self.next().is_some() {
            let Some(end) = directive_end(self.rest()) else {
                let bytes = self.next().map_or(1, char::len_utf8);
                self.blank(bytes);
                continue;
            };
            let words = self.rest().get(..end).unwrap_or_default().to_owned();
            self.blank(end);
            if is_directive(&words, "if") {
                depth += 1;
            } else if is_directive(&words, "endif") {
                if depth == 0 {
                    break;
                }
                depth -= 1;
            }
        }
        true
    }

    /// Writes a placeholder as a string of the same length, or as a member.
    fn value(&mut self, expects_member: bool) -> bool {
        let rest = self.rest();
        if !MARKS.iter().any(|(open, _)| rest.starts_with(open)) || self.unclosed > MOST_OPEN {
            return false;
        }
        let Some(bytes) = length(rest, LONGEST_VALUE) else {
            self.unclosed += 1;
            return false;
        };
        let rest = self.rest();
        let placeholder = rest.get(..bytes).unwrap_or_default().to_owned();
        let line = placeholder.lines().next().unwrap_or_default().len();
        let filled = match (expects_member, line) {
            (true, 4..) => format!("\"{}\":0", "_".repeat(line - 4)),
            (false, 2..) => format!("\"{}\"", "_".repeat(line - 2)),
            _ => return false,
        };
        self.found.insert(self.out.len(), placeholder);
        self.out.push_str(&filled);
        self.blank(bytes - line);
        true
    }
}

fn directive_end(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("%{")?;
    closing(start(inside, LONGEST), "}").map(|end| end + 3)
}

fn is_directive(text: &str, word: &str) -> bool {
    let inside = text.trim_start_matches("%{").trim_start_matches('~').trim_start();
    inside.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_tools_fill_in_is_reported_from_jsonata() {
        for text in [
            "arn:${AWS::Partition}:x",
            "${FunctionArn}",
            "${self:service}-${opt:stage, 'dev'}",
            "${var.functions[\"a\"].arn}",
            "arn:aws:lambda:#{AWS::Region}:1:function:f",
            "{{ queue_url }}",
            "<%= arn %>",
            "arn:<PARTITION>:states:::sqs:sendMessage",
            "{% $states.input.a & '${Suffix}' %}",
        ] {
            assert!(has_placeholder(text), "{text}");
        }
        for text in [
            "${",
            "${}",
            "${lambdaArn",
            "$each($x, function($v) {$v})",
            "{% $states.input.list ~> ${ \"k\": 1 } %}",
            "$ {A}",
            "{}",
            "$.a[?(@.b < 3 && @.c > 1)]",
            "a<b>",
        ] {
            assert!(!has_placeholder(text), "{text}");
        }
    }

    #[test]
    fn what_nothing_closes_is_not_read_to_the_end_each_time() {
        let open = "${".repeat(200_000);
        assert!(!has_placeholder(start(&open, 20_000)));
        for text in [open.clone(), format!("\"{open}\""), "<A".repeat(200_000), "%{ if ".repeat(100_000)] {
            assert_eq!(mask(&text).map_or(text.len(), |masked| masked.text.len()), text.len());
        }
    }

    #[test]
    fn placeholders_become_values_of_the_same_length() {
        for (template, json) in [
            (r#"{"a": ${Max}}"#, r#"{"a": "____"}"#),
            (r#"{"a": [${ids}], "b": {{ n }}}"#, r#"{"a": ["____"], "b": "_____"}"#),
            (r#"{"a": {${more}}}"#, r#"{"a": {"___":0}}"#),
            (r#"{"a": "${f["x"].arn}"}"#, r#"{"a": "${f['x'].arn}"}"#),
            ("{\"a\": ${jsonencode({\n\"b\": 1})}}", "{\"a\": \"____________\"\n         }"),
            (r#"{%{ if x }"a": 1%{ else }"a": 2%{ endif }}"#, r#"{         "a": 1                         }"#),
        ] {
            let masked = mask(template).unwrap();
            assert_eq!(masked.text, json, "{template}");
            assert_eq!(masked.text.len(), template.len());
            assert!(serde_json::from_str::<serde_json::Value>(&masked.text).is_ok(), "{template}");
        }
        assert!(mask(r#"{"a": "${Max}"}"#).is_none());
        for broken in ["${", "\"\\", "%{ else }é", "{\"a\": ${\nx}}", "\"${\"é\"}"] {
            assert_eq!(mask(broken).map_or(broken.len(), |masked| masked.text.len()), broken.len(), "{broken}");
        }
    }
}
