//! What an observation of one kind of resource goes by, and what it sees.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::tagging::{Index, Shown};
use crate::cloud::{CloudError, Depth, Scope};
use crate::kind::{Dashboard, Live, LiveState, Other, Resource};
use crate::model::{Key, Kind, Place, Tags, tag};

/// One kind, observed.
#[derive(Default)]
pub(super) struct ObservedKind {
    pub(super) found: Vec<(Key, Live)>,
    pub(super) others: BTreeMap<Key, Other>,
    pub(super) unseen: Option<String>,
    pub(super) notes: Vec<String>,
    /// Policies of the account that decide what is compared with nothing.
    pub(super) imposed: BTreeSet<String>,
}

/// What a list showed.
pub(super) enum Listed {
    /// Every name of the kind.
    All(Vec<String>),
    /// The names that begin as the users' do, and the wanted ones.
    Users(Vec<String>),
    /// None was asked for: the tag index names all that is wanted.
    Indexed,
    /// It was refused; why.
    Refused(CloudError),
}

/// What an observation of one kind goes by.
#[derive(Clone, Copy)]
pub(super) struct Observation<'a> {
    pub(super) scope: &'a Scope,
    pub(super) place: &'a Place,
    /// The tags of this kind, where the endpoint shows them.
    pub(super) index: Option<&'a Index>,
    /// The tags of all kinds of which users have few, once one of them was observed.
    pub(super) few: &'a OnceCell<Shown>,
}

impl<'a> Observation<'a> {
    /// The same by these tags, where the endpoint shows them.
    pub(super) fn with(self, index: &'a Shown) -> Self {
        Self { index: index.as_ref().ok(), ..self }
    }

    /// What a list and the index tell without any read.
    pub(super) fn begin(&self, kind: Kind, listed: &Listed) -> ObservedKind {
        let mut observed = ObservedKind { unseen: self.unseen(kind, listed), ..ObservedKind::default() };
        let named = self.indexed(kind).filter(|(key, _)| !self.is_read(kind, &key.name));
        observed.others = named.filter(|(_, other)| !self.is_asked_for(other.user.as_deref())).collect();
        // Where every name is known, the index's lag is too.
        if let Listed::All(names) = listed {
            let there: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            observed.others.retain(|key, _| there.contains(key.name.as_str()));
        }
        observed
    }

    /// What to read of a kind: of the listed names the wanted ones, and those that begin as a user's do, since they may be orphans.
    /// Without a list, the wanted ones and those that the index knows to be the users'.
    pub(super) fn names(&self, kind: Kind, listed: Listed) -> BTreeSet<Key> {
        match listed {
            Listed::All(names) | Listed::Users(names) => {
                let read = names.into_iter().filter(|name| self.is_read(kind, name));
                read.map(|name| Key::new(kind, name)).collect()
            }
            Listed::Indexed | Listed::Refused(_) => {
                let users = self.indexed(kind).filter(|(_, other)| self.is_asked_for(other.user.as_deref()));
                self.wanted(kind).cloned().chain(users.map(|(key, _)| key)).collect()
            }
        }
    }

    /// The wanted names of a kind.
    pub(super) fn wanted(&self, kind: Kind) -> impl Iterator<Item = &'a Key> {
        let scope = self.scope;
        scope.keys.iter().filter(move |key| key.kind == kind)
    }

    /// Whether a list of the kind can be done without: the index names all that is wanted, and the index will do.
    pub(super) fn is_indexed(&self, kind: Kind) -> bool {
        self.scope.depth != Depth::Lists
            && self.index.is_some_and(|index| self.wanted(kind).all(|key| index.contains_key(&self.arn(key))))
    }

    /// The tags the index has for a resource, believed where they carry the digest of the content that was seen: the index lags.
    pub(super) fn agreeing(&self, key: &Key, live: &Live) -> Option<&'a Tags> {
        let tags = self.index?.get(&self.arn(key))?;
        (tags.get(tag::DIGEST).map(String::as_str) == Some(live.body.digest().as_str())).then_some(tags)
    }

    /// What the wanted resource of this name is believed to be without a read: carrying all its tags, the digest among them.
    pub(super) fn trusted(&self, key: &Key) -> Option<Live> {
        let wanted = self.believed(key)?;
        let arn = self.arn(key);
        let tags = self.index?.get(&arn)?;
        let has_all = wanted.tags.iter().all(|(name, value)| tags.get(name) == Some(value));
        has_all.then(|| Live { arn, body: wanted.body.clone(), tags: tags.clone(), state: LiveState::Ready })
    }

    /// The wanted resource of this name, where tags are believed.
    pub(super) fn believed(&self, key: &Key) -> Option<&'a Arc<Resource>> {
        match self.scope.depth {
            Depth::Tags => self.scope.wanted.get(key),
            Depth::Content | Depth::Lists => None,
        }
    }

    /// What was found, holding on to the text and the tags that are wanted where it has the same: in a class, nearly everywhere.
    pub(super) fn sharing(&self, key: Key, mut live: Live) -> (Key, Live) {
        let Some(wanted) = self.scope.wanted.get(&key) else { return (key, live) };
        if live.tags == wanted.tags {
            live.tags = wanted.tags.clone();
        }
        // Taking out its marker may have changed the white space of a dashboard.
        let is_same =
            live.body == wanted.body || key.kind == Dashboard::KIND && live.body.digest() == wanted.body.digest();
        if is_same {
            live.body = wanted.body.clone();
        }
        (key, live)
    }

    /// Whether tags are believed.
    pub(super) fn is_quick(&self) -> bool {
        self.scope.depth == Depth::Tags
    }

    /// The ARN of a resource whose path does not matter.
    pub(super) fn arn(&self, key: &Key) -> String {
        self.place.arn(key, "/")
    }

    /// Why things of this kind may have been missed. The index stands in for a list where it knows the kind; log groups that AWS
    /// made without tags are in no index.
    fn unseen(&self, kind: Kind, listed: &Listed) -> Option<String> {
        let Listed::Refused(error) = listed else { return None };
        (self.index.is_none() || !kind.facts().is_indexed)
            .then(|| format!("{} could not be listed: {error}", kind.facts().plural))
    }

    fn indexed(&self, kind: Kind) -> impl Iterator<Item = (Key, Other)> {
        self.index.into_iter().flatten().filter_map(move |(arn, tags)| {
            let key = Key::new(kind, kind.named_in(arn)?);
            // Another account's or region's, or not the thing itself (a version of a function).
            (self.arn(&key) == *arn).then(|| (key, Other { arn: arn.clone(), user: tags.get(tag::USER).cloned() }))
        })
    }

    /// Whether a thing of this name is looked at: a wanted one, or one that begins as a user's do.
    pub(super) fn is_read(&self, kind: Kind, name: &str) -> bool {
        is_users(self.scope, kind.bare_name(name)) || self.scope.keys.contains(&Key::new(kind, name))
    }

    fn is_asked_for(&self, user: Option<&str>) -> bool {
        user.is_some_and(|user| self.scope.users.contains(user))
    }

    /// A thing that was read, if it is the lab's but of no user who was asked for.
    pub(super) fn other(&self, live: &Live) -> Option<Other> {
        let of_lab = live.lab() == Some(self.scope.lab.as_str()) && !self.is_asked_for(live.user());
        of_lab.then(|| Other { arn: live.arn.clone(), user: live.user().map(str::to_owned) })
    }
}

/// Whether a name begins as one of the users' does. A user's name may hold dashes, so each beginning is looked up.
pub(super) fn is_users(scope: &Scope, name: &str) -> bool {
    name.match_indices('-').any(|(at, _)| name.get(..at).is_some_and(|user| scope.users.contains(user)))
}
