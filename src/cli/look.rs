//! What should be there and what is: the start of plan, deploy, status and cleanup.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::try_join_all;

use super::context::Context;
use super::failure::Failure;
use super::session::{Connection, Session};
use super::told;
use crate::cloud::{CloudError, Depth, Scope};
use crate::kind::{Observed, Role};
use crate::local;
use crate::model::{Diagnostics, Lab, LabName, Place, Target, TargetKind, User, UserName, tag};
use crate::plan::{self, Found, Leaving};
use crate::render::{self, Rendered};

/// Renders the chosen users' labs for the places they go to.
///
/// # Errors
/// Every mistake of the templates.
pub(super) fn wanted(context: &Context, session: &Session) -> Result<Rendered, Failure> {
    let users: Vec<&User> = session.users.iter().collect();
    let rendered = render::desired(&session.lab, &users, &session.places(), &context.global.out)?;
    told::warn_once(context, &session.lab, &rendered.warnings);
    Ok(rendered)
}

/// Like [`proven`], with the files brought up to date: packages are uploaded from them. They are not kept in memory.
///
/// # Errors
/// Every mistake of the templates, each at its place; a system that refuses to write.
pub(super) fn written(context: &Context, session: &Session) -> Result<Rendered, Failure> {
    let users: Vec<&User> = session.users.iter().collect();
    prove(context, &session.lab, &users, &session.places())?;
    let rendered = render::render(&session.lab, &users, &session.places(), &context.global.out)?;
    render::write(&rendered, &context.global.out)?;
    tell_of_unread_policies(context, session, &rendered);
    Ok(rendered.without_files())
}

/// Says once which managed policies grant nothing on the local endpoint, which does not have their documents.
fn tell_of_unread_policies(context: &Context, session: &Session, rendered: &Rendered) {
    let is_local = |user: &UserName| {
        session.users.iter().any(|known| known.name == *user && known.target.kind == TargetKind::Local)
    };
    let mut names = BTreeSet::new();
    for user in rendered.desired.users.iter().filter(|user| is_local(&user.user)) {
        for resource in &user.resources {
            let Some(role) = resource.body.of::<Role>() else { continue };
            let arns = role.managed_policies.iter().chain(&role.permissions_boundary);
            names
                .extend(arns.filter(|arn| local::lacks_document(arn)).map(|arn| arn.rsplit('/').next().unwrap_or(arn)));
        }
    }
    if names.is_empty() {
        return;
    }
    let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    context.ui.note(&format!(
        "the local endpoint has the name and not the document of {list}: there it grants and bounds nothing"
    ));
}

/// Like [`wanted`], after the definitions, policies, dashboards and handlers were held against what AWS takes: what `validate`
/// refuses must not reach an account half-way.
///
/// # Errors
/// Every mistake of the templates, each at its place.
pub(super) fn proven(context: &Context, session: &Session) -> Result<Rendered, Failure> {
    prove(context, &session.lab, &session.users.iter().collect::<Vec<_>>(), &session.places())?;
    wanted(context, session)
}

/// Holds the pack against what AWS takes, once for all users whose labs differ in their names alone. Gives its warnings, which were told.
///
/// # Errors
/// Every mistake of the templates, each at its place.
pub(super) fn prove(
    context: &Context,
    lab: &Lab,
    users: &[&User],
    places: &BTreeMap<UserName, Place>,
) -> Result<Diagnostics, Failure> {
    let alike = |one: &User, other: &User| {
        (&one.target, &one.iam, &one.settings) == (&other.target, &other.iam, &other.settings)
    };
    let mut distinct: Vec<&User> = Vec::new();
    for user in users {
        if !distinct.iter().any(|known| alike(known, user)) {
            distinct.push(user);
        }
    }
    let found = render::check(lab, &distinct, places);
    if found.has_errors() {
        return Err(Failure::Diagnostics(found));
    }
    told::warn_once(context, lab, &found);
    Ok(found)
}

/// How closely to look at what is there; what that means is [`Depth`]'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closeness {
    Content,
    Lists,
    Tags,
}

/// Looks at everything wanted and everything that carries the lab's tags, per place.
///
/// # Errors
/// When an endpoint cannot be read.
pub(super) async fn found(session: &Session, rendered: &Rendered) -> Result<Found, Failure> {
    found_by(session, rendered, Closeness::Content).await
}

/// Says once which pages were refused, so that it is no riddle why a look takes long. Gives what it said.
pub(super) fn tell(context: &Context, found: &Found) -> Vec<String> {
    let notes: BTreeSet<&String> = found.values().flat_map(|observed| &observed.notes).collect();
    let said: Vec<String> = notes.into_iter().cloned().chain(imposed(found)).collect();
    for line in &said {
        context.ui.note(line);
    }
    said
}

/// What is to be said where a policy of the account decides how long log groups are kept.
pub(super) fn imposed(found: &Found) -> Option<String> {
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
pub(super) fn tell_of_other_tags(context: &Context, rendered: &Rendered, found: &Found) {
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
        context.ui.note(&format!(
            "tags that are not in `[tags]`: {}; labctl removes none, since somebody else may have set them",
            listed.join(", ")
        ));
    }
}

/// Says whose roles and dashboards are those of a lab in another region, before they are rewritten for this one.
pub(super) fn tell_of_labs_elsewhere(context: &Context, rendered: &Rendered, found: &Found) {
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
        context.ui.warning(&format!(
            "roles and dashboards of {named}{more} are those of a lab in {regions}: they are the account's, and a lab in {here} takes \
             them over, so that what is in {regions} stops working; run `labctl cleanup --region {regions}` before this, or afterwards \
             `labctl cleanup --orphans`, which leaves what the new lab needs"
        ));
    }
}

/// Like [`found`], as closely as asked.
///
/// # Errors
/// When an endpoint cannot be read.
pub(super) async fn found_by(session: &Session, rendered: &Rendered, how: Closeness) -> Result<Found, Failure> {
    let targets: BTreeMap<&UserName, &Target> = session.users.iter().map(|user| (&user.name, &user.target)).collect();
    let belongs = |user: &UserName, connection: &Connection| {
        let own = targets.get(user).and_then(|target| session.connections.get(target));
        own.is_some_and(|own| Arc::ptr_eq(&own.cloud, &connection.cloud))
    };
    let looks = session.reached().into_iter().map(|connection| {
        let here = || rendered.desired.users.iter().filter(|user| belongs(&user.user, connection));
        let resources = || here().flat_map(|user| &user.resources);
        let scope = Scope {
            lab: session.lab.name.clone(),
            users: here().map(|user| user.user.clone()).collect(),
            keys: resources().map(|resource| resource.key.clone()).collect(),
            wanted: resources().map(|resource| (resource.key.clone(), Arc::clone(resource))).collect(),
            depth: match how {
                Closeness::Content => Depth::Content,
                Closeness::Lists => Depth::Lists,
                Closeness::Tags => Depth::Tags,
            },
        };
        async move { Ok::<_, CloudError>((connection.place.clone(), connection.cloud.observe(&scope).await?)) }
    });
    let mut found: BTreeMap<Place, Observed> = BTreeMap::new();
    for (place, observed) in try_join_all(looks).await? {
        found.entry(place).or_default().absorb(observed);
    }
    Ok(found)
}

/// Looks at everything that carries a lab's tags for users who go, and at what is theirs by name.
///
/// # Errors
/// When an endpoint cannot be read.
pub(super) async fn leaving(session: &Session, lab: &LabName, leaving: &[Leaving]) -> Result<Found, Failure> {
    let clouds = session.clouds();
    let looks = clouds.places().filter_map(|(place, cloud)| {
        let here: Vec<&Leaving> = leaving.iter().filter(|one| one.place == *place).collect();
        let scope = Scope {
            lab: lab.clone(),
            users: here.iter().map(|one| one.user.clone()).collect(),
            keys: here.iter().flat_map(|one| one.wanted.iter().cloned()).collect(),
            wanted: BTreeMap::new(),
            depth: Depth::Lists,
        };
        let look = async move { Ok::<_, CloudError>((place.clone(), cloud.observe(&scope).await?)) };
        (!here.is_empty()).then_some(look)
    });
    Ok(try_join_all(looks).await?.into_iter().collect())
}
