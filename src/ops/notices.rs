//! What is worth saying of what was read, before anything is decided.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use crate::kind::Part;
use crate::model::{UserName, tag};
use crate::plan::{self, Action, Change, Elsewhere, Found, Plan};
use crate::render::Rendered;
use crate::ui::counted_len;

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
    for (regions, users) in by_regions(&elsewhere) {
        let here = rendered.desired.users.iter().find(|user| users.contains(&&user.user));
        let here = here.map(|user| user.place.region.to_string()).unwrap_or_default();
        context.audience.warning(&format!(
            "roles and dashboards of {} are those of a lab in {regions}: they are the account's, and a lab in {here} takes \
             them over, so that what is in {regions} stops working; run `labctl cleanup --region {regions}` before this, or afterwards \
             `labctl cleanup --orphans`, which leaves what the new lab needs",
            named(&users)
        ));
    }
}

/// Roles and dashboards that a cleanup of one region keeps for the lab in another.
pub(crate) fn of_kept_elsewhere(context: &Context, elsewhere: &Elsewhere) {
    for (regions, users) in by_regions(elsewhere) {
        context.audience.warning(&format!(
            "roles and dashboards of {} are those of a lab in {regions} and are kept: without them what is in {regions} would stop \
             working; `labctl cleanup --region {regions}` removes that lab and them",
            named(&users)
        ));
    }
}

/// Resources that are deleted and made anew, before anything is touched.
pub(crate) fn of_made_anew(context: &Context, plan: &Plan) {
    let is_anew = |change: &&Change| change.action == Action::Update && change.parts.contains(&Part::Type);
    let anew: Vec<_> = plan.users.iter().flat_map(|user| &user.changes).filter(is_anew).collect();
    let Some(first) = anew.first() else { return };
    let more = anew.len() - 1;
    let more = if more > 0 { format!(" and {}", counted_len(more, "more resource")) } else { String::new() };
    let are = if anew.len() == 1 { "is" } else { "are" };
    context.audience.warning(&format!(
        "{} `{}`{more} {are} deleted and made anew, with all that is in {}; `labctl plan` says why",
        first.key.kind,
        first.key.name,
        if anew.len() == 1 { "it" } else { "them" },
    ));
}

/// Users by the regions of their labs.
fn by_regions(elsewhere: &Elsewhere) -> BTreeMap<String, Vec<&UserName>> {
    let mut by_regions: BTreeMap<String, Vec<&UserName>> = BTreeMap::new();
    for (user, keys) in elsewhere {
        let regions: BTreeSet<&str> = keys.values().flatten().map(String::as_str).collect();
        by_regions.entry(regions.into_iter().collect::<Vec<_>>().join(", ")).or_default().push(user);
    }
    by_regions
}

/// The first few users, and how many more.
fn named(users: &[&UserName]) -> String {
    let named = users.iter().take(5).map(|user| format!("`{user}`")).collect::<Vec<_>>().join(", ");
    let more = users.len().saturating_sub(5);
    named + &if more > 0 { format!(" and {more} more") } else { String::new() }
}
