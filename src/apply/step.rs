//! One change, from its intent in the journal to its end.

use std::collections::BTreeMap;

use tokio::sync::Semaphore;

use super::patience::{Pauses, passes};
use super::{Interrupt, Outcome, Patience, Skip};
use crate::cloud::{Cloud, CloudError, ErrorClass};
use crate::event::{Happened, Journal};
use crate::host::Stopwatch;
use crate::model::{Owner, Part, Place, Resource, UserName};
use crate::plan::{Action, Change, UserPlan};

/// What every change of a run shares.
pub(super) struct Run<'a> {
    pub(super) journal: &'a Journal,
    /// For changes in flight, by connection.
    pub(super) places: BTreeMap<&'a Place, Semaphore>,
    pub(super) interrupt: &'a Interrupt,
    pub(super) patience: Patience,
}

/// How a change ended: outcome, ARN, milliseconds.
pub(super) type Ended = (Outcome, String, u64);

impl Run<'_> {
    /// Does a change, waiting out what passes. A place among those in flight is held only while a call is out.
    pub(super) async fn step(&self, plan: &UserPlan, change: &Change, cloud: &dyn Cloud) -> Ended {
        let (user, owner) = (&plan.user, plan.owner(change));
        let clock = Stopwatch::start();
        let mut pauses = Pauses::new(self.patience);
        let mut started = false;
        let outcome = loop {
            let place = match self.places.get(&plan.place) {
                Some(places) => places.acquire().await.ok(),
                None => None,
            };
            if self.interrupt.is_set() {
                break Err(Outcome::Skipped(Skip::Interrupted { tried: started }));
            }
            if !started {
                self.started(user, change);
                started = true;
            }
            let answer = attempt(change, &owner, cloud).await;
            drop(place);
            let error = match answer {
                Ok(done) => break Ok(done),
                Err(error) => error,
            };
            let (Some(reason), Some(pause)) = (passes(&error), pauses.next()) else {
                break Err(Outcome::Failed(error));
            };
            let ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            let (user, key) = (user.to_string(), change.key.clone());
            self.journal.tell(Happened::Waited { user, key, reason: reason.to_owned(), ms });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.interrupt.wait() => {}
            }
        };
        let ms = clock.elapsed_ms();
        match outcome {
            Ok((outcome, arn)) => {
                self.succeeded(user, change, &arn, ms);
                (outcome, arn, ms)
            }
            Err(outcome) => {
                self.failed(user, change, &outcome);
                (outcome, change.arn.clone(), ms)
            }
        }
    }

    fn started(&self, user: &UserName, change: &Change) {
        let (user, key, action) = (user.to_string(), change.key.clone(), verb(change.action).to_owned());
        self.journal.tell(Happened::ChangeStarted { user, key, action });
    }

    fn succeeded(&self, user: &UserName, change: &Change, arn: &str, ms: u64) {
        let (user, key, action) = (user.to_string(), change.key.clone(), verb(change.action).to_owned());
        self.journal.tell(Happened::ChangeSucceeded { user, key, action, arn: arn.to_owned(), ms });
    }

    /// Says that a change did not come true; an outcome that is no failure is not told.
    pub(super) fn failed(&self, user: &UserName, change: &Change, outcome: &Outcome) {
        let (error, class) = match outcome {
            Outcome::Failed(error) => (error.to_string(), word(error.class)),
            Outcome::Skipped(why) => (why.to_string(), "skipped".to_owned()),
            Outcome::Foreign => (change.reason.clone(), "foreign".to_owned()),
            Outcome::Done | Outcome::AlreadyGone | Outcome::Kept => return,
        };
        let (user, key, action) = (user.to_string(), change.key.clone(), verb(change.action).to_owned());
        self.journal.tell(Happened::ChangeFailed { user, key, action, error, class });
    }
}

async fn attempt(change: &Change, owner: &Owner, cloud: &dyn Cloud) -> Result<(Outcome, String), CloudError> {
    let Change { key, action, parts, resource, arn, .. } = change;
    match (action, resource) {
        (Action::Create, Some(resource)) => {
            let arn = create(resource, owner, cloud).await?;
            Ok((Outcome::Done, arn))
        }
        (Action::Update, Some(resource)) => {
            cloud.update(resource, arn, parts, owner).await?;
            Ok((Outcome::Done, arn.clone()))
        }
        (Action::Delete, _) => {
            let outcome = if cloud.delete(key, arn, owner).await? { Outcome::Done } else { Outcome::AlreadyGone };
            Ok((outcome, arn.clone()))
        }
        (Action::Create | Action::Update, None) => Err(CloudError {
            operation: "apply".to_owned(),
            code: None,
            message: format!("the plan does not say what {key} shall be"),
            class: ErrorClass::Invalid,
        }),
        (Action::Unchanged | Action::Edited | Action::Foreign, _) => Ok((Outcome::Kept, arn.clone())),
    }
}

/// Creates; where it is there already, because the answer to an earlier try was lost, the user's own is brought to its end.
async fn create(resource: &Resource, owner: &Owner, cloud: &dyn Cloud) -> Result<String, CloudError> {
    let error = match cloud.create(resource).await {
        Ok(arn) => return Ok(arn),
        Err(error) if error.class == ErrorClass::Exists => error,
        Err(error) => return Err(error),
    };
    let Some(live) = cloud.read(&resource.key).await? else {
        return Err(CloudError { class: ErrorClass::Busy, ..error });
    };
    let owner = Owner { or_untagged: false, ..owner.clone() };
    if !owner.owns(&live.tags) {
        let message = format!("{} appeared meanwhile and does not carry labctl's tags; plan again", resource.key);
        return Err(CloudError { message, ..error });
    }
    if live.tagged_digest() != Some(resource.digest()) || live.body.digest() != resource.body.digest() {
        cloud.update(resource, &live.arn, &Part::changeable(resource.key.kind), &owner).await?;
    }
    Ok(live.arn)
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Unchanged => "unchanged",
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Edited => "edited",
        Action::Foreign => "foreign",
    }
}

/// The class as the journal writes it.
fn word(class: ErrorClass) -> String {
    match serde_json::to_value(class) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
