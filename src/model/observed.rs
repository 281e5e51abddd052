//! What is there: resources as an account showed them.

use std::collections::BTreeMap;

use super::{Body, Digest, Key, Tags, tag};

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
        super::tags::digest_of(&self.tags)
    }
}

/// Everything found in one account and region that carries the lab's tags or a wanted name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// By kind and name.
    pub resources: BTreeMap<Key, Live>,
}
