//! `labctl plan`.

use clap::Args;

use super::args::Selection;
use super::context::Context;
use super::exit::Exit;
use super::look;
use super::run::Ended;
use super::session::Session;
use crate::plan::{self, Plan, PlanOptions};
use crate::ui::view::PlanView;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    #[command(flatten)]
    pub(super) options: EditOptions,
    /// End with 2 when there are changes, 0 when there are none.
    #[arg(long)]
    detailed_exitcode: bool,
}

/// What the instructor allows.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct EditOptions {
    /// Take back what users edited.
    #[arg(long)]
    pub(super) overwrite_edits: bool,
    /// Take over things of a wanted name that carry nobody's tags.
    #[arg(long)]
    pub(super) adopt: bool,
}

impl From<EditOptions> for PlanOptions {
    fn from(options: EditOptions) -> Self {
        Self { overwrite_edits: options.overwrite_edits, adopt: options.adopt }
    }
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let session = Session::open(context, &arguments.selection).await?;
    let planned = make(context, &session, arguments.options).await;
    let (target, calls) = (session.target_view(), session.calls());
    session.close().await;
    let plan = planned?;
    let changes = plan.has_changes();
    let view = PlanView { summary: plan.summary(), users: plan.users };
    let document = context.document("plan", true, target, calls, view);
    context.show(&document, |ui| ui.plan(&document.body));
    Ok(if arguments.detailed_exitcode && changes { Exit::Changes } else { Exit::Done })
}

/// Renders, looks, decides.
async fn make(context: &Context, session: &Session, options: EditOptions) -> Result<Plan, super::failure::Failure> {
    let rendered = look::proven(context, session)?;
    let found = look::found(session, &rendered).await?;
    Ok(plan::plan(&rendered.desired, &found, options.into()))
}
