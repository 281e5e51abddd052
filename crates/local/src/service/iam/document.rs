//! A policy document, read for evaluation.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use serde_json::Value;

use super::condition::Condition;
use super::elements::{elements, texts};

/// A policy that was found to be well formed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    pub(super) statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) allow: bool,
    pub(super) actions: Patterns,
    /// Trust policies name no resource.
    pub(super) resources: Option<Patterns>,
    /// Type (`Service`, `AWS`, …) and pattern; only trust policies name principals.
    pub(super) principals: Vec<(String, String)>,
    pub(super) conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Patterns {
    pub(super) negated: bool,
    pub(super) patterns: Vec<String>,
}

impl Document {
    /// Reads a document that was checked when it was set; parts that cannot be read grant nothing.
    pub(super) fn read(text: &str) -> Self {
        let Ok(value) = serde_json::from_str::<Value>(text) else { return Self::default() };
        Self { statements: elements(value.get("Statement")).filter_map(Statement::read).collect() }
    }
}

impl Statement {
    fn read(value: &Value) -> Option<Self> {
        let allow = match value.get("Effect").and_then(Value::as_str)? {
            "Allow" => true,
            "Deny" => false,
            _ => return None,
        };
        Some(Self {
            allow,
            actions: Patterns::read(value, "Action", "NotAction")?,
            resources: Patterns::read(value, "Resource", "NotResource"),
            principals: principals(value.get("Principal")),
            conditions: Condition::read_all(value.get("Condition")),
        })
    }
}

impl Patterns {
    fn read(statement: &Value, name: &str, negated_name: &str) -> Option<Self> {
        let (value, negated) = match statement.get(name) {
            Some(value) => (value, false),
            None => (statement.get(negated_name)?, true),
        };
        Some(Self { negated, patterns: texts(value) })
    }
}

fn principals(value: Option<&Value>) -> Vec<(String, String)> {
    match value {
        Some(Value::String(any)) => vec![("AWS".to_owned(), any.clone())],
        Some(Value::Object(kinds)) => {
            kinds.iter().flat_map(|(kind, value)| texts(value).into_iter().map(|text| (kind.clone(), text))).collect()
        }
        _ => Vec::new(),
    }
}
