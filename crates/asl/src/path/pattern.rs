//! `/…/i`: the regular expression of a condition.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

/// A regular expression that a text must match as a whole, as Java's `matches` does it.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    whole: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.whole.as_str() == other.whole.as_str() && self.text == other.text
    }
}

impl Pattern {
    /// From what stands between the slashes.
    pub(super) fn new(text: &str, ignore_case: bool) -> Result<Self, String> {
        RegexBuilder::new(&format!("^(?:{text})$"))
            .case_insensitive(ignore_case)
            .build()
            .map(|whole| Self { text: text.to_owned(), whole })
            .map_err(|_| format!("`/{text}/` is no regular expression that can be used here"))
    }

    /// As it is written between the slashes.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Null matches nothing; of anything else its text is matched.
    pub(super) fn matches(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.whole.is_match(text),
            Value::Null => false,
            other => self.whole.is_match(&other.to_string()),
        }
    }
}
