//! How long AWS lets a name be, for every resource a user will have.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Constraint, Iam, Kind, Pack};

/// The longest name of a kind, in characters.
pub(super) fn longest(kind: Kind) -> usize {
    Constraint::of_name(kind).and_then(|row| row.longest).unwrap_or(usize::MAX)
}

/// A resource of a pack as a name, with `{{user}}` where the user's name goes.
pub(super) struct Named<'pack> {
    /// Its kind.
    pub kind: Kind,
    /// Its name, `{{user}}` in it.
    pub name: String,
    /// The key under `[iam]` that replaces it.
    pub brought_by: Option<&'pack str>,
    /// The boolean setting that switches it on.
    pub when: Option<&'pack str>,
}

/// Every resource of a pack.
pub(super) fn resources(pack: &Pack) -> Vec<Named<'_>> {
    let prefixed =
        |kind, name: &str, when| Named { kind, name: format!("{{{{user}}}}-{name}"), brought_by: None, when };
    let mut all = Vec::new();
    for role in &pack.roles {
        all.push(Named { brought_by: Some(&role.brought_by), ..prefixed(Kind::Role, &role.name, None) });
    }
    for group in &pack.log_groups {
        let when = group.when.as_deref();
        all.push(Named { kind: Kind::LogGroup, name: group.name.clone(), brought_by: None, when });
    }
    all.extend(pack.functions.iter().map(|it| prefixed(Kind::Function, &it.name, it.when.as_deref())));
    all.extend(pack.queues.iter().map(|it| prefixed(Kind::Queue, &it.name, it.when.as_deref())));
    all.extend(pack.machines.iter().map(|it| prefixed(Kind::StateMachine, &it.name, it.when.as_deref())));
    all.extend(pack.dashboards.iter().map(|it| prefixed(Kind::Dashboard, &it.name, None)));
    all
}

/// The first resource of a user whose name is longer than AWS allows: its kind, its name, and how long it may be.
pub(super) fn too_long(
    resources: &[Named<'_>],
    user: &str,
    iam: &Iam,
    settings: &BTreeMap<String, Value>,
) -> Option<(Kind, String, usize)> {
    resources
        .iter()
        .filter(|resource| resource.brought_by.is_none_or(|key| !iam.brought.contains_key(key)))
        .filter(|resource| resource.when.is_none_or(|when| settings.get(when) == Some(&Value::Bool(true))))
        .map(|resource| (resource.kind, resource.name.replace("{{user}}", user), longest(resource.kind)))
        .find(|(_, name, longest)| name.chars().count() > *longest)
}
