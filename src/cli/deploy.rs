//! `labctl deploy`.

use std::collections::BTreeSet;

use clap::Args;

use super::args::Selection;
use super::context::Context;
use super::exit::Exit;
use super::failure::{Failure, cloud_help};
use super::finish::finish;
use super::look::{self, Closeness};
use super::plan::EditOptions;
use super::preflight;
use super::pull;
use super::run::Ended;
use super::session::Session;
use super::step::Step;
use crate::apply::{self, Applied, ChangeResult, Outcome, UserResult};
use crate::model::{Key, Kind};
use crate::plan::{self, Action, Plan, PlanOptions};
use crate::render;
use crate::ui::ProgressKind;
use crate::ui::view::{DeploySummary, DeployView, DeployedResource, DeployedUser, Document, Trouble};

#[derive(Debug, Default, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    options: EditOptions,
    /// Believe the digests in tags instead of reading what is there: quick for a large class, but edits are not looked for.
    #[arg(long, conflicts_with = "overwrite_edits")]
    quick: bool,
}

/// What a quick deployment has to say for itself.
const UNREAD: &str =
    "--quick: digests in tags were believed; edits by users were not looked for (`labctl deploy` without it does)";

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
    let rendered = look::proven(context, session)?;
    // Packages are uploaded from the rendered files, so these come first; nothing else is touched before the plan stands.
    render::write(&rendered, &context.global.out)?;
    let rendered = rendered.without_files();
    brought_roles(session).await?;
    let how = if arguments.quick { Closeness::Tags } else { Closeness::Content };
    let found = context.unless_interrupted(look::found_by(session, &rendered, how)).await?;
    look::tell(context, &found);
    if arguments.quick {
        context.ui.note(UNREAD);
    }
    let plan = plan::plan(&rendered.desired, &found, arguments.options.into());
    context.unless_interrupted(preflight::refuse_what_cannot_fit(session, &plan)).await?;
    if plan.has_changes() {
        let summary = plan.summary();
        let work = format!("create {}, update {}, delete {} resources", summary.create, summary.update, summary.delete);
        context.confirm(&work, &session.connections)?;
    }
    if arguments.options.overwrite_edits {
        let edits = plan::plan(&rendered.desired, &found, PlanOptions::default());
        pull::note(context, &pull::save(context, session, &found, &edits).await?);
    }
    let journal = session.begin(context, "deploy", ProgressKind::Changes { users: plan.users.len() })?;
    super::plan::tell(&journal, &plan);
    let applied = apply::apply(&plan, &session.clouds(), &journal, &session.apply_options(context, true)).await;
    let view = view(&plan, &applied);
    let exit = judge(&view, &applied);
    let summary = view.summary;
    let told = format!("{} created, {} updated, {} failed", summary.created, summary.updated, summary.failed);
    let exit = finish(step, &journal, "deploy", exit, told)?;
    Ok((step.document(session, "deploy", exit == Exit::Done, view), exit))
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
            if let Ok(None) = connection.cloud.read(&Key::new(Kind::Role, name)).await {
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

/// A user fails when a change did not come true or a foreign thing is in the way.
fn judge(view: &DeployView, applied: &Applied) -> Exit {
    let failed = view.users.iter().filter(|user| user.status == "failed").count();
    if applied.interrupted {
        Exit::Interrupted
    } else if applied.credentials_ran_out {
        // Others went on to their end; nobody who is left can be helped without new credentials.
        Exit::Credentials
    } else if failed == 0 {
        Exit::Done
    } else if failed < view.users.len() {
        Exit::Partial
    } else if view.troubles.iter().all(|trouble| trouble.is_credentials) {
        Exit::Credentials
    } else {
        Exit::Failed
    }
}

fn view(plan: &Plan, applied: &Applied) -> DeployView {
    let mut view = DeployView::default();
    for (planned, result) in plan.users.iter().zip(&applied.users) {
        let mut resources = Vec::new();
        for change in &planned.changes {
            let result = result.results.iter().find(|result| result.key == change.key);
            let action = word(change.action, result);
            count(&mut view.summary, action);
            resources.push(DeployedResource {
                kind: change.key.kind,
                name: change.key.name.clone(),
                arn: result.map_or_else(|| change.arn.clone(), |result| result.arn.clone()),
                action: action.to_owned(),
                ms: result.map_or(0, |result| result.ms),
            });
        }
        let troubles = troubles(planned, result);
        view.users.push(DeployedUser {
            user: planned.user.to_string(),
            status: status(&resources, !troubles.is_empty()).to_owned(),
            error: troubles.first().map(|trouble| format!("{}: {}", trouble.what, trouble.cause)),
            resources,
        });
        view.troubles.extend(troubles);
    }
    view
}

fn word(action: Action, result: Option<&ChangeResult>) -> &'static str {
    match (action, result.map(|result| &result.outcome)) {
        (_, Some(Outcome::Failed(_))) => "failed",
        (_, Some(Outcome::Skipped(_))) => "skipped",
        (Action::Create, _) => "created",
        (Action::Update, _) => "updated",
        (Action::Delete, _) => "deleted",
        (Action::Unchanged, _) => "unchanged",
        (Action::Edited, _) => "edited",
        (Action::Foreign, _) => "foreign",
    }
}

/// What was to be done, as an infinitive.
fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Unchanged => "keep",
        Action::Edited => "keep edited",
        Action::Foreign => "leave foreign",
    }
}

fn count(summary: &mut DeploySummary, action: &str) {
    match action {
        "created" => summary.created += 1,
        "updated" => summary.updated += 1,
        "deleted" => summary.deleted += 1,
        "unchanged" => summary.unchanged += 1,
        "edited" => summary.edited += 1,
        _ => summary.failed += 1,
    }
}

fn status(resources: &[DeployedResource], failed: bool) -> &'static str {
    if failed {
        "failed"
    } else if resources.iter().any(|resource| resource.action == "skipped") {
        "interrupted"
    } else if resources.iter().all(|resource| matches!(resource.action.as_str(), "unchanged" | "edited")) {
        "unchanged"
    } else {
        "ok"
    }
}

fn troubles(planned: &plan::UserPlan, result: &UserResult) -> Vec<Trouble> {
    let user = planned.user.to_string();
    let failed = result.results.iter().filter_map(|result| match &result.outcome {
        Outcome::Failed(error) => Some(Trouble {
            what: format!("{} {}", verb(result.action), result.key),
            user: user.clone(),
            cause: error.to_string(),
            help: cloud_help(error),
            is_credentials: super::failure::is_credentials(error),
        }),
        _ => None,
    });
    let foreign = planned.changes.iter().filter(|change| change.action == Action::Foreign).map(|change| Trouble {
        what: format!("foreign {}", change.key),
        user: user.clone(),
        cause: change.reason.clone(),
        help: Some(
            "remove what is in the way, or choose another user name; `--adopt` takes over what carries nobody's tags"
                .to_owned(),
        ),
        is_credentials: false,
    });
    failed.chain(foreign).collect()
}
