//! What should be there and what is: the start of plan, deploy, status and cleanup.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::context::Context;
use super::failure::Failure;
use super::session::Session;
use crate::cloud::{CloudError, Scope};
use crate::model::{Lab, LabName, Observed, Place, User, UserName};
use crate::plan::{Found, Leaving};
use crate::render::{self, Rendered};

/// Renders the chosen users' labs for the places they go to.
///
/// # Errors
/// Every mistake of the templates.
pub(super) fn wanted(context: &Context, session: &Session) -> Result<Rendered, Failure> {
    let users: Vec<&User> = session.users.iter().collect();
    let rendered = render::render(&session.lab, &users, &session.places(), &context.global.out)?;
    super::session::warn(context, &rendered.warnings);
    Ok(rendered)
}

/// Like [`wanted`], after the definitions, policies, dashboards and handlers were held against what AWS takes: what `validate`
/// refuses must not reach an account half-way.
///
/// # Errors
/// Every mistake of the templates, each at its place.
pub(super) fn proven(context: &Context, session: &Session) -> Result<Rendered, Failure> {
    prove(&session.lab, &session.users.iter().collect::<Vec<_>>(), &session.places())?;
    wanted(context, session)
}

/// Holds the pack against what AWS takes, once for all users whose labs differ in their names alone.
///
/// # Errors
/// Every mistake of the templates, each at its place.
pub(super) fn prove(lab: &Lab, users: &[&User], places: &BTreeMap<UserName, Place>) -> Result<(), Failure> {
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
    if found.has_errors() { Err(Failure::Diagnostics(found)) } else { Ok(()) }
}

/// Looks at everything wanted and everything that carries the lab's tags, per place.
///
/// # Errors
/// When an endpoint cannot be read.
pub(super) async fn found(session: &Session, rendered: &Rendered) -> Result<Found, Failure> {
    let looks = session.connections.values().map(|connection| {
        let mut scope = Scope {
            lab: session.lab.name.clone(),
            users: std::iter::empty().collect(),
            keys: std::iter::empty().collect(),
        };
        for user in rendered.desired.users.iter().filter(|user| belongs(session, user.user.as_str(), connection)) {
            scope.users.insert(user.user.clone());
            scope.keys.extend(user.resources.iter().map(|resource| resource.key.clone()));
        }
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
    let looks = clouds.iter().filter_map(|(place, cloud)| {
        let here: Vec<&Leaving> = leaving.iter().filter(|one| one.place == *place).collect();
        let scope = Scope {
            lab: lab.clone(),
            users: here.iter().map(|one| one.user.clone()).collect(),
            keys: here.iter().flat_map(|one| one.wanted.iter().cloned()).collect(),
        };
        let look = async move { Ok::<_, CloudError>((place.clone(), cloud.observe(&scope).await?)) };
        (!here.is_empty()).then_some(look)
    });
    Ok(try_join_all(looks).await?.into_iter().collect())
}

fn belongs(session: &Session, user: &str, connection: &super::session::Connection) -> bool {
    session.users.iter().any(|chosen| chosen.name.as_str() == user && chosen.target == connection.target)
}
