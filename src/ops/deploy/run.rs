//! The deployment: render, read, plan, save, apply.

use std::collections::BTreeSet;

use super::super::context::Context;
use super::super::edits::{self, Edits};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::selection::Selection;
use super::super::session::Session;
use super::super::stages::{self, NotDue};
use super::super::step::{Finished, Step};
use super::super::{history, load, notices, observing, origins, preflight, rendering};
use super::result;
use super::rollout::Rollout;
use crate::apply::{self, ApplyOptions};
use crate::cloud::Depth;
use crate::event::{Happened, ProgressKind};
use crate::kind::Role;
use crate::plan::{self, Found, Plan, PlanOptions};
use crate::render::Rendered;
use crate::ui::view::{DeployView, PulledUser};

/// How a class is deployed.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeployOptions {
    /// For whom.
    pub(crate) selection: Selection,
    /// The last stage of the lesson that is meant; without one, the whole lab.
    pub(crate) through: Option<String>,
    /// What the instructor allows.
    pub(crate) plan: PlanOptions,
    /// Whether the digests in tags are believed instead of reading what is there.
    pub(crate) quick: bool,
    /// How far the class is begun while some of it fails.
    pub(crate) rollout: Rollout,
}

/// What a quick deployment has to say for itself.
const UNREAD: &str =
    "--quick: digests in tags were believed; edits by users were not looked for (`labctl deploy` without it does)";

/// Why a quick deployment was none.
const READ_AFTER_ALL: &str = "--quick: the last deployment did not come to its end, so everything was read";

/// Brings every chosen user's lab to what the manifest says.
///
/// # Errors
/// What stops it before anything is changed; changes that fail are in the result.
pub(crate) async fn deploy(context: &Context, options: &DeployOptions) -> Result<Finished<DeployView>, Failure> {
    let work = async |session: &Session| deploy_in(context, session, options, &Step::whole(context)).await;
    Session::during(context, &options.selection, work).await
}

/// Refuses to deploy at every edit where that is not on this machine.
///
/// # Errors
/// A lab that goes to AWS.
pub(crate) fn refuse_elsewhere(context: &Context) -> Result<(), Failure> {
    if load::is_for_aws(context) {
        return Err(Failure::usage(
            "`--watch` deploys at every edit, and is for the local endpoint",
            "leave it out, or add `--target local`",
        ));
    }
    Ok(())
}

/// Renders, reads, plans, and makes the plan true for the session's users.
///
/// # Errors
/// What stops it before anything is changed.
pub(crate) async fn deploy_in(
    context: &Context,
    session: &Session,
    options: &DeployOptions,
    step: &Step,
) -> Result<Finished<DeployView>, Failure> {
    let _lock = if step.is_part() { None } else { session.lock(context)? };
    // Packages are uploaded from the rendered files, so these come first; nothing else is touched before the plan stands.
    let not_due = NotDue::after(&session.lab.pack, options.through.as_deref())?;
    let mut rendered = rendering::written(context, session)?;
    let wanted = rendered.desired.users.iter().map(|user| (user.user.clone(), user.digest())).collect();
    let left_out = not_due.narrow(&session.lab.pack, &mut rendered);
    brought_roles(session).await?;
    // A tag may be there before what it tells of: only a run that came to its end is believed.
    let quick =
        options.quick && !history::was_cut_off(&context.settings.journal_path(), &session.lab.name, &session.users);
    let depth = if quick { Depth::Tags } else { Depth::Content };
    let mut found = context.unless_interrupted(observing::observed(session, &rendered, depth)).await?;
    stages::forget(&mut found, &left_out);
    notices::of_reading(context, &found);
    notices::of_labs_elsewhere(context, &rendered, &found);
    if options.quick {
        context.audience.note(if quick { UNREAD } else { READ_AFTER_ALL });
    }
    origins::note_others(context, session, &found);
    let mut plan = plan::plan(&rendered.desired, &found, options.plan);
    context.unless_interrupted(preflight::refuse_what_cannot_fit(session, &plan)).await?;
    notices::of_made_anew(context, &plan);
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
    journal.tell(Happened::planned(&plan));
    origins::put(context, session, &journal, &plan, &wanted);
    let rollout = options.rollout.among(plan.users.len());
    let options = ApplyOptions { rollout, ..session.apply_options(context, true) };
    let applied = apply::apply(&plan, &session.clouds(), &journal, &options).await;
    let view = DeployView { saved, ..result::view(&session.lab, &plan, &applied) };
    let exit = result::judge(&view, &applied);
    let summary = view.summary;
    let counts = format!("{} created, {} updated, {} failed", summary.created, summary.updated, summary.failed);
    step.finish(&journal, "deploy", exit, counts)?;
    Ok(Finished { document: step.document(context, "deploy", exit == Exit::Done, view), exit })
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
