//! Ownership tags: how labctl knows its own.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::Serialize;

use super::Digest;

/// Tags of a resource, sorted by key. Clones share them until one is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tags(Arc<BTreeMap<String, String>>);

impl Tags {
    /// No tags.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Deref for Tags {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Tags {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.0)
    }
}

impl FromIterator<(String, String)> for Tags {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(Arc::new(pairs.into_iter().collect()))
    }
}

impl<const N: usize> From<[(String, String); N]> for Tags {
    fn from(pairs: [(String, String); N]) -> Self {
        pairs.into_iter().collect()
    }
}

/// The keys of the tags labctl puts on everything it makes.
pub mod tag {
    /// The lab's name; its presence is the ownership mark.
    pub const LAB: &str = "labctl:lab";
    /// The user the resource belongs to.
    pub const USER: &str = "labctl:user";
    /// The pack the resource was rendered from.
    pub const PACK: &str = "labctl:pack";
    /// Digest of the body that labctl put there last.
    pub const DIGEST: &str = "labctl:digest";
    /// Marks of the properties that labctl wrote last, on a resource of any type.
    pub const PROPERTIES: &str = "labctl:properties";
    /// The day after which the lab may be removed, `YYYY-MM-DD`.
    pub const EXPIRES: &str = "labctl:expires";
    /// The engine that manages the resource instead of labctl, which leaves it alone.
    pub const MANAGED_BY: &str = "labctl:managed-by";
    /// That engine, where `labctl export` handed the lab to it.
    pub const CLOUDFORMATION: &str = "cloudformation";
}

/// The digest a tag set carries, if any.
pub fn digest_tag(tags: &Tags) -> Option<Digest> {
    tags.get(tag::DIGEST).map(|text| Digest::from_tag(text))
}

/// Whose tags a thing must carry to be changed or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The lab.
    pub lab: String,
    /// The user.
    pub user: String,
    /// Whether a thing without any lab's tag counts, too: a log group that AWS made, a thing that is taken over.
    pub or_untagged: bool,
}

impl Owner {
    /// Whether a thing with these tags may be touched. What another engine manages may not.
    pub fn owns(&self, tags: &Tags) -> bool {
        if tags.contains_key(tag::MANAGED_BY) {
            return false;
        }
        match tags.get(tag::LAB) {
            Some(lab) => *lab == self.lab && tags.get(tag::USER) == Some(&self.user),
            None => self.or_untagged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_a_lab_and_a_user() {
        let owner = |or_untagged| Owner { lab: "lab6".into(), user: "ann".into(), or_untagged };
        let tags = |lab: &str, user: &str| Tags::from([(tag::LAB.into(), lab.into()), (tag::USER.into(), user.into())]);
        assert!(owner(false).owns(&tags("lab6", "ann")));
        assert!(!owner(true).owns(&tags("lab6", "bob")) && !owner(true).owns(&tags("lab7", "ann")));
        assert!(owner(true).owns(&Tags::new()) && !owner(false).owns(&Tags::new()));
        let mut managed = tags("lab6", "ann");
        managed.insert(tag::MANAGED_BY.into(), tag::CLOUDFORMATION.into());
        assert!(!owner(true).owns(&managed));
    }
}
