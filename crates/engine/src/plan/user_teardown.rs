//! Whose lab is to go.

use std::collections::BTreeSet;

use crate::model::{Key, Place, UserName};

/// A user whose lab is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTeardown {
    /// Who.
    pub user: UserName,
    /// Where the lab is.
    pub place: Place,
    /// The names the manifest would give: what stands there without labctl's tags is reported as foreign.
    pub wanted: BTreeSet<Key>,
}
