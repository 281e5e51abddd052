//! What exists now, against what should.

use super::super::by_hand::by_hand_views;
use super::super::context::Context;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::selection::Selection;
use super::super::session::Session;
use super::super::stages::{self, NotDue};
use super::super::step::{Finished, Step};
use super::super::teardown::of_desired;
use super::super::{notices, observing, origins, unrendered};
use super::code;
use crate::cloud::Depth;
use crate::event::Happened;
use crate::plan::{self, Action, Change, PlanOptions};
use crate::ui::told_once;
use crate::ui::view::{ResourceState, StatusResource, StatusSummary, StatusUser, StatusView};

/// What a status is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatusOptions {
    /// Of whom.
    pub(crate) selection: Selection,
    /// The last stage of the lesson that is meant; without one, the whole lab.
    pub(crate) through: Option<String>,
    /// Whether that is shown which differs, field by field and state by state.
    pub(crate) diff: bool,
}

/// Compares what is there with what the manifest says.
///
/// # Errors
/// An endpoint that cannot be read.
pub(crate) async fn status(context: &Context, options: &StatusOptions) -> Result<Finished<StatusView>, Failure> {
    let work = async |session: &Session| status_in(context, session, options).await;
    Session::during_as_it_stands(context, &options.selection, work).await
}

async fn status_in(
    context: &Context,
    session: &Session,
    options: &StatusOptions,
) -> Result<Finished<StatusView>, Failure> {
    let step = Step::whole(context);
    let journal = session.begin_looking(context, "status")?;
    let diff = options.diff;
    let not_due = NotDue::after(&session.lab.pack, options.through.as_deref())?;
    let Some(mut rendered) = unrendered::wanted(context, session) else {
        let view = standing(context, session).await?;
        step.finish(&journal, "status", Exit::Done, String::new())?;
        return Ok(Finished { document: step.document(context, "status", true, view), exit: Exit::Done });
    };
    let left_out = not_due.narrow(&session.lab.pack, &mut rendered);
    // Only lists show what carries nobody's tags.
    let mut found = context.unless_interrupted(observing::observed(session, &rendered, Depth::Lists)).await?;
    stages::forget(&mut found, &left_out);
    let mut notes = notices::of_reading(context, &found);
    notes.extend(origins::note_others(context, session, &found));
    let plan = plan::plan(&rendered.desired, &found, PlanOptions::default());
    journal.tell(Happened::planned(&plan));
    let user_teardown = of_desired(&rendered.desired);
    let by_hand = by_hand_views(&plan::by_hand(&found, &session.lab.name, &user_teardown));
    let mut view = StatusView { summary: StatusSummary::default(), users: Vec::new(), by_hand, notes };
    let mut unseen = Vec::new();
    for user in &plan.users {
        let mut resources: Vec<StatusResource> = user.changes.iter().map(|change| resource(change, diff)).collect();
        for one in &resources {
            view.summary.count(one.state);
        }
        if diff {
            let adding = code::add(context, session, user, &rendered.desired, &mut resources);
            let lines = context.unless_interrupted(adding).await?;
            unseen.extend(lines.into_iter().map(|line| (user.user.to_string(), line)));
        }
        view.users.push(StatusUser { user: user.user.to_string(), resources });
    }
    for line in told_once(unseen) {
        context.audience.note(&line);
    }
    step.finish(&journal, "status", Exit::Done, String::new())?;
    Ok(Finished { document: step.document(context, "status", true, view), exit: Exit::Done })
}

/// What is there, where it is not known what should be.
async fn standing(context: &Context, session: &Session) -> Result<StatusView, Failure> {
    let teardowns = unrendered::teardowns(context, session);
    let observing = observing::observed_of(session, &session.lab.name, &teardowns);
    let found = context.unless_interrupted(observing).await?;
    let mut notes = notices::of_reading(context, &found);
    notes.extend(origins::note_others(context, session, &found));
    notes.push("what is there was not compared: what should be there is not known".to_owned());
    let by_hand = by_hand_views(&plan::by_hand(&found, &session.lab.name, &teardowns));
    let mut view = StatusView { summary: StatusSummary::default(), users: Vec::new(), by_hand, notes };
    for user in unrendered::standing(session, &teardowns, &found).users {
        let resources: Vec<StatusResource> = user.changes.iter().map(|change| resource(change, false)).collect();
        for one in &resources {
            view.summary.count(one.state);
        }
        view.users.push(StatusUser { user: user.user.to_string(), resources });
    }
    Ok(view)
}

/// A status is what a deploy would think of a resource.
fn resource(change: &Change, diff: bool) -> StatusResource {
    let state = match change.action {
        Action::Unchanged => ResourceState::Present,
        Action::Create => ResourceState::Absent,
        Action::Update | Action::Delete => ResourceState::Drifted,
        Action::Edited => ResourceState::Edited,
        Action::Foreign => ResourceState::Foreign,
    };
    StatusResource {
        kind: change.key.kind,
        name: change.key.name.clone(),
        state,
        reason: matches!(state, ResourceState::Drifted | ResourceState::Edited | ResourceState::Foreign)
            .then(|| change.reason.clone()),
        diff: if diff { change.diff.clone() } else { Vec::new() },
        states: change.states.clone().filter(|_| diff),
        code: Vec::new(),
    }
}
