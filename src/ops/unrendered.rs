//! Labs of which it is not known what is in them, because of mistakes in the pack: for commands that only look at what is there, or remove
//! it, and find it by its tags.

use std::collections::BTreeSet;

use super::context::Context;
use super::failure::Failure;
use super::made::Made;
use super::session::Session;
use super::{load, rendering};
use crate::plan::{self, Action, Found, Plan, UserTeardown};
use crate::render::Rendered;

/// What the chosen users should have; none where mistakes leave it open, which are shown as warnings.
pub(crate) fn wanted(context: &Context, session: &Session) -> Option<Rendered> {
    if !session.is_sound {
        return None;
    }
    match rendering::wanted(context, session) {
        Ok(rendered) => Some(rendered),
        Err(Failure::Diagnostics(found)) => {
            load::tell_mistakes(context, &found);
            None
        }
        Err(failure) => {
            load::tell_unknown(context, &failure.message());
            None
        }
    }
}

/// The chosen users with the names that were made for them, as far as the journal knows.
pub(crate) fn teardowns(context: &Context, session: &Session) -> Vec<UserTeardown> {
    let made = Made::read(context, session);
    let of_user = |user: &crate::model::User| {
        let connection = session.connections.get(&user.target)?;
        let place = connection.place.clone();
        let wanted = made.of(&user.name, &place, connection.target.kind);
        Some(UserTeardown { user: user.name.clone(), place, wanted })
    };
    session.users.iter().filter_map(of_user).collect()
}

/// What is there of these users, as a plan that changes nothing: [`Action::Edited`] what a user edited, [`Action::Foreign`] what is not
/// labctl's.
pub(crate) fn standing(session: &Session, teardowns: &[UserTeardown], found: &Found) -> Plan {
    let mut plan = plan::teardown(found, &session.lab.name, teardowns, &BTreeSet::new(), false);
    for change in plan.users.iter_mut().flat_map(|user| &mut user.changes) {
        change.action = match change.action {
            Action::Delete if change.edited => Action::Edited,
            Action::Delete => Action::Unchanged,
            other => other,
        };
        if change.action == Action::Edited {
            "the user edited it".clone_into(&mut change.reason);
        }
    }
    plan
}
