//! JSON text to a tree with places.

use std::collections::BTreeMap;

use jsonc_parser::ast;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions};
use serde_json::{Number, Value};

use super::check::{Rule, rules};
use super::document::{Content, DEEPEST, Member, Node, Position};
use super::finding::Finding;
use super::placeholder::{self, Masked};

/// Strict JSON (RFC 8259), as AWS's parser takes it.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The tree of a JSON text.
///
/// serde_json judges the syntax, since its messages are the clearer ones and it limits depth; the places come from a second look.
pub(super) fn read(text: &str) -> Result<Node, Finding> {
    if text.trim().is_empty() {
        return Err(invalid(
            &rules::NO_DEFINITION,
            "Definition must be a valid JSON object".to_owned(),
            Position::START,
        ));
    }
    if let Err(error) = serde_json::from_str::<Value>(text) {
        return Err(syntax_error(text, text, &error));
    }
    tree(text, text, &BTreeMap::new())
}

/// The tree of a JSON text that another tool still completes: what it puts in without quotes is read as a value.
pub(super) fn read_template(text: &str) -> Result<Node, Finding> {
    let refused = match read(text) {
        Err(finding) if finding.rule.code == rules::INVALID_JSON.code => finding,
        read => return read,
    };
    let Some(Masked { text: masked, placeholders }) = placeholder::mask(text) else { return Err(refused) };
    if let Err(error) = serde_json::from_str::<Value>(&masked) {
        let mut finding = syntax_error(text, &masked, &error);
        finding.help = Some(
            "`${…}` is read as a value and the first branch of `%{ if … }` as the text: if this is a template, fill it in and look at what comes out"
                .to_owned(),
        );
        return Err(finding);
    }
    tree(text, &masked, &placeholders)
}

/// The tree of what is JSON once its placeholders are masked; places are those in the text as it is written.
fn tree(text: &str, masked: &str, placeholders: &BTreeMap<usize, String>) -> Result<Node, Finding> {
    let parsed = jsonc_parser::parse_to_ast(masked, &CollectOptions::default(), &STRICT);
    let mut cursor = Cursor { text, placeholders, byte: 0, line: 1, column: 1 };
    match parsed.map(|result| result.value) {
        Ok(Some(value)) => cursor.node(&value, 0),
        Ok(None) => {
            Err(invalid(&rules::NO_DEFINITION, "Definition must be a valid JSON object".to_owned(), Position::START))
        }
        Err(error) => {
            let at = cursor.place(error.range());
            Err(invalid(&rules::INVALID_JSON, error.kind().to_string(), at))
        }
    }
}

/// What AWS says of a text that is no JSON, with the place where its parser stopped.
pub fn json_error(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(_) => String::new(),
        Err(error) => syntax_error(text, text, &error).message,
    }
}

fn invalid(rule: &'static Rule, message: String, at: Position) -> Finding {
    Finding::new(rule, message, "", at)
}

/// What serde_json says, or what AWS's parser says of a bare word.
///
/// `parsed` has the same bytes in each line as the text, which is shown.
fn syntax_error(text: &str, parsed: &str, error: &serde_json::Error) -> Finding {
    let line_text = parsed.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = line_text.as_bytes().get(..error.column().saturating_sub(1)).unwrap_or(line_text.as_bytes());
    let column = String::from_utf8_lossy(before).chars().count() + 1;
    let at = Position { line: error.line().max(1), column, length: 1 };
    let word: String = text.trim_start().chars().take_while(|letter| letter.is_alphanumeric()).collect();
    if word.starts_with(char::is_alphabetic) && !["true", "false", "null"].contains(&word.as_str()) {
        let expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
        let place = format!("[Source: (String)\"{text}\"; line: 1, column: {}]", word.chars().count() + 1);
        let message = format!("Unrecognized token '{word}': was expecting {expected}\n at {place}");
        return invalid(&rules::INVALID_JSON, message, Position::START);
    }
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(cause, _)| cause);
    invalid(&rules::INVALID_JSON, format!("{said} (line {}, column {})", at.line, at.column), at)
}

/// Turns byte offsets into lines and columns in one pass: it only ever moves forward.
struct Cursor<'text> {
    text: &'text str,
    /// What stands for itself, by the byte where it begins.
    placeholders: &'text BTreeMap<usize, String>,
    byte: usize,
    line: usize,
    column: usize,
}

impl Cursor<'_> {
    fn place(&mut self, range: Range) -> Position {
        let passed = self.text.get(self.byte..range.start).unwrap_or_default();
        for letter in passed.chars() {
            if letter == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.byte = range.start.max(self.byte);
        let inside = self.text.get(range.start..range.end).unwrap_or_default();
        let length = inside.chars().take_while(|letter| *letter != '\n').count().max(1);
        Position { line: self.line, column: self.column, length }
    }

    fn node(&mut self, value: &ast::Value<'_>, depth: usize) -> Result<Node, Finding> {
        let range = value.range();
        // A container is shown by its opening bracket.
        let shown = match value {
            ast::Value::Array(_) | ast::Value::Object(_) => Range::new(range.start, range.start + 1),
            _ => range,
        };
        let at = self.place(shown);
        if depth > DEEPEST {
            return Err(invalid(
                &rules::TOO_DEEP,
                format!("the definition is nested deeper than {DEEPEST} levels"),
                at,
            ));
        }
        let content = match value {
            ast::Value::NullKeyword(_) => Content::Null,
            ast::Value::BooleanLit(literal) => Content::Bool(literal.value),
            ast::Value::StringLit(literal) => match self.placeholders.get(&range.start) {
                Some(placeholder) => Content::String(placeholder.clone()),
                None => Content::String(literal.value.to_string()),
            },
            ast::Value::NumberLit(literal) => Content::Number(
                serde_json::from_str::<Number>(literal.value)
                    .map_err(|error| invalid(&rules::INVALID_JSON, error.to_string(), at))?,
            ),
            ast::Value::Array(array) => Content::Array(
                array.elements.iter().map(|element| self.node(element, depth + 1)).collect::<Result<_, _>>()?,
            ),
            ast::Value::Object(object) => {
                let mut members = Vec::with_capacity(object.properties.len());
                for property in &object.properties {
                    let name = property.name.range();
                    let key_at = self.place(name);
                    // Members that are still to come have neither a name nor a value.
                    let member = if let Some(placeholder) = self.placeholders.get(&name.start) {
                        let shown = placeholder.lines().next().unwrap_or_default();
                        let key_at = Position { length: shown.chars().count(), ..key_at };
                        let value = Node { at: key_at, content: Content::String(placeholder.clone()) };
                        Member { key: placeholder.clone(), key_at, value }
                    } else {
                        let value = self.node(&property.value, depth + 1)?;
                        Member { key: property.name.as_str().to_owned(), key_at, value }
                    };
                    members.push(member);
                }
                Content::Object(members)
            }
        };
        Ok(Node { at, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_and_lines() {
        let root = read("{\n  \"é\": [1,\n \"x\"]}").unwrap();
        let member = &root.members().unwrap()[0];
        assert_eq!(member.key_at, Position { line: 2, column: 3, length: 3 });
        assert_eq!(member.value.at, Position { line: 2, column: 8, length: 1 });
        assert_eq!(member.value.elements().unwrap()[1].at, Position { line: 3, column: 2, length: 3 });
    }

    #[test]
    fn a_missing_comma_is_found_where_it_is_missing() {
        let finding = read("{\n \"a\": 1\n \"b\": 2}").unwrap_err();
        assert_eq!((finding.code, finding.line, finding.column), ("INVALID_JSON_DESCRIPTION", 3, 2));
    }

    #[test]
    fn a_bare_word_is_refused_in_the_words_of_aws() {
        let message = read("not a definition").unwrap_err().message;
        assert!(message.starts_with("Unrecognized token 'not': was expecting (JSON String"), "{message}");
        assert!(message.ends_with("line: 1, column: 4]"), "{message}");
    }

    #[test]
    fn what_another_tool_puts_in_is_a_value_where_it_stands() {
        let text = "{\"é\": ${Max}, \"list\": [${a}, ${b}],\n ${more}, \"name\": \"${f[\"x\"]}\"}";
        assert!(read(text).is_err());
        let root = read_template(text).unwrap();
        let members = root.members().unwrap();
        assert_eq!(members[0].value.text(), Some("${Max}"));
        assert_eq!(members[0].value.at, Position { line: 1, column: 7, length: 6 });
        assert_eq!(members[1].value.elements().unwrap()[1].text(), Some("${b}"));
        assert_eq!((members[2].key.as_str(), members[2].key_at.line), ("${more}", 2));
        assert_eq!(members[3].value.text(), Some("${f['x']}"));
        for broken in ["{\"a\": ${Max} 1}", "{\"a\" ${Max}}", "{\"a\": ${}}", "{\"a\": ${Max,}"] {
            assert!(read_template(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn hopeless_nesting_is_refused_without_a_crash() {
        assert!(read(&"[".repeat(200_000)).is_err());
        assert!(read(&format!("{}{}", "[".repeat(127), "]".repeat(127))).is_ok());
    }

    #[test]
    fn comments_and_trailing_commas_are_not_json() {
        assert!(read("{\"a\": 1,}").is_err());
        assert!(read("{\"a\": 1 /* one */}").is_err());
    }
}
