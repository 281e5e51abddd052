//! What is wrong with an expression, or went wrong with it.

use std::fmt;

use crate::quote::quoted;

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

/// Why an expression has no value: the reference's code and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationError {
    /// `T2001`; empty for what ends an expression that would not end itself.
    pub code: &'static str,
    /// The words, without the code.
    pub message: String,
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code.is_empty() {
            return formatter.write_str(&self.message);
        }
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for EvaluationError {}

/// Stands in a message for the name of the function that was called.
const NAME: char = '\u{1}';

/// An error on its way out: it learns the name of the function on the way.
#[derive(Debug)]
pub(crate) struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: &'static str,
    message: String,
    name: Option<String>,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), name: None }))
    }

    /// With the name of the called function where the message has `\u{1}`.
    pub(crate) fn named(mut self, name: Option<&str>) -> Self {
        if self.0.name.is_none() {
            self.0.name = name.map(str::to_owned);
        }
        self
    }

    pub(crate) fn mismatch(argument: usize) -> Self {
        Self::new("T0410", format!("Argument {argument} of function {NAME} does not match function signature"))
    }

    pub(crate) fn wrong_context(argument: usize) -> Self {
        let message = format!("Context value is not a compatible type with argument {argument} of function {NAME}");
        Self::new("T0411", message)
    }

    pub(crate) fn wrong_items(argument: usize, kind: &str) -> Self {
        Self::new("T0412", format!("Argument {argument} of function {NAME} must be an array of {kind}"))
    }

    pub(crate) fn too_deep() -> Self {
        let message =
            "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive";
        Self::new("", message)
    }

    pub(crate) fn memory() -> Self {
        Self::new("", "Expression evaluation memory limit exceeded: Check for excessive memory usage")
    }

    pub(crate) fn too_long() -> Self {
        Self::new("", "Expression evaluation timeout: Check for infinite loop")
    }

    pub(crate) fn finish(self) -> EvaluationError {
        let name = self.0.name.as_deref().map_or_else(|| "undefined".to_owned(), quoted);
        let message = if self.0.message.contains(NAME) { self.0.message.replace(NAME, &name) } else { self.0.message };
        EvaluationError { code: self.0.code, message }
    }
}
