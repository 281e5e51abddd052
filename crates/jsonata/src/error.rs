//! What is wrong with an expression, or went wrong with it.

use std::fmt;

/// Why an expression cannot be read: the reference's code and words, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// `S0201`; empty for what the reference has no code for.
    pub code: &'static str,
    /// The reference's words, without the code.
    pub message: String,
    /// In characters from 0.
    pub at: usize,
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code.is_empty() {
            return formatter.write_str(&self.message);
        }
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ParseError {}

impl ParseError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, at: usize) -> Self {
        Self { code, message: message.into(), at }
    }
}

/// Text in the quotes and escapes of JSON, as errors show tokens.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            control if control < ' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            lone if crate::text::is_lone(lone) => {
                quoted.push_str(&format!("\\u{:04x}", crate::text::lone_unit(lone)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
