//! How long AWS lets a name be, for every resource a user will have.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kind::Entry;
use crate::model::{Iam, Kind, Pack};

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
    let of_kind = |kind: &Kind| {
        let (kind, is_prefixed) = (*kind, kind.facts().is_prefixed);
        kind.entries(pack).into_iter().map(move |Entry { name, when, brought_by, .. }| {
            let name = if is_prefixed { format!("{{{{user}}}}-{name}") } else { name.to_owned() };
            Named { kind, name, brought_by, when }
        })
    };
    Kind::ALL.iter().flat_map(of_kind).collect()
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
        .map(|resource| (resource.kind, resource.name.replace("{{user}}", user), resource.kind.longest_name()))
        .find(|(_, name, longest)| name.chars().count() > *longest)
}
