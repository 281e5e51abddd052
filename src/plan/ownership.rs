//! Whose is it? Tags decide; a log group without tags belongs to the function or machine it is named after.

use std::collections::{BTreeMap, BTreeSet};

use super::Claim;
use crate::model::{Body, Digest, Key, Kind, Live, Observed, Place, UserName};

/// What every account and region in play showed.
pub type Found = BTreeMap<Place, Observed>;

/// Whether a live thing is this user's, and if not, whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// This lab's and this user's.
    Ours(Claim),
    /// Nobody's that labctl knows of.
    Untagged,
    /// Another lab's or another user's; why, in words.
    Others(String),
}

/// Reads the tags. `parent` says whether a function or machine is the user's own, for log groups AWS made without tags.
pub(super) fn standing(key: &Key, live: &Live, lab: &str, user: &UserName, parent: impl Fn(&Key) -> bool) -> Standing {
    match (live.lab(), live.user()) {
        (Some(its), _) if its != lab => Standing::Others(format!("belongs to lab `{its}`")),
        (Some(_), Some(its)) if its == user.as_str() => Standing::Ours(Claim::Tags),
        (Some(_), Some(its)) => Standing::Others(format!("belongs to user `{its}` of this lab")),
        (Some(_), None) => Standing::Others("carries this lab's tag but no user's".to_owned()),
        (None, _) => match named_after(key).filter(|named| parent(named)) {
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
    /// ARNs of roles that functions and machines run under.
    roles: BTreeSet<&'a str>,
    /// Names of log groups that functions and machines of labctl's write to.
    written: BTreeSet<String>,
}

impl<'a> ByOwner<'a> {
    pub(super) fn of(observed: &'a Observed) -> Self {
        let roles = observed.resources.values().filter_map(|live| live.body.role()).collect();
        let written = observed.resources.iter().filter(|(_, live)| live.lab().is_some()).flat_map(writes_to).collect();
        let mut owners = Self { tagged: BTreeMap::new(), bare: Vec::new(), roles, written };
        for (key, live) in &observed.resources {
            match live.user() {
                Some(user) => owners.tagged.entry(user).or_default().push((key, live)),
                None if live.lab().is_none() && named_after(key).is_some() => owners.bare.push((key, live)),
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
        let is_unfinished = match &live.body {
            Body::Role { inline_policies, managed_policies, .. } => {
                let is_bare = inline_policies.is_empty() && managed_policies.is_empty();
                is_bare && !self.roles.contains(live.arn.as_str())
            }
            Body::LogGroup { retention_days: None } => !self.written.contains(&key.name),
            _ => false,
        };
        (!is_unfinished || live.body.digest() == digest).then_some(digest)
    }
}

/// The log groups that a function or machine writes to.
fn writes_to((key, live): (&Key, &Live)) -> Vec<String> {
    match &live.body {
        Body::Function { .. } => vec![format!("/aws/lambda/{}", key.name)],
        Body::StateMachine { logging, .. } => logging.iter().map(|logging| logging.log_group.clone()).collect(),
        Body::Role { .. } | Body::LogGroup { .. } | Body::Queue { .. } | Body::Dashboard { .. } => Vec::new(),
    }
}

/// The function or machine whose log group this is, by AWS's naming.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>
pub fn named_after(key: &Key) -> Option<Key> {
    if key.kind != Kind::LogGroup {
        return None;
    }
    let function = key.name.strip_prefix("/aws/lambda/").map(|name| Key::new(Kind::Function, name));
    function
        .or_else(|| key.name.strip_prefix("/aws/vendedlogs/states/").map(|name| Key::new(Kind::StateMachine, name)))
        .filter(|named| !named.name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::world;

    #[test]
    fn a_log_group_follows_its_function_or_machine() {
        let key = |name: &str| Key::new(Kind::LogGroup, name);
        assert_eq!(named_after(&key("/aws/lambda/ann-f")), Some(Key::new(Kind::Function, "ann-f")));
        assert_eq!(named_after(&key("/aws/vendedlogs/states/ann-m")), Some(Key::new(Kind::StateMachine, "ann-m")));
        assert_eq!(named_after(&key("/aws/lambda/")), None);
        assert_eq!(named_after(&key("/ann/other")), None);
        assert_eq!(named_after(&Key::new(Kind::Function, "/aws/lambda/ann-f")), None);
    }

    #[test]
    fn tags_of_another_lab_or_user_are_never_ours() {
        let ann = UserName::new("ann").unwrap();
        let key = Key::new(Kind::LogGroup, "/aws/lambda/ann-f");
        let live = |lab: &str, user: &str| world::live(&world::log_group("ann-f", 7, lab, user));
        let judge = |live: &Live| standing(&key, live, "lab6", &ann, |_| true);
        assert_eq!(judge(&live("lab6", "ann")), Standing::Ours(Claim::Tags));
        assert_eq!(judge(&live("lab6", "bob")), Standing::Others("belongs to user `bob` of this lab".into()));
        assert_eq!(judge(&live("lab7", "ann")), Standing::Others("belongs to lab `lab7`".into()));
        let mut bare = live("lab6", "ann");
        bare.tags.clear();
        assert_eq!(judge(&bare), Standing::Ours(Claim::NamedAfter(Key::new(Kind::Function, "ann-f"))));
        assert_eq!(standing(&key, &bare, "lab6", &ann, |_| false), Standing::Untagged);
    }
}
