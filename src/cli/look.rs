//! What should be there and what is: the start of plan, deploy, status and cleanup.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::context::Context;
use super::failure::Failure;
use super::session::Session;
use crate::cloud::{CloudError, Scope};
use crate::model::{Observed, Place, User};
use crate::plan::Found;
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
        found.entry(place).or_default().resources.extend(observed.resources);
    }
    Ok(found)
}

fn belongs(session: &Session, user: &str, connection: &super::session::Connection) -> bool {
    session.users.iter().any(|chosen| chosen.name.as_str() == user && chosen.target == connection.target)
}
