//! What the file of a kind says.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Debug;

use serde::Serialize;
use serde_json::Value;

use super::{Difference, Part};
use crate::model::{Digest, Key, Kind, Pack, Place, Policy, canonical_json};

/// The content of a resource of one kind, the same type for what is wanted and for what was found, so that comparing is `==` of digests.
/// A kind that leaves a method out has nothing of the sort.
pub trait Content: Clone + Debug + PartialEq + Serialize {
    /// What is known of the kind without any resource of it.
    const FACTS: Facts;

    /// The content as JSON, documents inside parsed, file paths left out.
    fn as_written(&self) -> Value;

    /// The same, equal numbers written alike where they mean the same. This is what digests are of.
    fn canonical(&self) -> Value {
        self.as_written()
    }

    /// Names what has to change so that what is there (`self`) becomes what is wanted. Both are taken apart field by field, so that a
    /// new field does not compile until somebody decides what it means.
    fn compare(&self, wanted: &Self, found: &mut Difference);

    /// What is there without what nobody asked for and AWS filled in.
    fn comparable(&self, _wanted: &Self) -> Cow<'_, Self> {
        Cow::Borrowed(self)
    }

    /// The digest of the meaning: JSON documents count by content, not by white space, order of keys or how a number is written.
    fn digest(&self) -> Digest {
        digest_of(&self.canonical())
    }

    /// Whether that is the digest, or was by an earlier build, to which `2` and `2.0` were two numbers.
    fn has_digest(&self, digest: &Digest) -> bool {
        *digest == self.digest() || *digest == digest_of(&self.as_written())
    }

    /// The same of something that is there and of which nobody knows any more what was wanted.
    fn could_have_digest(&self, digest: &Digest) -> bool {
        self.has_digest(digest)
    }

    /// Whether it lacks what it is given last: one that is made, or about to go, as long as nothing depends on it.
    fn is_bare(&self) -> bool {
        false
    }

    /// What a resource of this name and content cannot be without.
    fn dependencies(&self, _name: &str) -> Vec<Dependency<'_>> {
        Vec::new()
    }

    /// The ARN of the role that it runs under.
    fn role(&self) -> Option<&str> {
        None
    }

    /// The path in its ARN.
    #[expect(clippy::unnecessary_literal_bound, reason = "a role has a path of its own")]
    fn path(&self) -> &str {
        "/"
    }

    /// Puts another text wherever an ARN may stand.
    fn replace_texts(&mut self, _replace: &dyn Fn(&str) -> String) {}

    /// The files that a user's edit of it is saved as: what follows `name` in the file's name, and the text.
    fn files(&self) -> Vec<(&'static str, String)> {
        vec![(".json", pretty(&self.canonical()))]
    }

    /// The calls that making it takes when nothing goes wrong, as `service:Operation`, in order. What a change finds is not in a plan:
    /// what is made is taken to be used by nothing yet, and things to have been observed long ago.
    fn create_calls(&self) -> Vec<&'static str>;

    /// The calls that a change of these parts takes.
    fn update_calls(parts: &BTreeSet<Part>) -> Vec<&'static str>;

    /// The bytes that AWS stores of it.
    fn stored_bytes(&self) -> u64 {
        0
    }

    /// The entries of the kind's list in a pack.
    fn entries(pack: &Pack) -> Vec<Entry<'_>>;

    /// What of a name the lab chose, without what AWS puts before it.
    fn bare_name(name: &str) -> &str {
        name
    }

    /// The ARN of a resource of this name and, where its ARN has one, path.
    fn arn(place: &Place, name: &str, path: &str) -> String {
        let Facts { service, arn_prefix, is_global, has_path, .. } = Self::FACTS;
        let region = if is_global { "" } else { place.region.as_str() };
        let path = if has_path { path } else { "" };
        format!("arn:{}:{service}:{region}:{}:{arn_prefix}{path}{name}", place.partition(), place.account)
    }

    /// The name of a resource of this kind in its ARN; `None` for the ARN of anything else.
    fn named_in(arn: &str) -> Option<String> {
        let mut parts = arn.splitn(6, ':');
        (parts.nth(2)? == Self::FACTS.service)
            .then(|| parts.nth(2)?.strip_prefix(Self::FACTS.arn_prefix))?
            .map(str::to_owned)
    }

    /// The services whose tagged resources may be of this kind.
    fn tagged_services() -> Vec<&'static str> {
        vec![Self::FACTS.service]
    }

    /// What a resource of this name belongs to by AWS's naming.
    fn named_after(_name: &str) -> Option<Key> {
        None
    }
}

/// What is known of a kind without any resource of it.
#[derive(Debug)]
pub struct Facts {
    /// Several of them, for telling (`log groups`).
    pub plural: &'static str,
    /// Its list in `pack.toml` (`log_groups`).
    pub list: &'static str,
    /// Whether its names in the account begin with the user's; otherwise a pack writes them out, `{{user}}` in them.
    pub is_prefixed: bool,
    /// What a name may end in besides the letters and digits of all names.
    pub name_suffix: Option<&'static str>,
    /// Whether a pack describes it in a template of its own.
    pub has_template: bool,
    /// The folder that edits of it are saved in.
    pub folder: &'static str,
    /// The service in its ARN.
    pub service: &'static str,
    /// What stands before the name in its ARN.
    pub arn_prefix: &'static str,
    /// Whether its ARN has a path.
    pub has_path: bool,
    /// Whether it is the account's, and seen from every region.
    pub is_global: bool,
    /// The rank in which it is made.
    pub rank: u8,
    /// The stage in which it is deleted: what others depend on goes later.
    pub teardown: u8,
    /// The parts that can be changed in place, [`Part::Tags`] apart.
    pub parts: &'static [Part],
    /// What to do about one in the way that differs in what cannot be changed.
    pub way_out: &'static str,
    /// Whether one that a user made is work to be saved before it is deleted.
    pub is_work: bool,
    /// Whether it writes to a log group that is named after it.
    pub is_logged: bool,
    /// Whether services take a while to know one that was just made.
    pub is_known_late: bool,
    /// The operation that makes it, where AWS allows few of those: it then waits for kinds that find out when roles are known.
    pub scarce: Option<&'static str>,
    /// Whether trying it finds out, at little cost, whether its role is known by now.
    pub finds_roles_out: bool,
    /// Whether the tag index knows every one that is the lab's, so that it can stand in for a list.
    pub is_indexed: bool,
    /// Whether users have few of it: the tags of all such kinds are then asked for together.
    pub is_few: bool,
    /// What an account allows of it.
    pub limits: &'static [Limit],
    /// What it costs while it stands.
    pub price: Option<Price>,
    /// Every operation that the kind calls, with the members that each answer to it has (see [`super::operation`]).
    pub operations: &'static [(&'static str, &'static [&'static str])],
    /// The calls that deleting it takes.
    pub delete_calls: &'static [&'static str],
    /// The values that AWS takes in a pack: [`super::Constraint`]s as JSON, by list and key in `pack.toml`; `.ci/constraints.py` holds
    /// them against the SDK's models.
    pub constraints: &'static str,
}

/// What a resource cannot be without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency<'a> {
    /// What it is to the resource (`its role`).
    pub what: &'static str,
    /// The kind of it.
    pub kind: Kind,
    /// Which one.
    pub id: Id<'a>,
    /// Whether it must be labctl's or brought along. What a service makes itself, if need be, may be anybody's.
    pub is_own: bool,
}

/// How a dependency is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Id<'a> {
    /// By ARN.
    Arn(&'a str),
    /// By name.
    Name(Cow<'a, str>),
}

impl Dependency<'_> {
    /// Its key, if it is named by its name.
    pub fn key(&self) -> Option<Key> {
        match &self.id {
            Id::Name(name) => Some(Key::new(self.kind, name.as_ref())),
            Id::Arn(_) => None,
        }
    }
}

/// An entry of a kind's list in a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'pack> {
    /// Its name there.
    pub name: &'pack str,
    /// The boolean setting that switches it on.
    pub when: Option<&'pack str>,
    /// The key under `[iam]` that brings another instead.
    pub brought_by: Option<&'pack str>,
    /// The file that describes it.
    pub template: Option<&'pack str>,
}

/// One limit of an account.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Its name in JSON (`code-storage`).
    pub name: &'static str,
    /// Where it is told among the limits of all kinds.
    pub order: u8,
    /// What counts against it.
    pub measure: Measure,
    /// What AWS gives everybody; `None` where it sets no limit.
    pub published: Option<u64>,
}

/// What counts against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Each resource that is made.
    Resources,
    /// The bytes of each resource that is made.
    Bytes,
    /// Each user who has one.
    Users,
}

/// What resources cost a month.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    /// US dollars each.
    pub dollars: u64,
    /// How many an account has for nothing.
    pub free: u64,
}

/// What to do about one in the way whose name is all that can be chosen.
pub(super) const RENAME: &str = "remove it or give it another name, then run the same command again";

pub(super) fn digest_of(written: &Value) -> Digest {
    Digest::of(canonical_json(written).as_bytes())
}

/// A document inside a body as JSON, or as text where it is none.
pub(super) fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// A document with its white space in order, or as it is if it is none.
pub(super) fn tidied(text: &str) -> String {
    serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| pretty(&value))
}

/// JSON for people, with a line's end.
pub(super) fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// The same policy with another text.
pub(super) fn replaced(policy: &Policy, replace: &dyn Fn(&str) -> String) -> Policy {
    Policy::new(&document(&replace(policy.as_str())))
}

/// The calls when that is so, else none.
pub(super) fn when(is_so: bool, calls: &[&'static str]) -> Vec<&'static str> {
    if is_so { calls.to_vec() } else { Vec::new() }
}
