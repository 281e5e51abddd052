//! `labctl deploy`.

use std::collections::BTreeSet;

use clap::Args;

use super::args::Selection;
use super::caution::CautionOptions;
use super::context::Context;
use super::deployed;
use super::edits::{self, Edits};
use super::exit::Exit;
use super::failure::Failure;
use super::finish::finish;
use super::look::{self, Closeness};
use super::plan::EditOptions;
use super::preflight;
use super::run::Ended;
use super::selection::was_cut_off;
use super::session::Session;
use super::step::Step;
use crate::apply::{self, ApplyOptions};
use crate::kind::Role;
use crate::plan::{self, Found, Plan};
use crate::render::Rendered;
use crate::ui::ProgressKind;
use crate::ui::view::{DeployView, Document, PulledUser};

#[derive(Debug, Default, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    options: EditOptions,
    /// Believe the digests in tags instead of reading what is there: quick for a large class, but edits are not looked for.
    #[arg(long, conflicts_with = "overwrite_edits")]
    quick: bool,
    #[command(flatten)]
    caution: CautionOptions,
}

/// What a quick deployment has to say for itself.
const UNREAD: &str =
    "--quick: digests in tags were believed; edits by users were not looked for (`labctl deploy` without it does)";

/// Why a quick deployment was none.
const READ_AFTER_ALL: &str = "--quick: the last deployment did not come to its end, so everything was read";

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let (document, exit) = Session::during(context, &arguments.selection, async |session| {
        execute(context, session, arguments, &Step::whole(context)).await
    })
    .await?;
    context.show(&document, |ui| ui.deploy(&document));
    Ok(exit)
}

/// Renders, looks, plans, and makes the plan true for the session's users.
pub(super) async fn execute(
    context: &Context,
    session: &Session,
    arguments: &Arguments,
    step: &Step,
) -> Result<(Document<DeployView>, Exit), Failure> {
    let _lock = if step.is_part() { None } else { session.lock(context)? };
    // Packages are uploaded from the rendered files, so these come first; nothing else is touched before the plan stands.
    let rendered = look::written(context, session)?;
    brought_roles(session).await?;
    // A tag may be there before what it tells of: only a run that came to its end is believed.
    let quick = arguments.quick && !was_cut_off(&context.journal_path(), &session.lab.name, &session.users);
    let how = if quick { Closeness::Tags } else { Closeness::Content };
    let found = context.unless_interrupted(look::found_by(session, &rendered, how)).await?;
    look::tell(context, &found);
    look::tell_of_labs_elsewhere(context, &rendered, &found);
    if arguments.quick {
        context.ui.note(if quick { UNREAD } else { READ_AFTER_ALL });
    }
    super::origins::tell_of_others(context, session, &found);
    let mut plan = plan::plan(&rendered.desired, &found, arguments.options.into());
    context.unless_interrupted(preflight::refuse_what_cannot_fit(session, &plan)).await?;
    if plan.has_changes() {
        let summary = plan.summary();
        let work = format!("create {}, update {}, delete {} resources", summary.create, summary.update, summary.delete);
        context.confirm(&work, &session.connections).await?;
    }
    let saved = save_first(context, session, &rendered, &found, &mut plan).await?;
    // The plan says everything; of a large class the look is as much again.
    drop((found, rendered));
    let watched = ProgressKind::Changes { users: plan.users.len(), foreseen: preflight::foreseen(session, &plan) };
    let journal = session.begin(context, "deploy", watched)?;
    super::plan::tell(&journal, &plan);
    super::origins::put(context, session, &journal, &plan);
    let caution = arguments.caution.among(plan.users.len());
    let options = ApplyOptions { caution, ..session.apply_options(context, true) };
    let applied = apply::apply(&plan, &session.clouds(), &journal, &options).await;
    let view = DeployView { saved, ..deployed::view(&session.lab, &plan, &applied) };
    let exit = deployed::judge(&view, &applied);
    let summary = view.summary;
    let told = format!("{} created, {} updated, {} failed", summary.created, summary.updated, summary.failed);
    let exit = finish(step, &journal, "deploy", exit, told)?;
    Ok((step.document(context, "deploy", exit == Exit::Done, view), exit))
}

/// Saves what users edited and this deployment takes back, or takes over.
///
/// # Errors
/// When something cannot be saved; nothing was touched.
async fn save_first(
    context: &Context,
    session: &Session,
    rendered: &Rendered,
    found: &Found,
    plan: &mut Plan,
) -> Result<Vec<PulledUser>, Failure> {
    let mut edits = Edits::new(context, session, Some(&rendered.desired));
    edits.save_first(found, plan).await;
    let saved = edits.saved();
    edits::note(context, &saved);
    match edits.into_failure() {
        Some(failure) => Err(failure),
        None => Ok(saved),
    }
}

/// A role that is brought along must be there: waiting for it, as for a fresh one, would be in vain. Accounts that do not let
/// roles be read (AWS Academy) are taken at the manifest's word.
///
/// # Errors
/// The first role that is not there.
async fn brought_roles(session: &Session) -> Result<(), Failure> {
    let mut known = BTreeSet::new();
    for user in &session.users {
        let connection = session.connection(user)?;
        for (key, role) in &user.iam.brought {
            let name = role.rsplit('/').next().unwrap_or(role);
            if !known.insert((connection.place.clone(), name.to_owned())) {
                continue;
            }
            if let Ok(None) = connection.cloud.read(&Role::key(name)).await {
                return Err(Failure::usage(
                    format!("the role `{role}` that `iam.{key}` brings is not in account {}", connection.place.account),
                    format!(
                        "create it, correct `iam.{key}`, or leave it out so that labctl makes a role for each user"
                    ),
                ));
            }
        }
    }
    Ok(())
}
