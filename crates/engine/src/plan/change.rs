//! The plan as data: the only thing `apply` reads.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::kind::{Difference, FieldChange, Live, Part, Resource, StateChanges};
use crate::model::{Key, Owner, Place, UserName};

/// What is to be done with one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    Unchanged,
    /// Make it.
    Create,
    /// Change the named parts.
    Update,
    /// Remove it.
    Delete,
    /// The user edited it: kept and reported.
    Edited,
    /// A thing of the same name that is not labctl's: untouched and reported.
    Foreign,
}

/// Why labctl may touch what is there (law: ownership before touch).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It carries this lab's and this user's tags.
    Tags,
    /// A log group without tags, named after this function or machine of the user's.
    NamedAfter(Key),
    /// It is being deleted and shows no tags any more; it was labctl's when this run began.
    SeenBefore,
    /// It was nobody's, and the instructor asked to take it over. Never a reason to delete.
    Adopted,
    /// It carries no tags and begins as the user's names do, and the instructor asked to remove what does (`--with-prefix`).
    Prefix,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Which resource.
    #[serde(flatten)]
    pub key: Key,
    /// What to do.
    pub action: Action,
    /// Why, for telling only.
    pub reason: String,
    /// On update, delete: the user's own work is in it and goes with this change, so it is saved first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// On update: the parts to change, complete.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub parts: BTreeSet<Part>,
    /// On update, edited: field by field, for telling.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<FieldChange>,
    /// On update, edited: what became of the states of a definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub states: Option<StateChanges>,
    /// On create and update: what shall be there.
    #[serde(skip)]
    pub resource: Option<Arc<Resource>>,
    /// The ARN: of what is there, else the one it will get.
    pub arn: String,
    /// Why it may be touched; `None` where nothing is there yet, or what is there is not labctl's.
    #[serde(skip)]
    pub claim: Option<Claim>,
    /// The calls it takes when nothing goes wrong, as `service:Operation`, in the order they are made. A test holds them against what a
    /// deployment counts.
    #[serde(skip)]
    pub calls: Vec<&'static str>,
}

/// Every decision for one user.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UserPlan {
    /// Who.
    pub user: UserName,
    /// The lab whose tags everything of it carries; empty when nothing is wanted.
    #[serde(skip)]
    pub lab: String,
    /// Where.
    #[serde(skip)]
    pub place: Place,
    /// What stays or comes, in the order of ranks; then what goes, ranks backwards; by kind and name within a rank.
    #[serde(rename = "resources")]
    pub changes: Vec<Change>,
}

/// Every decision of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Plan {
    /// One entry per user.
    pub users: Vec<UserPlan>,
}

/// How many of each action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// To be made.
    pub create: usize,
    /// To be changed.
    pub update: usize,
    /// To be removed.
    pub delete: usize,
    /// As they should be.
    pub unchanged: usize,
    /// Edited by a user, kept.
    pub edited: usize,
    /// Not labctl's, untouched.
    pub foreign: usize,
}

impl Change {
    /// The calls that the kind of the resource takes for this action.
    pub(super) fn calls_of_kind(&self) -> Vec<&'static str> {
        let kind = self.key.kind;
        let create = || self.resource.iter().flat_map(|resource| resource.body.create_calls());
        let delete = || kind.facts().delete_calls.iter().copied();
        match self.action {
            Action::Unchanged | Action::Edited | Action::Foreign => Vec::new(),
            Action::Create => create().collect(),
            Action::Update if self.parts.contains(&Part::Type) => delete().chain(create()).collect(),
            Action::Update => kind.update_calls(&self.parts),
            Action::Delete => delete().collect(),
        }
    }

    /// The same with what differs, for telling.
    pub(super) fn with(mut self, differs: Difference) -> Self {
        self.diff = differs.fields;
        self.states = differs.states;
        self
    }
}

/// What stays or comes by rank, then what goes by rank backwards.
pub(super) fn order(change: &Change) -> (bool, u8, Reverse<u8>, &Key) {
    let rank = change.key.kind.rank();
    match change.action {
        Action::Delete => (true, 0, Reverse(rank), &change.key),
        _ => (false, rank, Reverse(0), &change.key),
    }
}

/// Puts what stays or comes by rank, then what goes by rank backwards, and writes down what each change takes.
pub(super) fn settled(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by(|left, right| order(left).cmp(&order(right)));
    for change in &mut changes {
        change.calls = change.calls_of_kind();
    }
    changes
}

impl UserPlan {
    /// Leaves these things as they are.
    pub fn keep(&mut self, keys: &BTreeSet<Key>, reason: &str) {
        for change in self.changes.iter_mut().filter(|change| keys.contains(&change.key)) {
            change.action = Action::Edited;
            change.parts.clear();
            change.resource = None;
            reason.clone_into(&mut change.reason);
        }
        self.changes = settled(std::mem::take(&mut self.changes));
    }

    /// Whose tags the thing has to carry still when the change is made.
    pub fn owner(&self, change: &Change) -> Owner {
        let or_untagged = matches!(change.claim, Some(Claim::NamedAfter(_) | Claim::Adopted | Claim::Prefix));
        Owner { lab: self.lab.clone(), user: self.user.to_string(), or_untagged }
    }
}

impl Plan {
    /// Counts the decisions.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for change in self.users.iter().flat_map(|user| &user.changes) {
            match change.action {
                Action::Unchanged => summary.unchanged += 1,
                Action::Create => summary.create += 1,
                Action::Update => summary.update += 1,
                Action::Delete => summary.delete += 1,
                Action::Edited => summary.edited += 1,
                Action::Foreign => summary.foreign += 1,
            }
        }
        summary
    }

    /// Whether applying it would do anything.
    pub fn has_changes(&self) -> bool {
        let Summary { create, update, delete, unchanged: _, edited: _, foreign: _ } = self.summary();
        create + update + delete > 0
    }
}

/// A report of something in the way that is not labctl's.
pub(super) fn foreign(key: &Key, live: &Live, reason: &str) -> Change {
    Change {
        key: key.clone(),
        action: Action::Foreign,
        reason: reason.to_owned(),
        edited: false,
        parts: BTreeSet::new(),
        diff: Vec::new(),
        states: None,
        arn: live.arn.clone(),
        resource: None,
        claim: None,
        calls: Vec::new(),
    }
}

/// A deletion of something that is labctl's by `claim`.
pub(super) fn delete(key: &Key, live: &Live, reason: &str, claim: Claim) -> Change {
    Change { action: Action::Delete, claim: Some(claim), ..foreign(key, live, reason) }
}
