//! What shall be there: resources with every template filled in.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::any_resource::AnyResource;
use super::{Body, Dependency, Id};
use crate::model::{Digest, Key, Place, Tags, UserName, digest_tag, tag};

/// One wanted resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// Kind and name.
    pub key: Key,
    /// Content.
    pub body: Body,
    /// All tags it shall carry, [`crate::model::tag::DIGEST`] among them.
    pub tags: Tags,
    /// What else has to be there before it, by the references of its templates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Key>,
}

impl Resource {
    /// A resource of this name, under these tags alone.
    pub fn new(name: impl Into<String>, body: impl Into<Body>, tags: Tags) -> Self {
        let body = body.into();
        Self { key: Key::new(body.kind(), name), body, tags, needs: Vec::new() }
    }

    /// The same with another content, and the tags that are of the content.
    #[must_use]
    pub fn with_body(&self, body: Body) -> Self {
        let mut tags = self.tags.clone();
        mark(&mut tags, &body);
        Self { body, tags, ..self.clone() }
    }

    /// A need of its templates as a dependency.
    pub fn needed<'a>(&self, key: &'a Key) -> Dependency<'a> {
        Dependency { what: "the resource", kind: key.kind, id: Id::Name(key.name.as_str().into()), is_own: true }
    }

    /// The digest its tags carry.
    pub fn digest(&self) -> Digest {
        digest_tag(&self.tags).unwrap_or_else(|| self.body.digest())
    }

    /// Whether that is the digest its tags carry, or was its content's by an earlier build.
    pub fn has_digest(&self, digest: &Digest) -> bool {
        digest_tag(&self.tags).is_some_and(|tag| tag == *digest) || self.body.has_digest(digest)
    }
}

/// Puts the tags on that tell what the content is.
pub fn mark(tags: &mut Tags, body: &Body) {
    tags.insert(tag::DIGEST.to_owned(), body.digest().as_str().to_owned());
    if let Some(resource) = body.of::<AnyResource>() {
        tags.insert(tag::PROPERTIES.to_owned(), resource.marks());
    }
}

/// What one user shall have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserDesired {
    /// Who.
    pub user: UserName,
    /// Where.
    pub place: Place,
    /// What, sorted by key. A plan shares it.
    pub resources: Vec<Arc<Resource>>,
}

impl UserDesired {
    /// The digest of all that the user shall have, tags aside.
    pub fn digest(&self) -> Digest {
        let mut text = String::new();
        for resource in &self.resources {
            let _ = writeln!(text, "{} {}", resource.key, resource.digest());
        }
        Digest::of(text.as_bytes())
    }
}

/// What the whole selection of users shall have, in the manifest's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// One entry per user.
    pub users: Vec<UserDesired>,
}
