//! One account in one region, reached and known.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::failure::Failure;
use super::target_report::TargetReport;
use crate::cloud::{self, Cloud, ConnectOptions, Identity};
use crate::model::{AccountId, Place, Target, TargetKind, User};

/// One account in one region, reached and known.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) cloud: Arc<dyn Cloud>,
    pub(crate) identity: Identity,
    pub(crate) place: Place,
    pub(crate) target: Target,
}

impl Connection {
    /// Whether it reaches AWS, and not an endpoint on this machine.
    pub(crate) fn is_costly(&self) -> bool {
        self.target.kind == TargetKind::Aws && !self.cloud.is_loopback()
    }

    /// An account and endpoint, as they are named in a question.
    pub(crate) fn described(&self) -> String {
        format!(
            "account {}, region {}, endpoint {} (as {})",
            self.identity.account,
            self.place.region,
            self.cloud.endpoint(),
            self.identity.arn
        )
    }
}

/// Connects and asks who calls, before any other call.
pub(crate) async fn connect(
    targets: &TargetReport,
    target: Target,
    options: ConnectOptions,
) -> Result<Connection, Failure> {
    let cloud = cloud::connect(&target, options).await?;
    targets.connected(&target, &cloud);
    let identity = cloud.identity().await?;
    targets.identified(&target, &identity.account);
    let account = AccountId::new(&identity.account).map_err(|problem| Failure::Other {
        message: format!("the endpoint {} names account `{}`, which {problem}", cloud.endpoint(), identity.account),
        help: None,
    })?;
    let place = Place { account, region: target.region.clone() };
    Ok(Connection { cloud, identity, place, target })
}

/// Holds an account against its guard.
///
/// # Errors
/// When it is another.
pub(crate) fn guard(Connection { cloud, identity, target, .. }: &Connection, users: &[User]) -> Result<(), Failure> {
    let here = || users.iter().filter(|user| user.target == *target).map(|user| user.name.to_string());
    match &target.account_id {
        Some(expected) if expected.as_str() != identity.account => Err(Failure::WrongAccount {
            expected: expected.to_string(),
            actual: identity.account.clone(),
            caller: identity.arn.clone(),
            endpoint: cloud.endpoint(),
            users: if here().count() == users.len() { Vec::new() } else { here().collect() },
        }),
        _ => Ok(()),
    }
}

/// One account and region must be one endpoint within a run: plans tell places apart by account and region.
///
/// # Errors
/// When the same account and region stand behind two endpoints.
pub(crate) fn apart(known: &BTreeMap<Target, Connection>, new: &Connection) -> Result<(), Failure> {
    let twin = known.values().find(|other| other.place == new.place && other.cloud.endpoint() != new.cloud.endpoint());
    let Some(twin) = twin else { return Ok(()) };
    Err(Failure::usage(
        format!(
            "the chosen users go to account {} in {} through two endpoints, {} and {}",
            new.place.account,
            new.place.region,
            twin.cloud.endpoint(),
            new.cloud.endpoint()
        ),
        "choose the users of one endpoint with `--user`, and run the others apart",
    ))
}
