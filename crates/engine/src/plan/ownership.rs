//! Whose is it? Tags decide; a log group without tags belongs to the function or machine it is named after.

use std::collections::{BTreeMap, BTreeSet};

use super::Claim;
use crate::kind::{Id, Live, Observed};
use crate::model::{Digest, Key, Place, UserName, tag};

/// What every account and region in play showed.
pub type Found = BTreeMap<Place, Observed>;

/// Whether a live thing is this user's, and if not, whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// This lab's and this user's.
    Ours(Claim),
    /// This lab's and this user's, and another engine manages it.
    Managed(String),
    /// Nobody's that labctl knows of.
    Untagged,
    /// Another lab's or another user's; why, in words.
    Others(String),
}

/// Reads the tags. `parent` says whether a function or machine is the user's own, for log groups AWS made without tags.
pub(super) fn standing(key: &Key, live: &Live, lab: &str, user: &UserName, parent: impl Fn(&Key) -> bool) -> Standing {
    match (live.lab(), live.user()) {
        (Some(its), _) if its != lab => Standing::Others(format!("belongs to lab `{its}`")),
        (Some(_), Some(its)) if its == user.as_str() => match live.tags.get(tag::MANAGED_BY) {
            Some(engine) => Standing::Managed(engine.clone()),
            None => Standing::Ours(Claim::Tags),
        },
        (Some(_), Some(its)) => Standing::Others(format!("belongs to user `{its}` of this lab")),
        (Some(_), None) => Standing::Others("carries this lab's tag but no user's".to_owned()),
        (None, _) => match key.named_after().filter(|named| parent(named)) {
            Some(named) => Standing::Ours(Claim::NamedAfter(named)),
            None => Standing::Untagged,
        },
    }
}

/// One place's resources by whose they may be, so that a class of a thousand is not looked through a thousand times.
pub(super) struct ByOwner<'a> {
    tagged: BTreeMap<&'a str, Vec<(&'a Key, &'a Live)>>,
    /// Log groups without tags that are named after something.
    bare: Vec<(&'a Key, &'a Live)>,
    /// ARNs that anything depends on: those of roles.
    arns: BTreeSet<&'a str>,
    /// What labctl's own depend on by name: log groups.
    keys: BTreeSet<Key>,
}

impl<'a> ByOwner<'a> {
    pub(super) fn of(observed: &'a Observed) -> Self {
        let (arns, keys) = (BTreeSet::new(), BTreeSet::new());
        let mut owners = Self { tagged: BTreeMap::new(), bare: Vec::new(), arns, keys };
        for (key, live) in &observed.resources {
            for dependency in live.body.dependencies(&key.name) {
                match dependency.id {
                    Id::Arn(arn) => _ = owners.arns.insert(arn),
                    Id::Name(_) => owners.keys.extend(dependency.key().filter(|_| live.lab().is_some())),
                }
            }
            match live.user() {
                Some(user) => owners.tagged.entry(user).or_default().push((key, live)),
                None if live.lab().is_none() && key.named_after().is_some() => owners.bare.push((key, live)),
                None => {}
            }
        }
        owners
    }

    /// What may be this user's.
    pub(super) fn candidates(&self, user: &UserName) -> impl Iterator<Item = (&'a Key, &'a Live)> + '_ {
        self.tagged.get(user.as_str()).into_iter().flatten().chain(&self.bare).copied()
    }

    /// The digest of what labctl put there last and brought to its end.
    ///
    /// A role with one policy is made with its tags and gets the policy a moment later, before anything runs under it; when it goes,
    /// nothing does any more. One without a policy that nothing uses is therefore unfinished, whatever its tag says; where something
    /// does use it, somebody took the policy away. It is the same with a log group, its retention, and the function or machine that
    /// writes to it.
    pub(super) fn put_last(&self, key: &Key, live: &Live) -> Option<Digest> {
        let digest = live.tagged_digest()?;
        let is_needed = self.arns.contains(live.arn.as_str()) || self.keys.contains(key);
        let is_unfinished = live.body.is_bare() && !is_needed;
        (!is_unfinished || live.body.digest() == digest).then_some(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Function, LogGroup};
    use crate::plan::world;

    #[test]
    fn tags_of_another_lab_or_user_are_never_ours() {
        let ann = UserName::new("ann").unwrap();
        let key = LogGroup::key("/aws/lambda/ann-f");
        let live = |lab: &str, user: &str| world::live(&world::log_group("ann-f", 7, lab, user));
        let judge = |live: &Live| standing(&key, live, "lab6", &ann, |_| true);
        assert_eq!(judge(&live("lab6", "ann")), Standing::Ours(Claim::Tags));
        assert_eq!(judge(&live("lab6", "bob")), Standing::Others("belongs to user `bob` of this lab".into()));
        assert_eq!(judge(&live("lab7", "ann")), Standing::Others("belongs to lab `lab7`".into()));
        let mut managed = live("lab6", "ann");
        managed.tags.insert(tag::MANAGED_BY.to_owned(), tag::CLOUDFORMATION.to_owned());
        assert_eq!(judge(&managed), Standing::Managed("cloudformation".into()));
        let mut bare = live("lab6", "ann");
        bare.tags.clear();
        assert_eq!(judge(&bare), Standing::Ours(Claim::NamedAfter(Function::key("ann-f"))));
        assert_eq!(standing(&key, &bare, "lab6", &ann, |_| false), Standing::Untagged);
    }
}
