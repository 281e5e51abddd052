//! What should be there: the labs of users as the pack's templates make them, held against what AWS takes.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::failure::Failure;
use super::reported;
use super::session::Session;
use super::wheels;
use crate::kind::Role;
use crate::local;
use crate::model::{AccountId, Lab, Place, TargetKind, User, UserName};
use crate::render::{self, Rendered};
use crate::source::Diagnostics;

/// Renders the chosen users' labs for the places they go to.
///
/// # Errors
/// Every mistake of the templates.
pub(crate) fn wanted(context: &Context, session: &Session) -> Result<Rendered, Failure> {
    let users: Vec<&User> = session.users.iter().collect();
    let whole = wheels::with(&session.lab)?;
    let rendered = render::desired(&whole, &users, &session.places(), &context.settings.out)?;
    reported::warn_once(context, &session.lab, &rendered.warnings);
    Ok(rendered)
}

/// Like [`proven`], with the files brought up to date: packages are uploaded from them. They are not kept in memory.
///
/// # Errors
/// Every mistake of the templates, each at its place; a system that refuses to write.
pub(crate) fn written(context: &Context, session: &Session) -> Result<Rendered, Failure> {
    let users: Vec<&User> = session.users.iter().collect();
    prove(context, &session.lab, &users, &session.places())?;
    let whole = wheels::with(&session.lab)?;
    let rendered = render::render(&whole, &users, &session.places(), &context.settings.out)?;
    render::write(&rendered, &context.settings.out)?;
    note_unread_policies(context, session, &rendered);
    Ok(rendered.without_files())
}

/// Like [`wanted`], after the definitions, policies, dashboards and handlers were held against what AWS takes: what `validate`
/// refuses must not reach an account half-way.
///
/// # Errors
/// Every mistake of the templates, each at its place.
pub(crate) fn proven(context: &Context, session: &Session) -> Result<Rendered, Failure> {
    prove(context, &session.lab, &session.users.iter().collect::<Vec<_>>(), &session.places())?;
    wanted(context, session)
}

/// Holds the pack against what AWS takes, once for all users whose labs differ in their names alone. Gives its warnings, which were reported.
///
/// # Errors
/// Every mistake of the templates, each at its place.
pub(crate) fn prove(
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
    let whole = wheels::with(lab)?;
    let found = render::check(&whole, &distinct, places);
    if found.has_errors() {
        return Err(Failure::Diagnostics(found));
    }
    reported::warn_once(context, lab, &found);
    Ok(found)
}

/// Where each user's lab goes as far as the manifest alone says: the guarded account, else twelve zeros.
pub(crate) fn offline_places(lab: &Lab) -> BTreeMap<UserName, Place> {
    lab.users
        .iter()
        .map(|user| {
            let account = user.target.account_id.clone().unwrap_or_else(AccountId::zero);
            (user.name.clone(), Place { account, region: user.target.region.clone() })
        })
        .collect()
}

/// Says once which managed policies grant nothing on the local endpoint, which does not have their documents.
fn note_unread_policies(context: &Context, session: &Session, rendered: &Rendered) {
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
    context.audience.note(&format!(
        "the local endpoint has the name and not the document of {list}: there it grants and bounds nothing"
    ));
}
