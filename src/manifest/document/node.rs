use serde_json::{Map, Number, Value};

use crate::model::Span;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::manifest) struct Node {
    /// Where it stands; a TOML table's span is its header.
    pub span: Span,
    /// What it is.
    pub content: Content,
}

/// What a value is, over all formats.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::manifest) enum Content {
    /// `null`, or a YAML key without a value.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction, or one too large for 64 bits.
    Float(f64),
    /// Text.
    Text(String),
    /// A date or time without quotes, as TOML has them.
    Date(String),
    /// A list.
    List(Vec<Node>),
    /// Keys in the file's order, none twice.
    Table(Vec<Entry>),
}

/// One key of a table.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::manifest) struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// A value at a place.
    pub(in crate::manifest) fn new(span: Span, content: Content) -> Self {
        Self { span, content }
    }

    /// The keys of a table; nothing for any other value.
    pub(in crate::manifest) fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; nothing for any other value.
    pub(in crate::manifest) fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// A table's value by key.
    pub(in crate::manifest) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The text of a text; dates count, since YAML and JSON write them as text.
    pub(in crate::manifest) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) | Content::Date(text) => Some(text),
            _ => None,
        }
    }

    /// A number, whole or not.
    pub(in crate::manifest) fn number(&self) -> Option<f64> {
        match self.content {
            // Quotas, rates and limits are far below 2^52.
            #[expect(clippy::cast_precision_loss, reason = "only compared with limits far below 2^52")]
            Content::Integer(number) => Some(number as f64),
            Content::Float(number) => Some(number),
            _ => None,
        }
    }

    /// What it is, in the words of a finding.
    pub(in crate::manifest) fn kind(&self) -> &'static str {
        match self.content {
            Content::Null => "empty",
            Content::Boolean(_) => "true or false",
            Content::Integer(_) => "a whole number",
            Content::Float(_) => "a number",
            Content::Text(_) => "text",
            Content::Date(_) => "a date",
            Content::List(_) => "a list",
            Content::Table(_) => "a table",
        }
    }

    /// The value without its place.
    pub(in crate::manifest) fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Boolean(flag) => Value::Bool(*flag),
            Content::Integer(number) => Value::from(*number),
            Content::Float(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Content::Text(text) | Content::Date(text) => Value::String(text.clone()),
            Content::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Content::Table(entries) => {
                let mut map = Map::new();
                for entry in entries {
                    map.insert(entry.key.clone(), entry.node.to_json());
                }
                Value::Object(map)
            }
        }
    }
}
