//! JSON text to a tree.

use jsonc_parser::ast;
use jsonc_parser::common::{Range, Ranged as _};
use jsonc_parser::{CollectOptions, ParseOptions};
use serde_json::{Number, Value};

use crate::error::{ReadError, Reason};
use crate::text::Span;
use crate::{Content, Member, Node};

/// Strict JSON (RFC 8259).
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
/// serde_json judges the text, since its messages are the clearer ones and it limits depth; the places come from a second look.
///
/// # Errors
/// The first mistake.
pub fn read(text: &str) -> Result<Node, ReadError> {
    value(text)?;
    match jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &STRICT).map(|result| result.value) {
        Ok(Some(value)) => node(&value),
        Ok(None) => Err(ReadError::new(Reason::Syntax, "there is no value", Span::default())),
        Err(error) => Err(ReadError::new(Reason::Syntax, error.kind().to_string(), span(error.range()).whole(text))),
    }
}

/// The value of a JSON text, without places.
///
/// # Errors
/// As [`read`].
pub fn value(text: &str) -> Result<Value, ReadError> {
    serde_json::from_str(text).map_err(|error| refusal(text, &error))
}

fn refusal(text: &str, error: &serde_json::Error) -> ReadError {
    // serde_json counts columns in bytes, from 1, and gives the last byte read.
    let start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = Span { offset: start + error.column().saturating_sub(1), length: 1 }.whole(text);
    let said = error.to_string();
    let cause = said.rsplit_once(" at line ").map_or(said.as_str(), |(cause, _)| cause);
    if cause == "recursion limit exceeded" {
        ReadError::too_deep(at)
    } else {
        ReadError::new(Reason::Syntax, cause, at)
    }
}

fn span(range: Range) -> Span {
    Span { offset: range.start, length: range.end.saturating_sub(range.start) }
}

fn node(value: &ast::Value<'_>) -> Result<Node, ReadError> {
    let at = span(value.range());
    let content = match value {
        ast::Value::NullKeyword(_) => Content::Null,
        ast::Value::BooleanLit(literal) => Content::Bool(literal.value),
        ast::Value::StringLit(literal) => Content::String(literal.value.to_string()),
        ast::Value::NumberLit(literal) => Content::Number(
            serde_json::from_str::<Number>(literal.value)
                .map_err(|error| ReadError::new(Reason::Syntax, error.to_string(), at))?,
        ),
        ast::Value::Array(array) => Content::Array(array.elements.iter().map(node).collect::<Result<_, _>>()?),
        ast::Value::Object(object) => {
            let members = object.properties.iter().map(|property| {
                let key = property.name.as_str().to_owned();
                Ok(Member { key, key_at: span(property.name.range()), value: node(&property.value)? })
            });
            Content::Object(members.collect::<Result<_, _>>()?)
        }
    };
    Ok(Node { at, content })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_value_has_its_place() {
        let text = "{\n  \"é\": [1,\n \"x\"], \"é\": {}}";
        let root = read(text).unwrap();
        let members = root.members().unwrap();
        assert_eq!(members[0].key_at.of(text), "\"é\"");
        assert_eq!(members[0].value.at.of(text), "[1,\n \"x\"]");
        assert_eq!(members[0].value.elements().unwrap()[1].at.of(text), "\"x\"");
        assert_eq!((members[1].key.as_str(), members[1].value.at.of(text)), ("é", "{}"));
    }

    #[test]
    fn a_mistake_is_found_where_it_is() {
        let told = |text: &str| read(text).map_err(|error| (error.reason, error.message, error.at.offset)).unwrap_err();
        assert_eq!(told("{\n \"a\": 1\n \"b\": 2}"), (Reason::Syntax, "expected `,` or `}`".to_owned(), 11));
        assert_eq!(told("[1, é]").2, 4);
        assert_eq!(told("{\"a\": 1,}").0, Reason::Syntax);
        assert_eq!(told("{\"a\": 1 /* one */}").0, Reason::Syntax);
        assert_eq!(told("").0, Reason::Syntax);
        assert_eq!(told(r#"["\ud800"]"#).0, Reason::Syntax);
        assert_eq!(told(&"[".repeat(200_000)).0, Reason::TooDeep);
        assert!(read(&format!("{}{}", "[".repeat(127), "]".repeat(127))).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_serde_json_reads(text in r#"[\[\]{}",:é\\ 0-9eE.+\-tfn]{0,30}"#) {
            let value = serde_json::from_str::<Value>(&text).ok();
            prop_assert_eq!(read(&text).ok().map(|node| node.to_value()), value);
        }
    }
}
