//! New lines as they come, until the user interrupts. A connection that ends is opened again, and reading goes on where it was.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::context::Context;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::Session;
use super::super::step::{Finished, Step};
use super::super::{endpoint, load};
use super::groups::{Groups, groups};
use super::options::LogsOptions;
use super::read::{cloud, left_out, read, tails};
use super::tail::Tail;
use crate::cloud::{CloudError, ErrorClass};
use crate::host::{self, Time};
use crate::local;
use crate::model::{Lab, TargetKind, User};
use crate::ui::view::LogsView;

/// Between two reads where nothing is known to be scarce.
const SHORT: Duration = Duration::from_millis(500);

/// Between two reads of an account with quotas, at least.
const LONG: Duration = Duration::from_secs(2);

/// Of what FilterLogEvents gives, this part is used: others read, too.
const PART: f64 = 0.5;

/// How often it is looked for groups that are new.
const NEW_GROUPS: Duration = Duration::from_secs(30);

/// Between two attempts to connect again, at most.
const RECONNECT: Duration = Duration::from_secs(5);

/// Shows what is there and what comes.
///
/// # Errors
/// What cannot be read or reached and does not pass by itself.
pub(super) async fn follow(context: &Context, options: &LogsOptions) -> Result<Finished<LogsView>, Failure> {
    let (lab, _) = load::whereabouts(context)?;
    let users = options.selection.choose(&lab, &context.settings.journal_path())?;
    let step = Step::whole(context);
    let mut session = Box::pin(Session::for_users(context, lab.clone(), users.clone())).await?;
    let journal = session.begin_looking(context, "logs")?;
    let is_embedded = session.is_embedded();
    if is_embedded {
        context.audience.note(
            "no server runs on the local endpoint's store, so that no other command can use it meanwhile; `labctl local serve` lets them",
        );
    }
    let mut followed = Followed { tails: Vec::new(), time: host::real_time() };
    loop {
        let ended = followed.rounds(context, &session, options).await;
        session.close().await;
        match ended {
            Ok(()) => break,
            Err(Failure::Cloud(error)) if passes(&error) && !is_embedded => {
                context.audience.note(&format!("the endpoint does not answer ({error}); reading goes on when it does"));
            }
            Err(failure) => return Err(failure),
        }
        let Some(again) = reconnected(context, &lab, &users, &followed.time).await? else { break };
        context.audience.note("connected again");
        session = again;
    }
    step.finish(&journal, "logs", Exit::Interrupted, String::new())?;
    let document = step.document(context, "logs", false, LogsView::default());
    Ok(Finished { document, exit: Exit::Interrupted })
}

/// What is followed.
struct Followed {
    tails: Vec<Tail>,
    time: Time,
}

impl Followed {
    /// Reads again and again, until the user interrupts or nobody reads.
    async fn rounds(&mut self, context: &Context, session: &Session, options: &LogsOptions) -> Result<(), Failure> {
        let mut looked: Option<Duration> = None;
        while !context.is_cancelled() {
            if looked.is_none_or(|looked| self.time.elapsed() >= looked + NEW_GROUPS) {
                self.look(context, session, options).await?;
                looked = Some(self.time.elapsed());
            }
            let (lines, left) = tokio::select! {
                read = read(session, &mut self.tails, options.limit) => read?,
                () = context.unwanted() => return Ok(()),
            };
            if let Some(note) = left_out(lines.len(), left) {
                context.audience.note(&note);
            }
            context.audience.log(&lines);
            tokio::select! {
                () = self.time.sleep(self.pause(session)) => {}
                () = context.unwanted() => return Ok(()),
            }
        }
        Ok(())
    }

    /// Looks for groups that are new. Those that are known stay, read as far as they are.
    async fn look(&mut self, context: &Context, session: &Session, options: &LogsOptions) -> Result<(), Failure> {
        let Groups { found, notes } = groups(session, options).await?;
        if self.tails.is_empty() {
            for note in &notes {
                context.audience.note(note);
            }
        }
        let known: BTreeSet<String> = self.tails.iter().map(|tail| tail.group.group.clone()).collect();
        let new = found.into_iter().filter(|(_, group)| !known.contains(&group.group)).collect();
        self.tails.extend(tails(session, new, options)?);
        Ok(())
    }

    fn pause(&self, session: &Session) -> Duration {
        let paced = cloud(session, 0).ok().and_then(|cloud| cloud.bucket("logs:FilterLogEvents"));
        let Some(paced) = paced else { return SHORT };
        let groups = u32::try_from(self.tails.len()).map_or(f64::from(u32::MAX), f64::from);
        let seconds = groups / (paced.quota.per_second.max(f64::MIN_POSITIVE) * PART);
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).max(LONG)
    }
}

/// Whether an error may pass by itself. Another server on the local store has other keys.
fn passes(error: &CloudError) -> bool {
    matches!(
        error.class,
        ErrorClass::Unreachable
            | ErrorClass::NoAnswer
            | ErrorClass::Throttled
            | ErrorClass::Busy
            | ErrorClass::Service
            | ErrorClass::Credentials
    )
}

/// A session on whatever answers now; none where the user interrupts before anything does.
///
/// # Errors
/// What does not pass by itself.
async fn reconnected(context: &Context, lab: &Lab, users: &[User], time: &Time) -> Result<Option<Session>, Failure> {
    let is_local = users.iter().any(|user| user.target.kind == TargetKind::Local);
    let mut length = SHORT;
    loop {
        tokio::select! {
            () = time.sleep(length) => {}
            () = context.unwanted() => return Ok(None),
        }
        length = (length * 2).min(RECONNECT);
        // An endpoint of one's own would keep the store from the server that is to come back.
        if is_local && local::find_running(&endpoint::store(&context.settings)).is_none() {
            continue;
        }
        match Box::pin(Session::for_users(context, lab.clone(), users.to_vec())).await {
            Ok(session) => return Ok(Some(session)),
            Err(Failure::Cloud(error)) if passes(&error) && error.class != ErrorClass::Credentials => {}
            Err(Failure::Interrupted) => return Ok(None),
            Err(failure) => return Err(failure),
        }
    }
}
