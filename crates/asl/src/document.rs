//! A definition as it is written: a tree of values, each with its place in the text, whatever the notation was.

use serde_json::{Map, Number, Value};

/// Deeper nesting is refused, so that no walk over a tree can exhaust the stack.
pub(super) const DEEPEST: usize = 128;

/// A place in the text. Lines and columns count from 1, columns and lengths in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub line: usize,
    pub column: usize,
    pub length: usize,
}

impl Position {
    /// The beginning of the text.
    pub(super) const START: Self = Self { line: 1, column: 1, length: 1 };
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub at: Position,
    pub content: Content,
}

/// What a [`Node`] holds. Members keep their order and their duplicates.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// A named value of an object.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub key: String,
    pub key_at: Position,
    pub value: Node,
}

impl Node {
    /// The members, if this is an object.
    pub(super) fn members(&self) -> Option<&[Member]> {
        match &self.content {
            Content::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub(super) fn elements(&self) -> Option<&[Node]> {
        match &self.content {
            Content::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value without its places. Of duplicate members the last one counts.
    pub(super) fn to_value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(flag) => Value::Bool(*flag),
            Content::Number(number) => Value::Number(number.clone()),
            Content::String(text) => Value::String(text.clone()),
            Content::Array(elements) => Value::Array(elements.iter().map(Self::to_value).collect()),
            Content::Object(members) => Value::Object(
                members.iter().map(|member| (member.key.clone(), member.value.to_value())).collect::<Map<_, _>>(),
            ),
        }
    }
}

/// One step of a JSON pointer, escaped. <https://www.rfc-editor.org/rfc/rfc6901>
pub(super) fn pointer_step(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}
