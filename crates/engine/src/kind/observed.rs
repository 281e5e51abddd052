//! What is there: resources as an account showed them.

use std::collections::{BTreeMap, BTreeSet};

use super::Body;
use crate::model::{Digest, Key, Tags, digest_tag, tag};

/// Whether a resource can be worked with now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveState {
    /// Usable.
    Ready,
    /// Being made or changed (`Pending`, `InProgress`).
    Settling,
    /// Being deleted (`DELETING`).
    Deleting,
    /// Creation failed; delete and make anew.
    Broken,
}

/// One resource as found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Its ARN.
    pub arn: String,
    /// Its content, in the shape it is compared in.
    pub body: Body,
    /// Its tags; for a dashboard, the marker in its body.
    pub tags: Tags,
    /// Whether it can be worked with.
    pub state: LiveState,
}

impl Live {
    /// The lab whose tag it carries, if it is labctl's at all.
    pub fn lab(&self) -> Option<&str> {
        self.tags.get(tag::LAB).map(String::as_str)
    }

    /// The user whose tag it carries.
    pub fn user(&self) -> Option<&str> {
        self.tags.get(tag::USER).map(String::as_str)
    }

    /// The digest of what labctl put there last, from its tag.
    pub fn tagged_digest(&self) -> Option<Digest> {
        digest_tag(&self.tags)
    }
}

/// Something of the lab that belongs to a user who was not asked for. Lists and tags showed it; its content was not compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its ARN.
    pub arn: String,
    /// The user in its tags. `None` where no page shows tags (roles of which only names and paths are listed) or no user is in them.
    pub user: Option<String>,
}

/// Everything found in one account and region that carries the lab's tags or a wanted name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// By kind and name.
    pub resources: BTreeMap<Key, Live>,
    /// Of this lab, but of no user who was asked for: users taken out of the manifest, or just not chosen. Only what lists show
    /// anyway; the tag index may still name what was deleted a moment ago.
    pub others: BTreeMap<Key, Other>,
    /// Lists that were refused and that nothing could take the place of, in words: what only they would have shown was not
    /// seen, so nobody may say that nothing is left.
    pub unseen: BTreeSet<String>,
    /// Pages that were refused or missing, in words: exact reads took their place, which show the same and cost more calls.
    pub notes: BTreeSet<String>,
    /// Policies of the account that decide the retention of log groups here, whatever is put on a group. It is compared with nothing.
    pub imposed: BTreeSet<String>,
}

impl Observed {
    /// Takes in what another look at the same account and region showed.
    pub fn absorb(&mut self, other: Self) {
        self.resources.extend(other.resources);
        self.others.extend(other.others);
        self.unseen.extend(other.unseen);
        self.notes.extend(other.notes);
        self.imposed.extend(other.imposed);
    }
}
