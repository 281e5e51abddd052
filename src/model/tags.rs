//! Ownership tags: how labctl knows its own.

use std::collections::BTreeMap;

use super::Digest;

/// Tags of a resource, sorted by key.
pub type Tags = BTreeMap<String, String>;

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
    /// The day after which the lab may be removed, `YYYY-MM-DD`.
    pub const EXPIRES: &str = "labctl:expires";
}

/// The digest a tag set carries, if any.
pub(super) fn digest_of(tags: &Tags) -> Option<Digest> {
    tags.get(tag::DIGEST).map(|text| Digest::from_tag(text))
}
