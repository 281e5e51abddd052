//! `labctl pull`: what users edited, saved before anything else happens to it.

use clap::Args;

use super::args::Selection;
use super::context::Context;
use super::edits::Edits;
use super::exit::Exit;
use super::failure::Failure;
use super::finish::finish;
use super::look;
use super::run::Ended;
use super::session::Session;
use super::step::Step;
use crate::plan::{self, PlanOptions};
use crate::ui::view::{Document, PullSummary, PullView};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let document =
        Session::during(context, &arguments.selection, async |session| execute(context, session).await).await?;
    context.show(&document, |ui| ui.pull(&document.body));
    Ok(Exit::Done)
}

async fn execute(context: &Context, session: &Session) -> Result<Document<PullView>, Failure> {
    let step = Step::whole(context);
    let journal = session.begin_looking(context, "pull")?;
    let rendered = look::wanted(context, session)?;
    let found = context.unless_interrupted(look::found(session, &rendered)).await?;
    let plan = plan::plan(&rendered.desired, &found, PlanOptions::default());
    super::plan::tell(&journal, &plan);
    let mut edits = Edits::new(context, session, Some(&rendered.desired));
    edits.save_kept(&found, &plan).await;
    let users = edits.saved();
    if let Some(failure) = edits.into_failure() {
        return Err(failure);
    }
    let pulled = users.iter().map(|user| user.resources.len()).sum();
    let view = PullView { summary: PullSummary { pulled }, users };
    finish(&step, &journal, "pull", Exit::Done, format!("{} saved", view.summary.pulled))?;
    Ok(step.document(context, "pull", true, view))
}
