//! One read of every group.

use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::super::failure::Failure;
use super::super::session::Session;
use super::groups::Group;
use super::options::LogsOptions;
use super::tail::{Newest, Tail};
use crate::cloud::{Cloud, CloudError, ErrorClass, LogQuery};
use crate::event::LogLine;
use crate::host;
use crate::ui::counted_len;

/// Groups read at once: a page is a megabyte.
const AT_ONCE: usize = 8;

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
        Ok(Tail::new(user, group, since_ms, options.follow))
    };
    found.into_iter().map(tail).collect()
}

/// What is new in all groups, by time: the newest lines, so many at most, and how many older ones were left out.
///
/// # Errors
/// When one cannot be read; what the others gave is then read again.
pub(super) async fn read(session: &Session, tails: &mut [Tail], most: usize) -> Result<(Vec<LogLine>, u64), Failure> {
    let newest = Mutex::new(Newest::new(most));
    let reading = tails.iter_mut().enumerate().map(|(at, tail)| {
        let newest = &newest;
        async move {
            let cloud = cloud(session, tail.user)?;
            // Before it is asked: what is written meanwhile is read next time.
            let now_ms = now_ms(cloud.as_ref());
            let (group, since_ms) = tail.begin();
            let query = LogQuery { group: &group, since_ms, ..LogQuery::default() };
            let mut take = |page| {
                let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
                tail.page(page, now_ms).for_each(|line| newest.take(at, line));
            };
            match cloud.log_pages(query, &mut take).await {
                // Deleted, or not made yet.
                Ok(()) | Err(CloudError { class: ErrorClass::NotFound, .. }) => Ok::<_, Failure>((tail, now_ms)),
                Err(error) => Err(error.into()),
            }
        }
    });
    let read: Vec<(&mut Tail, i64)> = stream::iter(reading).buffer_unordered(AT_ONCE).try_collect().await?;
    for (tail, now_ms) in read {
        tail.end(now_ms);
    }
    Ok(newest.into_inner().unwrap_or_else(PoisonError::into_inner).lines())
}

/// Says of lines that were left out how they are shown.
pub(super) fn left_out(shown: usize, left: u64) -> Option<String> {
    (left > 0).then(|| {
        format!(
            "only the newest {} are shown, and {left} are not; `--limit` shows more, `--since`, `--function` and `--machine` leave fewer",
            counted_len(shown, "line")
        )
    })
}

pub(super) fn cloud(session: &Session, user: usize) -> Result<&Arc<dyn Cloud>, Failure> {
    let user = session.users.get(user).ok_or_else(|| Failure::other("no such user", "run the same command again"))?;
    Ok(&session.connection(user)?.cloud)
}

/// The time at an endpoint, milliseconds since 1970.
fn now_ms(cloud: &dyn Cloud) -> i64 {
    host::now_ms() + cloud.ahead_ms()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted() {
        assert_eq!(left_out(3, 0), None);
        let note = left_out(10_000, 7).unwrap();
        assert!(note.starts_with("only the newest 10000 lines are shown, and 7 are not; `--limit`"), "{note}");
    }
}
