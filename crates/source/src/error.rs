//! Why a text is refused.

use crate::Node;
use crate::text::Span;

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is not written in this notation; the message is the parser's.
    Syntax,
    /// A name is there twice, which the notation forbids.
    Duplicate,
    /// It nests deeper than [`Node::DEEPEST`].
    TooDeep,
    /// It holds, or its aliases repeat, more values than are taken.
    TooLarge,
    /// Well written, but without a meaning: a second document, an alias inside of what it names.
    Meaningless,
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// What kind of mistake it is.
    pub reason: Reason,
    /// What is wrong; of a duplicate, the name.
    pub message: String,
    /// Where it was noticed.
    pub at: Span,
    /// What to write instead, where the parser says so.
    pub help: Option<String>,
}

impl ReadError {
    pub(crate) fn new(reason: Reason, message: impl Into<String>, at: Span) -> Self {
        Self { reason, message: message.into(), at, help: None }
    }

    pub(crate) fn too_deep(at: Span) -> Self {
        Self::new(Reason::TooDeep, format!("more than {} levels of nesting", Node::DEEPEST), at)
    }
}
