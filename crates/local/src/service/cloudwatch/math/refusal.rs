//! Expressions that cannot be worked out.

/// Why an expression has no value.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::service::cloudwatch) enum Refusal {
    /// It is wrong, in the service's words.
    Wrong(String),
    /// The function, by its name, is one that this endpoint does not offer.
    NotOffered(String),
}

impl Refusal {
    pub(super) fn wrong(message: impl Into<String>) -> Self {
        Self::Wrong(message.into())
    }
}
