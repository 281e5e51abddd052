//! `status`.

use serde::Serialize;

use super::cleanup::ByHandView;
use super::words::ResourceState;
use crate::model::Kind;
use crate::plan::{FieldChange, StateChanges};

/// A file of a function's package that is not as the manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeView {
    /// Its path in the package.
    pub file: String,
    /// The lines that differ, as `diff -u` prints them.
    pub diff: String,
}

/// How many resources are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StatusSummary {
    /// As the manifest says.
    pub present: usize,
    /// Not there.
    pub absent: usize,
    /// Not as the manifest says.
    pub drifted: usize,
    /// Edited by the user.
    pub edited: usize,
    /// Not labctl's.
    pub foreign: usize,
}

impl StatusSummary {
    /// Counts one resource.
    pub fn count(&mut self, state: ResourceState) {
        match state {
            ResourceState::Present => self.present += 1,
            ResourceState::Absent => self.absent += 1,
            ResourceState::Drifted => self.drifted += 1,
            ResourceState::Edited => self.edited += 1,
            ResourceState::Foreign => self.foreign += 1,
        }
    }
}

/// One resource of a status.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusResource {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: ResourceState,
    /// Why, for `drifted`, `edited`, `foreign`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// With `--diff`: the fields that differ, from what is there to what the manifest says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<FieldChange>,
    /// With `--diff`: the states of a definition that differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub states: Option<StateChanges>,
    /// With `--diff`: the files of a function's package that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub code: Vec<CodeView>,
}

/// One user of a status.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusUser {
    /// Who.
    pub user: String,
    /// What.
    pub resources: Vec<StatusResource>,
}

/// `status`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StatusView {
    /// Counts over all users.
    pub summary: StatusSummary,
    /// Per user.
    pub users: Vec<StatusUser>,
    /// What begins as the users' names do and is not labctl's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<ByHandView>,
    /// What is worth knowing beside, as the text says it on stderr.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
