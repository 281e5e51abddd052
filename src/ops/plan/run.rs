//! What a deployment would do.

use std::collections::BTreeSet;

use super::super::context::Context;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::selection::Selection;
use super::super::session::Session;
use super::super::stages::{self, NotDue};
use super::super::step::{Finished, Step};
use super::super::teardown::{Teardown, TeardownOptions, Whose};
use super::super::{notices, observing, origins, preflight, rendering};
use super::simulate::simulate;
use crate::cloud::Depth;
use crate::event::Happened;
use crate::plan::{self, PlanOptions, UserPlan};
use crate::ui::view::{ApartView, PlanView};

/// What a plan is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlanRequest {
    /// For whom.
    pub(crate) selection: Selection,
    /// The last stage of the lesson that is meant; without one, the whole lab.
    pub(crate) through: Option<String>,
    /// What the instructor allows.
    pub(crate) plan: PlanOptions,
    /// Whether changes are an end of their own, for scripts.
    pub(crate) changes_are_an_exit: bool,
    /// Whether the plan is made true on an endpoint in memory.
    pub(crate) simulate: bool,
    /// Whether also that is planned which users have whom the manifest names no more.
    pub(crate) prune: bool,
}

/// Decides what a deployment would do, and touches nothing.
///
/// # Errors
/// Mistakes of the templates, an endpoint that cannot be read.
pub(crate) async fn plan(context: &Context, options: &PlanRequest) -> Result<Finished<PlanView>, Failure> {
    let work = async |session: &Session| plan_in(context, session, options).await;
    Session::during(context, &options.selection, work).await
}

/// Renders, reads, decides.
async fn plan_in(context: &Context, session: &Session, options: &PlanRequest) -> Result<Finished<PlanView>, Failure> {
    let step = Step::whole(context);
    let journal = session.begin_looking(context, "plan")?;
    let not_due = NotDue::after(&session.lab.pack, options.through.as_deref())?;
    let mut rendered = rendering::proven(context, session)?;
    let left_out = not_due.narrow(&session.lab.pack, &mut rendered);
    let mut found = context.unless_interrupted(observing::observed(session, &rendered, Depth::Content)).await?;
    stages::forget(&mut found, &left_out);
    notices::of_reading(context, &found);
    notices::of_labs_elsewhere(context, &rendered, &found);
    notices::of_other_tags(context, &rendered, &found);
    let plan = plan::plan(&rendered.desired, &found, options.plan);
    journal.tell(Happened::planned(&plan));
    let (departed, others) = if options.prune {
        let (departed, others) = departed(context, session).await?;
        (Some(departed), others)
    } else {
        origins::note_others(context, session, &found);
        (None, Vec::new())
    };
    let has_changes = plan.has_changes() || departed.as_ref().is_some_and(|users| !users.is_empty());
    let exit = if options.changes_are_an_exit && has_changes { Exit::Changes } else { Exit::Done };
    step.finish(&journal, "plan", exit, String::new())?;
    let preflight = if plan.has_changes() { Some(preflight::weigh(session, &plan).await) } else { None };
    let simulation = if options.simulate && plan.has_changes() {
        context.audience.note("simulating: the account is not touched");
        let simulation = simulate(context, session, &found, options.plan, &not_due);
        Some(Box::pin(context.unless_interrupted(simulation)).await?)
    } else {
        None
    };
    let view = PlanView { summary: plan.summary(), users: plan.users, departed, others, preflight, simulation };
    Ok(Finished { document: step.document(context, "plan", true, view), exit })
}

/// What users have who have departed from the manifest, as deletions, each user once; and those of the lab's name who stay.
///
/// # Errors
/// When an endpoint does not show its lists.
async fn departed(context: &Context, session: &Session) -> Result<(Vec<UserPlan>, Vec<ApartView>), Failure> {
    let options = TeardownOptions { whose: Whose::Departed, ..TeardownOptions::default() };
    let teardown = Teardown::by_tags(context, session, "", &options).await?;
    let found = teardown.found(session).await?;
    let mut users: Vec<UserPlan> = Vec::new();
    for user in teardown.plan(&found, &BTreeSet::new()).users.into_iter().filter(|user| !user.changes.is_empty()) {
        match users.iter_mut().find(|known| known.user == user.user) {
            Some(known) => known.changes.extend(user.changes),
            None => users.push(user),
        }
    }
    Ok((users, teardown.apart))
}
