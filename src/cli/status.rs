//! `labctl status`.

use clap::Args;

use super::args::Selection;
use super::cleanup::told_by_hand;
use super::code_diff;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::finish::finish;
use super::leaving::of_desired;
use super::look::{self, Closeness};
use super::run::Ended;
use super::session::Session;
use super::step::Step;
use crate::plan::{self, Action, Change, PlanOptions};
use crate::ui::view::{Document, StatusResource, StatusSummary, StatusUser, StatusView};

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
    // Only lists show what carries nobody's tags.
    let found = context.unless_interrupted(look::found_by(session, &rendered, Closeness::Lists)).await?;
    let mut notes = look::tell(context, &found);
    notes.extend(super::origins::tell_of_others(context, session, &found));
    let plan = plan::plan(&rendered.desired, &found, PlanOptions::default());
    super::plan::tell(&journal, &plan);
    let leaving = of_desired(&rendered.desired);
    let by_hand = told_by_hand(&plan::by_hand(&found, &session.lab.name, &leaving));
    let mut view = StatusView { summary: StatusSummary::default(), users: Vec::new(), by_hand, notes };
    for user in &plan.users {
        let mut resources: Vec<StatusResource> = user.changes.iter().map(|change| resource(change, diff)).collect();
        for one in &resources {
            view.summary.count(&one.state);
        }
        if diff {
            context
                .unless_interrupted(code_diff::add(context, session, user, &rendered.desired, &mut resources))
                .await?;
        }
        view.users.push(StatusUser { user: user.user.to_string(), resources });
    }
    finish(&step, &journal, "status", Exit::Done, String::new())?;
    Ok(step.document(context, "status", true, view))
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
        code: Vec::new(),
    }
}
