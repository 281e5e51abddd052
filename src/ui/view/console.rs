//! `console`.

use serde::Serialize;

/// `console`: one address, or one for each of several users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ConsoleView {
    /// The address that opens the console once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whose resources it shows; none for everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Where several users were chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<ConsoleUser>,
}

/// A user's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ConsoleUser {
    /// The user.
    pub user: String,
    /// The address that opens the console once, for what is the user's.
    pub address: String,
}
