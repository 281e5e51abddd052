//! Who takes part in a trial: each chosen user's machines, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::failure::Failure;
use super::rendering;
use super::session::Session;
use crate::cause::PolicyFiles;
use crate::host;
use crate::kind::{Desired, StateMachine, UserDesired};
use crate::model::Pack;
use crate::trial::{Logged, Machine, Participant};

/// Every chosen user with the machines the manifest gives them.
///
/// # Errors
/// Every mistake of the templates.
pub(crate) fn participants(context: &Context, session: &Session) -> Result<Vec<Participant>, Failure> {
    participants_of(session, &rendering::wanted(context, session)?.desired)
}

/// The same of what was rendered.
///
/// # Errors
/// A user without a connection.
pub(crate) fn participants_of(session: &Session, desired: &Desired) -> Result<Vec<Participant>, Failure> {
    let mut participants = Vec::new();
    for (user, desired) in session.users.iter().zip(&desired.users) {
        participants.push(Participant {
            user: user.name.clone(),
            cloud: session.connection(user)?.cloud.clone(),
            machines: machines(desired, &session.lab.pack),
            policies: PolicyFiles::of(&session.lab, user),
            settings: user.settings.clone(),
            left_out: BTreeSet::new(),
        });
    }
    Ok(participants)
}

fn machines(desired: &UserDesired, pack: &Pack) -> BTreeMap<String, Machine> {
    let prefix = format!("{}-", desired.user);
    desired
        .resources
        .iter()
        .filter_map(|resource| {
            let StateMachine { machine_type, definition, logging, .. } = resource.body.of::<StateMachine>()?;
            let short = resource.key.name.strip_prefix(&prefix).unwrap_or(&resource.key.name);
            let template = pack.machines.iter().find(|machine| machine.name == short);
            let machine = Machine {
                name: resource.key.name.clone(),
                arn: desired.place.arn(&resource.key, "/"),
                machine_type: *machine_type,
                log_group: logging.as_ref().map(|logging| logging.log_group.clone()),
                logged: logging.as_ref().map_or(Logged::Little, Logged::of),
                definition: definition.to_string(),
                outcome: template.and_then(|template| template.outcome.clone()),
                good: template.map(|template| template.good.clone()).unwrap_or_default(),
            };
            Some((short.to_owned(), machine))
        })
        .collect()
}

/// Eight hexadecimal digits that make the names of one run's executions unique.
pub(crate) fn run_id() -> String {
    format!("{:08x}", host::random_u64() >> 32)
}
