//! What a change stands on: a function on its role, a machine on its role and its log group.

use std::collections::BTreeMap;

use super::{ChangeResult, Outcome};
use crate::kind::{Dependency, Id, Resource};
use crate::model::Key;
use crate::plan::{Action, Change};

/// What a resource of the plan depends on, with the keys in the plan. Something that is named by its ARN and not in the plan was brought
/// along.
fn needed<'a>(resource: &'a Resource, arns: &BTreeMap<&str, &Key>) -> Vec<(Dependency<'a>, Key)> {
    let keyed = |dependency: Dependency<'a>| {
        let key = match &dependency.id {
            Id::Arn(arn) => (*arns.get(*arn)?).clone(),
            Id::Name(_) => dependency.key()?,
        };
        Some((dependency, key))
    };
    let by_body = resource.body.dependencies(&resource.key.name).into_iter().filter_map(keyed);
    by_body.chain(resource.needs.iter().map(|key| (resource.needed(key), key.clone()))).collect()
}

/// The keys of the plan whose changes have to end before one that makes or changes something is tried: of those it depends on, and, where
/// the operation that makes it is scarce, of those that find out when a role that was just made is known.
pub(super) fn awaited(change: &Change, plan: &[Change], is_scarce: &dyn Fn(&str) -> bool) -> Vec<Key> {
    let Some(resource) = &change.resource else { return Vec::new() };
    let arns = plan.iter().map(|change| (change.arn.as_str(), &change.key)).collect();
    let needed = needed(resource, &arns).into_iter().map(|(_, key)| key).collect::<Vec<_>>();
    let is_scarce = change.key.kind.facts().scarce.is_some_and(is_scarce);
    let finds_out = |key: &Key| is_scarce && key.kind.facts().finds_roles_out;
    let others = plan.iter().filter(|other| other.action != Action::Delete).map(|other| &other.key);
    others.filter(|key| needed.contains(key) || finds_out(key)).cloned().collect()
}

/// Why a change cannot be tried, given how the user's earlier ones ended; `None` when nothing is in its way.
pub(super) fn missing(change: &Change, plan: &[Change], ended: &BTreeMap<Key, ChangeResult>) -> Option<String> {
    let arns = plan.iter().map(|change| (change.arn.as_str(), &change.key)).collect();
    let resource = change.resource.as_ref()?;
    needed(resource, &arns).into_iter().find_map(|(dependency, key)| {
        let why = match &ended.get(&key)?.outcome {
            Outcome::Failed(_) => "failed",
            Outcome::Skipped(_) => "was not made",
            Outcome::Foreign if dependency.is_own => "is not labctl's",
            Outcome::Foreign | Outcome::Done | Outcome::AlreadyGone | Outcome::Kept => return None,
        };
        Some(format!("{} `{}` {why}", dependency.what, key.name))
    })
}
