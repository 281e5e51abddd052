//! `pull`, and what other commands save of the users' work.

use std::path::PathBuf;

use serde::Serialize;

use crate::model::Kind;

/// Counts of a pull.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PullSummary {
    /// Edited things that were saved.
    pub pulled: usize,
}

/// One edited thing that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PulledResource {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its files in the user's folder; the fields that differ are in `changes.json` for all of them.
    pub files: Vec<String>,
}

/// One user's saved edits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PulledUser {
    /// Who.
    pub user: String,
    /// Where.
    pub folder: PathBuf,
    /// What.
    pub resources: Vec<PulledResource>,
}

/// `pull`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PullView {
    /// Counts.
    pub summary: PullSummary,
    /// Users who edited something.
    pub users: Vec<PulledUser>,
}
