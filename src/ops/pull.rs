//! What users edited, saved before anything else happens to it.

use super::context::Context;
use super::edits::Edits;
use super::exit::Exit;
use super::failure::Failure;
use super::selection::Selection;
use super::session::Session;
use super::step::{Finished, Step};
use super::{observing, unrendered};
use crate::cloud::Depth;
use crate::event::Happened;
use crate::plan::{self, PlanOptions};
use crate::ui::view::{PullSummary, PullView};

/// Whose edits are saved.
#[derive(Clone, Debug, Default)]
pub(crate) struct PullOptions {
    /// Whose.
    pub(crate) selection: Selection,
}

/// Saves what the chosen users edited.
///
/// # Errors
/// An endpoint that cannot be read, an edit that cannot be saved.
pub(crate) async fn pull(context: &Context, options: &PullOptions) -> Result<Finished<PullView>, Failure> {
    let work = async |session: &Session| pull_in(context, session).await;
    Session::during_as_it_stands(context, &options.selection, work).await
}

async fn pull_in(context: &Context, session: &Session) -> Result<Finished<PullView>, Failure> {
    let step = Step::whole(context);
    let journal = session.begin_looking(context, "pull")?;
    let rendered = unrendered::wanted(context, session);
    let (found, plan) = if let Some(rendered) = &rendered {
        let found = context.unless_interrupted(observing::observed(session, rendered, Depth::Content)).await?;
        let plan = plan::plan(&rendered.desired, &found, PlanOptions::default());
        (found, plan)
    } else {
        let teardowns = unrendered::teardowns(context, session);
        let observing = observing::observed_of(session, &session.lab.name, &teardowns);
        let found = context.unless_interrupted(observing).await?;
        let plan = unrendered::standing(session, &teardowns, &found);
        (found, plan)
    };
    journal.tell(Happened::planned(&plan));
    let mut edits = Edits::new(context, session, rendered.as_ref().map(|rendered| &rendered.desired));
    edits.save_kept(&found, &plan).await;
    let users = edits.saved();
    if let Some(failure) = edits.into_failure() {
        return Err(failure);
    }
    let pulled = users.iter().map(|user| user.resources.len()).sum();
    let view = PullView { summary: PullSummary { pulled }, users };
    step.finish(&journal, "pull", Exit::Done, format!("{} saved", view.summary.pulled))?;
    Ok(Finished { document: step.document(context, "pull", true, view), exit: Exit::Done })
}
