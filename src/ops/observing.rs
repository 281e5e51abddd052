//! What is there: every place of a session read side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::try_join_all;

use super::connection::Connection;
use super::failure::Failure;
use super::session::Session;
use crate::cloud::{CloudError, Depth, Scope};
use crate::kind::{Observed, Resource};
use crate::model::{Kind, LabName, Place, Target, UserName};
use crate::plan::{Found, UserTeardown};
use crate::render::Rendered;

/// Reads everything wanted and everything that carries the lab's tags, per place, as closely as asked.
///
/// # Errors
/// When an endpoint cannot be read.
pub(crate) async fn observed(session: &Session, rendered: &Rendered, depth: Depth) -> Result<Found, Failure> {
    observed_kinds(session, rendered, depth, Kind::ALL).await
}

/// As [`observed`], of these kinds alone.
///
/// # Errors
/// When an endpoint cannot be read.
pub(crate) async fn observed_kinds(
    session: &Session,
    rendered: &Rendered,
    depth: Depth,
    kinds: &[Kind],
) -> Result<Found, Failure> {
    let targets: BTreeMap<&UserName, &Target> = session.users.iter().map(|user| (&user.name, &user.target)).collect();
    let belongs = |user: &UserName, connection: &Connection| {
        let own = targets.get(user).and_then(|target| session.connections.get(target));
        own.is_some_and(|own| Arc::ptr_eq(&own.cloud, &connection.cloud))
    };
    let reads = session.reached().into_iter().map(|connection| {
        let here = || rendered.desired.users.iter().filter(|user| belongs(&user.user, connection));
        let of_kinds = |resource: &&Arc<Resource>| kinds.contains(&resource.key.kind);
        let resources = || here().flat_map(|user| &user.resources).filter(of_kinds);
        let scope = Scope {
            lab: session.lab.name.clone(),
            users: here().map(|user| user.user.clone()).collect(),
            keys: resources().map(|resource| resource.key.clone()).collect(),
            wanted: resources().map(|resource| (resource.key.clone(), Arc::clone(resource))).collect(),
            kinds: kinds.iter().copied().collect(),
            depth: depth.clone(),
        };
        async move { Ok::<_, CloudError>((connection.place.clone(), connection.cloud.observe(&scope).await?)) }
    });
    let mut found: BTreeMap<Place, Observed> = BTreeMap::new();
    for (place, observed) in try_join_all(reads).await? {
        found.entry(place).or_default().absorb(observed);
    }
    Ok(found)
}

/// Reads everything that carries a lab's tags for users whose labs are removed, and what is theirs by name.
///
/// # Errors
/// When an endpoint cannot be read.
pub(crate) async fn observed_of(
    session: &Session,
    lab: &LabName,
    teardowns: &[UserTeardown],
) -> Result<Found, Failure> {
    let clouds = session.clouds();
    let reads = clouds.places().filter_map(|(place, cloud)| {
        let here: Vec<&UserTeardown> = teardowns.iter().filter(|one| one.place == *place).collect();
        let scope = Scope {
            lab: lab.clone(),
            users: here.iter().map(|one| one.user.clone()).collect(),
            keys: here.iter().flat_map(|one| one.wanted.iter().cloned()).collect(),
            wanted: BTreeMap::new(),
            kinds: Kind::ALL.iter().copied().collect(),
            depth: Depth::Lists,
        };
        let read = async move { Ok::<_, CloudError>((place.clone(), cloud.observe(&scope).await?)) };
        (!here.is_empty()).then_some(read)
    });
    Ok(try_join_all(reads).await?.into_iter().collect())
}
