//! One change, from its intent in the journal to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::{ApplyOptions, Outcome, Skip};
use crate::cloud::{CallOrder, ChangeWork, Cloud, CloudError, ErrorClass, OnWait, RetryPolicy, RoleAges};
use crate::event::{Happened, Journal};
use crate::host::{Interrupt, Time};
use crate::kind::{Part, Resource};
use crate::model::{Kind, Owner, Place, UserName};
use crate::plan::{Action, Change, UserPlan};

/// What every change of a run shares.
pub(super) struct Run<'a> {
    journal: &'a Journal,
    places: BTreeMap<Kind, Semaphore>,
    interrupt: &'a Interrupt,
    retry: RetryPolicy,
    time: &'a Time,
    ages: Arc<RoleAges>,
    /// Where the credentials are good no more.
    ran_out: Mutex<BTreeSet<Place>>,
}

/// One change, whose it is, and the user's place in the plan.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) plan: &'a UserPlan,
    pub(super) change: &'a Change,
    pub(super) order: u64,
}

/// How a change ended: outcome, ARN, milliseconds.
pub(super) type Ended = (Outcome, String, u64);

impl<'a> Run<'a> {
    pub(super) fn new(journal: &'a Journal, options: &'a ApplyOptions) -> Self {
        let ApplyOptions { interrupt, concurrency, retry, foreign_fails: _, time, rollout: _ } = options;
        let places = Kind::ALL.iter().map(|kind| (*kind, Semaphore::new((*concurrency).max(1))));
        let (places, ages, ran_out) = (places.collect(), Arc::default(), Mutex::default());
        Self { journal, places, interrupt, retry: *retry, time, ages, ran_out }
    }

    /// Does a change, waiting out what passes. A place among those in flight is held only while a call is out or queues for its turn.
    pub(super) async fn step(&self, task: Task<'_>, cloud: &Arc<dyn Cloud>) -> Ended {
        let Task { plan, change, .. } = task;
        let user = &plan.user;
        let begun = self.time.elapsed();
        let order = self.order_of(task);
        let mut started = false;
        let outcome = loop {
            order.role_is_known(started).await;
            let place = match self.places.get(&change.key.kind) {
                Some(places) => places.acquire().await.ok(),
                None => None,
            };
            if let Some(skip) = self.skip(&plan.place, started) {
                break Err(Outcome::Skipped(skip));
            }
            let tried = std::mem::replace(&mut started, true);
            if !tried {
                self.started(user, change);
            }
            let cloud = Arc::clone(cloud).ordered(order.attempt());
            // Boxed: who only waits, which is nearly everybody of a class, need not hold the room for it.
            let answer = Box::pin(attempt(change, &plan.owner(change), cloud.as_ref())).await;
            drop(place);
            let error = match answer {
                Ok(done) => break Ok(done),
                Err(error) => error,
            };
            match error.class {
                ErrorClass::Interrupted => break Err(Outcome::Skipped(Skip::Interrupted { tried })),
                ErrorClass::Credentials => {
                    self.ran_out.lock().unwrap_or_else(PoisonError::into_inner).insert(plan.place.clone());
                }
                _ => {}
            }
            if !order.wait_out(&error).await {
                break Err(Outcome::Failed(error));
            }
        };
        let ms = u64::try_from(self.time.elapsed().saturating_sub(begun).as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Ok((outcome, arn)) => {
                if change.key.kind.facts().is_known_late {
                    self.ages.made(&arn, self.time.elapsed());
                }
                self.succeeded(user, change, &arn, ms);
                (outcome, arn, ms)
            }
            Err(outcome) => {
                self.failed(user, change, &outcome);
                (outcome, change.arn.clone(), ms)
            }
        }
    }

    /// Why a change is not tried (again).
    fn skip(&self, place: &Place, tried: bool) -> Option<Skip> {
        if self.interrupt.is_set() {
            return Some(Skip::Interrupted { tried });
        }
        let ran_out = self.ran_out.lock().unwrap_or_else(PoisonError::into_inner).contains(place);
        ran_out.then_some(Skip::CredentialsRanOut)
    }

    /// How the calls of a change stand in line, and how long it is tried.
    fn order_of(&self, task: Task<'_>) -> CallOrder {
        let Task { plan, change, order } = task;
        let (journal, user, key) = (self.journal.clone(), plan.user.to_string(), change.key.clone());
        let on_wait: OnWait = Box::new(move |reason, pause| {
            let ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            journal.tell(Happened::Waited { user: user.clone(), key: key.clone(), reason: reason.to_owned(), ms });
        });
        let role = change.resource.as_ref().and_then(|resource| resource.body.role()).map(str::to_owned);
        let (time, ages) = (Arc::clone(self.time), Arc::clone(&self.ages));
        CallOrder::change(order, self.interrupt.clone(), ChangeWork { policy: self.retry, time, role, ages, on_wait })
    }

    /// Whether the credentials of any place ran out on the way.
    pub(super) fn any_ran_out(&self) -> bool {
        !self.ran_out.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Says something in the journal.
    pub(super) fn tell(&self, event: Happened) {
        self.journal.tell(event);
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
