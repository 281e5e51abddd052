//! What a change stands on: a function on its role, a machine on its role and its log group.

use std::collections::BTreeMap;

use super::{ChangeResult, Outcome};
use crate::model::{Body, Key, Kind, Resource};
use crate::plan::{Action, Change};

/// The keys of the plan a resource cannot be without, with what they are to it.
fn needed<'a>(resource: &'a Resource, arns: &BTreeMap<&str, &'a Key>) -> Vec<(&'static str, Key)> {
    let role = |arn: &str| arns.get(arn).map(|key| ("its role", (*key).clone()));
    match &resource.body {
        // With its log group finished, one without a retention is somebody's edit.
        Body::Function { role: arn, .. } => {
            let group = Key::new(Kind::LogGroup, format!("/aws/lambda/{}", resource.key.name));
            role(arn).into_iter().chain([("its log group", group)]).collect()
        }
        Body::StateMachine { role: arn, logging, .. } => {
            let group = logging.as_ref().map(|logging| ("its log group", Key::new(Kind::LogGroup, &logging.log_group)));
            role(arn).into_iter().chain(group).collect()
        }
        Body::Role { .. } | Body::LogGroup { .. } | Body::Queue { .. } | Body::Dashboard { .. } => Vec::new(),
    }
}

/// The keys of the plan whose changes have to end before one that makes or changes something is tried: of those it stands on, and, where
/// machines are scarce, of functions, so that these find out when a fresh role is known.
pub(super) fn awaited(change: &Change, plan: &[Change], are_scarce: bool) -> Vec<Key> {
    let Some(resource) = &change.resource else { return Vec::new() };
    let arns = plan.iter().map(|change| (change.arn.as_str(), &change.key)).collect();
    let needed = needed(resource, &arns).into_iter().map(|(_, key)| key).collect::<Vec<_>>();
    let finds_out = |key: &Key| are_scarce && change.key.kind == Kind::StateMachine && key.kind == Kind::Function;
    let others = plan.iter().filter(|other| other.action != Action::Delete).map(|other| &other.key);
    others.filter(|key| needed.contains(key) || finds_out(key)).cloned().collect()
}

/// Why a change cannot be tried, given how the user's earlier ones ended; `None` when nothing is in its way.
pub(super) fn missing(change: &Change, plan: &[Change], ended: &BTreeMap<Key, ChangeResult>) -> Option<String> {
    let arns = plan.iter().map(|change| (change.arn.as_str(), &change.key)).collect();
    let resource = change.resource.as_ref()?;
    needed(resource, &arns).into_iter().find_map(|(what, key)| {
        let why = match &ended.get(&key)?.outcome {
            Outcome::Failed(_) => "failed",
            Outcome::Skipped(_) => "was not made",
            // Lambda writes to whatever log group has the name.
            Outcome::Foreign if resource.key.kind == Kind::Function && key.kind == Kind::LogGroup => return None,
            Outcome::Foreign => "is not labctl's",
            Outcome::Done | Outcome::AlreadyGone | Outcome::Kept => return None,
        };
        Some(format!("{what} `{}` {why}", key.name))
    })
}
