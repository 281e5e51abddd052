//! What is worth saying of what was read, before anything is decided.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use crate::model::{UserName, tag};
use crate::plan::{self, Found};
use crate::render::Rendered;

/// Says once which pages were refused, which is why reading takes long. Gives what it said.
pub(crate) fn of_reading(context: &Context, found: &Found) -> Vec<String> {
    let notes: BTreeSet<&String> = found.values().flat_map(|observed| &observed.notes).collect();
    let said: Vec<String> = notes.into_iter().cloned().chain(imposed(found)).collect();
    for line in &said {
        context.audience.note(line);
    }
    said
}

/// What is to be said where a policy of the account decides how long log groups are kept.
pub(crate) fn imposed(found: &Found) -> Option<String> {
    let policies: BTreeSet<&str> = found.values().flat_map(|observed| &observed.imposed).map(String::as_str).collect();
    let named: Vec<String> = policies.iter().map(|policy| format!("`{policy}`")).collect();
    (!named.is_empty()).then(|| {
        format!(
            "the account's retention policy {} decides how long log groups are kept: `retention_days` has no effect and is not compared",
            named.join(", ")
        )
    })
}

/// Says which tags are on what labctl made that neither the manifest nor the pack names: a key that was taken out of `[tags]` stays, since
/// nobody knows who set it.
pub(crate) fn of_other_tags(context: &Context, rendered: &Rendered, found: &Found) {
    let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
    for user in &rendered.desired.users {
        let Some(observed) = found.get(&user.place) else { continue };
        for resource in &user.resources {
            let Some(live) = observed.resources.get(&resource.key) else { continue };
            let is_ours = live.lab() == resource.tags.get(tag::LAB).map(String::as_str)
                && live.user() == Some(user.user.as_str());
            let is_other = |key: &&str| {
                !resource.tags.contains_key(*key) && !key.starts_with("labctl:") && !key.starts_with("aws:")
            };
            for key in live.tags.keys().map(String::as_str).filter(|_| is_ours).filter(is_other) {
                *keys.entry(key).or_default() += 1;
            }
        }
    }
    if !keys.is_empty() {
        let listed: Vec<String> = keys.iter().map(|(key, count)| format!("`{key}` ({count})")).collect();
        context.audience.note(&format!(
            "tags that are not in `[tags]`: {}; labctl removes none, since somebody else may have set them",
            listed.join(", ")
        ));
    }
}

/// Says whose roles and dashboards are those of a lab in another region, before they are rewritten for this one.
pub(crate) fn of_labs_elsewhere(context: &Context, rendered: &Rendered, found: &Found) {
    let elsewhere = plan::elsewhere(&rendered.desired, found);
    let mut by_regions: BTreeMap<String, Vec<&UserName>> = BTreeMap::new();
    for (user, regions) in &elsewhere {
        let regions = regions.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        by_regions.entry(regions).or_default().push(user);
    }
    for (regions, users) in by_regions {
        let named = users.iter().take(5).map(|user| format!("`{user}`")).collect::<Vec<_>>().join(", ");
        let more = users.len().saturating_sub(5);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let here = rendered.desired.users.iter().find(|user| users.contains(&&user.user));
        let here = here.map(|user| user.place.region.to_string()).unwrap_or_default();
        context.audience.warning(&format!(
            "roles and dashboards of {named}{more} are those of a lab in {regions}: they are the account's, and a lab in {here} takes \
             them over, so that what is in {regions} stops working; run `labctl cleanup --region {regions}` before this, or afterwards \
             `labctl cleanup --orphans`, which leaves what the new lab needs"
        ));
    }
}
