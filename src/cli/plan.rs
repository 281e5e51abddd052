//! `labctl plan`.

use std::collections::BTreeSet;

use clap::Args;

use super::args::Selection;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::finish::finish;
use super::leaving::{Going, Whose, Wish};
use super::run::Ended;
use super::session::Session;
use super::step::Step;
use super::{look, preflight, simulate};
use crate::event::{Happened, Journal};
use crate::plan::{self, Plan, PlanOptions, Summary, UserPlan};
use crate::ui::view::{ApartView, Document, PlanView};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    #[command(flatten)]
    pub(super) options: EditOptions,
    /// End with 2 when there are changes, 0 when there are none.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Make the plan true on an endpoint in memory, under AWS's quotas and in a time that jumps, and tell how long it took and how
    /// many calls; the account itself is only read. `--quotas` and `--faults` may say otherwise what the endpoint is like.
    #[arg(long)]
    simulate: bool,
    /// Show also what users have whom the manifest names no more, as `labctl cleanup --departed` would remove it. A user who was renamed
    /// is gone under the old name and new under the other.
    #[arg(long)]
    prune: bool,
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
    let (document, exit) =
        Session::during(context, &arguments.selection, async |session| execute(context, session, arguments).await)
            .await?;
    context.show(&document, |ui| ui.plan(&document.body));
    Ok(exit)
}

/// Renders, looks, decides.
async fn execute(
    context: &Context,
    session: &Session,
    arguments: &Arguments,
) -> Result<(Document<PlanView>, Exit), Failure> {
    let step = Step::whole(context);
    let journal = session.begin_looking(context, "plan")?;
    let rendered = look::proven(context, session)?;
    let found = context.unless_interrupted(look::found(session, &rendered)).await?;
    look::tell(context, &found);
    look::tell_of_labs_elsewhere(context, &rendered, &found);
    look::tell_of_other_tags(context, &rendered, &found);
    let plan = plan::plan(&rendered.desired, &found, arguments.options.into());
    tell(&journal, &plan);
    let (departed, others) = if arguments.prune {
        let (departed, others) = departed(context, session).await?;
        (Some(departed), others)
    } else {
        super::origins::tell_of_others(context, session, &found);
        (None, Vec::new())
    };
    let has_changes = plan.has_changes() || departed.as_ref().is_some_and(|users| !users.is_empty());
    let exit = if arguments.detailed_exitcode && has_changes { Exit::Changes } else { Exit::Done };
    let exit = finish(&step, &journal, "plan", exit, String::new())?;
    let preflight = if plan.has_changes() { Some(preflight::weigh(session, &plan).await) } else { None };
    let simulation = if arguments.simulate && plan.has_changes() {
        context.ui.note("simulating: the account is not touched");
        let simulation = simulate::simulate(context, session, &found, arguments.options);
        Some(Box::pin(context.unless_interrupted(simulation)).await?)
    } else {
        None
    };
    let view = PlanView { summary: plan.summary(), users: plan.users, departed, others, preflight, simulation };
    Ok((step.document(context, "plan", true, view), exit))
}

/// What users have who have departed from the manifest, as deletions, each user once; and those of the lab's name who stay.
///
/// # Errors
/// When an endpoint does not show its lists.
async fn departed(context: &Context, session: &Session) -> Result<(Vec<UserPlan>, Vec<ApartView>), Failure> {
    let going = Going::by_tags(context, session, Whose::Departed, "", &Wish::default()).await?;
    let found = going.found(session).await?;
    let mut users: Vec<UserPlan> = Vec::new();
    for user in going.plan(&found, &BTreeSet::new()).users.into_iter().filter(|user| !user.changes.is_empty()) {
        match users.iter_mut().find(|known| known.user == user.user) {
            Some(known) => known.changes.extend(user.changes),
            None => users.push(user),
        }
    }
    Ok((users, going.apart))
}

/// Tells what was decided, as counts per action.
pub(super) fn tell(journal: &Journal, plan: &Plan) {
    let Summary { create, update, delete, unchanged, edited, foreign } = plan.summary();
    let counts = [
        ("create", create),
        ("update", update),
        ("delete", delete),
        ("unchanged", unchanged),
        ("edited", edited),
        ("foreign", foreign),
    ];
    journal.tell(Happened::Planned {
        actions: counts.into_iter().map(|(word, count)| (word.to_owned(), count as u64)).collect(),
        users: plan.users.len() as u64,
    });
}
