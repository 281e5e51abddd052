//! The machines of the chosen users that are there.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::try_join_all;

use super::super::failure::Failure;
use super::super::session::Session;
use super::machine::OwnMachine;
use crate::cloud::{Cloud, CloudError, ErrorClass};
use crate::model::{Lab, User};

/// Those of this name, with the user's prefix or without; else all that carry a user's prefix, also what a student made by hand.
///
/// # Errors
/// When something cannot be read.
pub(crate) async fn machines(session: &Session, only: Option<&str>) -> Result<Vec<OwnMachine>, Failure> {
    let lab = &session.lab;
    let mut listed = Vec::new();
    if only.is_none() {
        for connection in session.reached() {
            listed.push((Arc::clone(&connection.cloud), all(connection.cloud.as_ref()).await?));
        }
    }
    let mut reading = Vec::new();
    for user in &session.users {
        let cloud = &session.connection(user)?.cloud;
        let there = listed.iter().find(|(known, _)| Arc::ptr_eq(known, cloud));
        let there = there.and_then(|(_, names): &(_, Option<BTreeSet<String>>)| names.as_ref());
        let names = only.map_or_else(|| names(lab, user, there), |name| vec![name.to_owned()]);
        reading.extend(names.into_iter().map(|name| async move { OwnMachine::read(lab, user, cloud, &name).await }));
    }
    Ok(try_join_all(reading).await?.into_iter().flatten().collect())
}

/// All machines of an account; none where they may not be listed.
async fn all(cloud: &dyn Cloud) -> Result<Option<BTreeSet<String>>, Failure> {
    match cloud.machine_names().await {
        Ok(names) => Ok(Some(names.into_iter().collect())),
        Err(CloudError { class: ErrorClass::Denied | ErrorClass::NotImplemented, .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The user's machines by what is there, else by the pack.
fn names(lab: &Lab, user: &User, there: Option<&BTreeSet<String>>) -> Vec<String> {
    let prefix = format!("{}-", user.name);
    match there {
        Some(there) => there.iter().filter(|name| name.starts_with(&prefix)).cloned().collect(),
        None => lab.pack.machines.iter().map(|machine| machine.name.clone()).collect(),
    }
}
