//! `/…/i`: the regular expression of a condition.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

/// A regular expression that a text must match as a whole, as Java's `matches` does it.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Pattern {
    /// From what stands between the slashes, and the flags behind them.
    pub(super) fn new(text: &str, flags: &str) -> Result<Self, String> {
        let mut builder = RegexBuilder::new(&format!("^(?:{text})$"));
        for flag in flags.chars() {
            match flag {
                'i' => builder.case_insensitive(true),
                's' => builder.dot_matches_new_line(true),
                'm' => builder.multi_line(true),
                'x' => builder.ignore_whitespace(true),
                'u' | 'U' | 'd' => &mut builder,
                other => return Err(format!("`{other}` is no flag of a regular expression")),
            };
        }
        builder.build().map(Self).map_err(|_| format!("`/{text}/` is no regular expression that can be used here"))
    }

    /// Texts, numbers and booleans are matched; anything else does not.
    pub(super) fn matches(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.0.is_match(text),
            Value::Number(_) | Value::Bool(_) => self.0.is_match(&value.to_string()),
            _ => false,
        }
    }
}
