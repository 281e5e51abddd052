//! The tree.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

use crate::text::Span;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it stands: a TOML table's place is its header, that of a block in YAML its first line.
    pub at: Span,
    /// What it is.
    pub content: Content,
}

/// What a [`Node`] is, over all formats. Members keep their order and their duplicates.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// `null`, or a key of YAML without a value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as JSON has them.
    Number(Number),
    /// Infinity and what is no number: TOML and YAML write them, JSON cannot.
    NotFinite(f64),
    /// Text.
    String(String),
    /// A date or time without quotes, as TOML has them.
    Date(String),
    /// A list.
    Array(Vec<Node>),
    /// Names and values.
    Object(Vec<Member>),
}

/// A named value of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The name.
    pub key: String,
    /// Where the name stands.
    pub key_at: Span,
    /// The value.
    pub value: Node,
}

impl Content {
    /// A number, also one that is none.
    pub fn number(number: f64) -> Self {
        Number::from_f64(number).map_or(Self::NotFinite(number), Self::Number)
    }
}

impl Node {
    /// Deeper nesting is refused, so that no walk over a tree can exhaust the stack.
    pub const DEEPEST: usize = 128;

    /// A value at a place.
    pub fn new(at: Span, content: Content) -> Self {
        Self { at, content }
    }

    /// The members, if this is an object.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.content {
            Content::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn elements(&self) -> Option<&[Node]> {
        match &self.content {
            Content::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// An object's value by name: the first, if there are several.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.members()?.iter().find(|member| member.key == key).map(|member| &member.value)
    }

    /// The text, if this is a string; dates count, since YAML and JSON write them as strings.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::String(text) | Content::Date(text) => Some(text),
            _ => None,
        }
    }

    /// A number, whole or not.
    pub fn number(&self) -> Option<f64> {
        match &self.content {
            Content::Number(number) => number.as_f64(),
            Content::NotFinite(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number of 64 bits.
    pub fn integer(&self) -> Option<i64> {
        match &self.content {
            Content::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// What it is, in the words of a finding.
    pub fn kind(&self) -> &'static str {
        match &self.content {
            Content::Null => "empty",
            Content::Bool(_) => "true or false",
            Content::Number(number) if number.is_i64() => "a whole number",
            Content::Number(_) => "a number",
            Content::NotFinite(_) => "no finite number",
            Content::String(_) => "text",
            Content::Date(_) => "a date",
            Content::Array(_) => "a list",
            Content::Object(_) => "a table",
        }
    }

    /// The value that a JSON pointer names; the nearest value around it when there is no such value.
    /// <https://www.rfc-editor.org/rfc/rfc6901>
    pub fn locate(&self, pointer: &str) -> &Node {
        let mut node = self;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let inner = match &node.content {
                Content::Array(elements) => step.parse().ok().and_then(|index: usize| elements.get(index)),
                _ => node.get(&step),
            };
            let Some(inner) = inner else { break };
            node = inner;
        }
        node
    }

    /// The names that an object around them has already, in the text's order.
    pub fn duplicates(&self) -> Vec<&Member> {
        let mut found = Vec::new();
        self.add_duplicates(&mut found);
        found
    }

    fn add_duplicates<'node>(&'node self, found: &mut Vec<&'node Member>) {
        let mut seen = BTreeSet::new();
        for member in self.members().unwrap_or_default() {
            if !seen.insert(member.key.as_str()) {
                found.push(member);
            }
            member.value.add_duplicates(found);
        }
        self.elements().unwrap_or_default().iter().for_each(|element| element.add_duplicates(found));
    }

    /// How many values it holds, itself among them.
    pub fn size(&self) -> usize {
        match &self.content {
            Content::Array(elements) => 1 + elements.iter().map(Self::size).sum::<usize>(),
            Content::Object(members) => 1 + members.iter().map(|member| member.value.size()).sum::<usize>(),
            _ => 1,
        }
    }

    /// The value without its places. Of duplicate members the last one counts; what JSON cannot write is null.
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Null | Content::NotFinite(_) => Value::Null,
            Content::Bool(flag) => Value::Bool(*flag),
            Content::Number(number) => Value::Number(number.clone()),
            Content::String(text) | Content::Date(text) => Value::String(text.clone()),
            Content::Array(elements) => Value::Array(elements.iter().map(Self::to_value).collect()),
            Content::Object(members) => Value::Object(
                members.iter().map(|member| (member.key.clone(), member.value.to_value())).collect::<Map<_, _>>(),
            ),
        }
    }
}

/// A JSON pointer with one more step, escaped. <https://www.rfc-editor.org/rfc/rfc6901>
pub fn pointer_step(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use crate::json;

    #[test]
    fn a_value_is_found_whatever_stands_before_it() {
        let text = r#" { "a": [1, "]\"}", {"b": true}], "c/d" : -1.5e3, "e": {} } "#;
        let root = json::read(text).unwrap();
        let found = |pointer| root.locate(pointer).at.of(text);
        assert_eq!(found("/a/0"), "1");
        assert_eq!(found("/a/1"), r#""]\"}""#);
        assert_eq!(found("/a/2/b"), "true");
        assert_eq!(found("/c~1d"), "-1.5e3");
        assert_eq!(found("/e"), "{}");
        assert_eq!(found("/e/nothing"), "{}");
        assert_eq!(found(""), text.trim());
    }

    #[test]
    fn names_that_are_there_twice_are_found_at_every_depth() {
        let text = r#"{"a": 1, "b": [{"c": 1, "c": 2}], "a": {"a": 1}, "a": 3}"#;
        let root = json::read(text).unwrap();
        let places: Vec<_> =
            root.duplicates().iter().map(|member| (member.key.as_str(), member.key_at.offset)).collect();
        assert_eq!(places, [("c", 24), ("a", 34), ("a", 49)]);
        assert_eq!(root.to_value()["a"], 3);
        assert_eq!(root.size(), 9);
    }
}
