//! A failure, as text and document tell it.

use serde::Serialize;

/// A failure, for the end of the text and for JSON: equal causes are reported once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Trouble {
    /// What failed (`create function user3-order-validator`).
    pub what: String,
    /// For whom.
    pub user: String,
    /// Why.
    pub cause: String,
    /// What to do next.
    pub help: Option<String>,
    /// Whether credentials or permissions are the cause.
    #[serde(skip)]
    pub is_credentials: bool,
}
