//! `labctl status`.

use clap::Args;

use super::args::Selection;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::finish::finish;
use super::look;
use super::run::Ended;
use super::session::Session;
use super::step::Step;
use crate::plan::{self, Action, Change, PlanOptions};
use crate::ui::view::{Document, StatusResource, StatusUser, StatusView};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Show what differs, field by field and state by state.
    #[arg(long)]
    diff: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let document =
        Session::during(context, &arguments.selection, async |session| execute(context, session, arguments.diff).await)
            .await?;
    context.show(&document, |ui| ui.status(&document));
    Ok(Exit::Done)
}

async fn execute(context: &Context, session: &Session, diff: bool) -> Result<Document<StatusView>, Failure> {
    let step = Step::whole(context);
    let journal = session.begin_looking(context, "status")?;
    let rendered = look::wanted(context, session)?;
    let found = context.unless_interrupted(look::found(session, &rendered)).await?;
    look::tell(context, &found);
    let plan = plan::plan(&rendered.desired, &found, PlanOptions::default());
    super::plan::tell(&journal, &plan);
    let users = plan
        .users
        .iter()
        .map(|user| StatusUser {
            user: user.user.to_string(),
            resources: user.changes.iter().map(|change| resource(change, diff)).collect(),
        })
        .collect();
    finish(&step, &journal, "status", Exit::Done, String::new())?;
    Ok(step.document(context, "status", true, StatusView { users }))
}

/// A status is what a deploy would think of a resource.
fn resource(change: &Change, diff: bool) -> StatusResource {
    let state = match change.action {
        Action::Unchanged => "present",
        Action::Create => "absent",
        Action::Update | Action::Delete => "drifted",
        Action::Edited => "edited",
        Action::Foreign => "foreign",
    };
    StatusResource {
        kind: change.key.kind,
        name: change.key.name.clone(),
        state: state.to_owned(),
        reason: matches!(state, "drifted" | "edited" | "foreign").then(|| change.reason.clone()),
        diff: if diff { change.diff.clone() } else { Vec::new() },
        states: change.states.clone().filter(|_| diff),
    }
}
