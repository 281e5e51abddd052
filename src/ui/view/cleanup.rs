//! `cleanup`, and what is not labctl's.

use serde::Serialize;

use super::pull::PulledUser;
use super::trouble::Trouble;
use super::words::CleanedAs;
use crate::model::Kind;

/// A user of a lab's name whom this manifest did not put there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApartView {
    /// Who.
    pub user: String,
    /// The lab.
    pub lab: String,
    /// Where something of the user's is.
    pub region: String,
    /// When the lab was last put there or, when never, elsewhere in the account; `null` where that is not known here.
    pub deployed_at: Option<String>,
    /// The region that it was put into then.
    pub deployed_in: Option<String>,
    /// The manifest that it was put there from; `null` where that is not known here.
    pub manifest: Option<String>,
}

/// One thing that is not labctl's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ByHandResource {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

/// What begins as a user's names do and is not labctl's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ByHandView {
    /// Whose prefix it carries.
    pub user: String,
    /// How many things.
    pub count: usize,
    /// Which.
    pub resources: Vec<ByHandResource>,
}

/// Counts of a cleanup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CleanupSummary {
    /// Removed.
    pub deleted: usize,
    /// Gone already.
    pub absent: usize,
    /// Not labctl's, untouched.
    pub foreign: usize,
    /// Left.
    pub residue: usize,
}

/// One resource of a cleanup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CleanedResource {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub result: CleanedAs,
    /// Whether it had the user's own work in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
}

/// One user of a cleanup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CleanedUser {
    /// Who.
    pub user: String,
    /// What.
    pub resources: Vec<CleanedResource>,
}

/// `cleanup`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CleanupView {
    /// Counts.
    pub summary: CleanupSummary,
    /// Per user.
    pub users: Vec<CleanedUser>,
    /// Whether nothing was really done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// What users had edited, and where it was saved before it went.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<PulledUser>,
    /// Users of the lab's name who were not put there from this manifest, and stay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<ApartView>,
    /// What begins as the users' names do and is not labctl's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<ByHandView>,
    /// All failures.
    #[serde(skip)]
    pub troubles: Vec<Trouble>,
}
