//! One read of every group.

use std::sync::Arc;

use futures::future::try_join_all;

use super::super::failure::Failure;
use super::super::session::Session;
use super::groups::Group;
use super::options::LogsOptions;
use super::tail::{Tail, interleaved};
use crate::cloud::{Cloud, CloudError, ErrorClass};
use crate::event::LogLine;
use crate::host;

/// Groups that nothing was read of yet.
///
/// # Errors
/// Where no connection was opened for a user.
pub(super) fn tails(
    session: &Session,
    found: Vec<(usize, Group)>,
    options: &LogsOptions,
) -> Result<Vec<Tail>, Failure> {
    let tail = |(user, group)| {
        let since_ms = options.since.ms(now_ms(cloud(session, user)?.as_ref()));
        Ok(Tail::new(user, group, since_ms))
    };
    found.into_iter().map(tail).collect()
}

/// What is new in all groups, by time.
///
/// # Errors
/// When one cannot be read; what the others gave is then read again.
pub(super) async fn read(session: &Session, tails: &mut [Tail]) -> Result<Vec<LogLine>, Failure> {
    let reading = tails.iter().map(|tail| async move {
        let cloud = cloud(session, tail.user)?;
        // Before it is asked: what is written meanwhile is read next time.
        let now_ms = now_ms(cloud.as_ref());
        let events = match cloud.logs(tail.query()).await {
            Ok(events) => events,
            // Deleted, or not made yet.
            Err(CloudError { class: ErrorClass::NotFound, .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        Ok::<_, Failure>((events, now_ms))
    });
    let read = try_join_all(reading).await?;
    Ok(interleaved(tails.iter_mut().zip(read).map(|(tail, (events, now_ms))| tail.take(events, now_ms))))
}

pub(super) fn cloud(session: &Session, user: usize) -> Result<&Arc<dyn Cloud>, Failure> {
    let user = session.users.get(user).ok_or_else(|| Failure::other("no such user", "run the same command again"))?;
    Ok(&session.connection(user)?.cloud)
}

/// The time at an endpoint, milliseconds since 1970.
fn now_ms(cloud: &dyn Cloud) -> i64 {
    host::now_ms() + cloud.ahead_ms()
}
