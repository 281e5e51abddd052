//! The cleanup: read, agree, save, remove, and read again until nothing is left.

use std::collections::BTreeSet;

use super::super::by_hand::by_hand_views;
use super::super::context::Context;
use super::super::edits::Edits;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::selection::Selection;
use super::super::session::Session;
use super::super::step::{Finished, Step};
use super::super::teardown::{Teardown, TeardownOptions, Whose};
use super::super::{notices, origins, preflight, unrendered};
use super::sweep::{Sweep, divided, planned};
use crate::apply;
use crate::cloud::ErrorClass;
use crate::event::{Happened, ProgressKind};
use crate::host;
use crate::model::Key;
use crate::plan::{Action, Claim, Plan};
use crate::ui::counted_len;
use crate::ui::view::CleanupView;

/// What is removed.
#[derive(Clone, Debug, Default)]
pub(crate) struct CleanupOptions {
    /// Whose labs, where users of the manifest are chosen.
    pub(crate) selection: Selection,
    /// Whose things, and which.
    pub(crate) teardown: TeardownOptions,
    /// Whether log groups stay, and what is in them.
    pub(crate) keep_logs: bool,
    /// Whether only that is shown which would be removed.
    pub(crate) dry_run: bool,
    /// What a rehearsal made: nothing else is removed then but log groups named after that.
    pub(crate) only_made: Option<BTreeSet<Key>>,
}

impl CleanupOptions {
    /// A plan without what a rehearsal did not make.
    fn within(&self, mut plan: Plan) -> Plan {
        if let Some(made) = &self.only_made {
            let is_made = |key: &Key| made.contains(key) || key.named_after().is_some_and(|it| made.contains(&it));
            for user in &mut plan.users {
                user.changes.retain(|change| change.action != Action::Delete || is_made(&change.key));
            }
        }
        plan
    }
}

/// Looks after the first removal; a late invocation can make a log group again.
const ROUNDS: usize = 3;

/// Removes what labctl made for the users whose labs are to be removed, and proves that nothing is left.
///
/// # Errors
/// What stops it before anything is removed, or an endpoint that does not show what is left.
pub(crate) async fn cleanup(context: &Context, options: &CleanupOptions) -> Result<Finished<CleanupView>, Failure> {
    // Tagged resources may be anywhere the manifest's users are.
    let everybody = Selection::everybody();
    let selection = if options.teardown.whose == Whose::Chosen { &options.selection } else { &everybody };
    let work = async |session: &Session| cleanup_in(context, session, options, &Step::whole(context)).await;
    Session::during_as_it_stands(context, selection, work).await.map_err(unseen)
}

/// Removes what carries the tags of the users who go, then looks again.
///
/// # Errors
/// What stops it before anything is removed, or an endpoint that does not show what is left.
pub(crate) async fn cleanup_in(
    context: &Context,
    session: &Session,
    options: &CleanupOptions,
    step: &Step,
) -> Result<Finished<CleanupView>, Failure> {
    let teardown = teardown(context, session, options).await?;
    let _lock = if options.dry_run || step.is_part() {
        None
    } else {
        session.lock_labs(
            context,
            teardown.users().map(|(lab, user_teardown)| (lab, &user_teardown.user, &user_teardown.place)),
        )?
    };
    let found = context.unless_interrupted(teardown.found(session)).await?;
    notices::of_reading(context, &found);
    // What is the account's may be what a lab in another region stands on.
    let elsewhere = teardown.elsewhere(&found, options.teardown.whose);
    notices::of_kept_elsewhere(context, &elsewhere);
    let divide = |plan: Plan| divided(options.within(plan), options.keep_logs, &elsewhere);
    let (mut plan, kept) = divide(teardown.plan(&found, &BTreeSet::new()));
    if options.dry_run {
        let view = CleanupView { others: teardown.apart.clone(), ..planned(&plan, &kept) };
        let view = CleanupView { by_hand: by_hand_views(&teardown.by_hand(&found)), ..view };
        let document = step.document(context, "cleanup", true, view);
        return Ok(Finished { document, exit: Exit::Done });
    }
    agree(context, session, options, &plan).await?;
    let mut edits = Edits::new(context, session, teardown.desired());
    edits.save_first(&found, &mut plan).await;
    drop(found);
    let watched = ProgressKind::Changes { users: plan.users.len(), foreseen: preflight::foreseen(session, &plan) };
    let journal = session.begin(context, "cleanup", watched)?;
    journal.tell(Happened::planned(&plan));
    let owned = parents(&plan);
    let mut sweep = Sweep::new(&teardown);
    sweep.spared(&plan, &kept);
    let mut last_look = None;
    for _ in 0..ROUNDS {
        let applied = apply::apply(&plan, &session.clouds(), &journal, &session.apply_options(context, false)).await;
        sweep.learn(&plan, &applied);
        if applied.interrupted {
            break;
        }
        let found = teardown.found(session).await?;
        (plan, _) = divide(teardown.plan(&found, &owned));
        edits.save_first(&found, &mut plan).await;
        if !plan.has_changes() {
            last_look = Some(found);
            break;
        }
    }
    // The last word is an independent look, not what the deletions answered.
    let found = match last_look {
        Some(found) => found,
        None => teardown.found(session).await?,
    };
    sweep.unsaved(&edits);
    sweep.judge(&divide(teardown.plan(&found, &owned)).0, &found);
    if options.teardown.whose == Whose::Chosen {
        origins::note_others(context, session, &found);
    }
    for (lab, user_teardown) in teardown.users().filter(|(_, one)| sweep.is_gone(one.user.as_str(), &one.place)) {
        origins::removed(session, &journal, lab, &user_teardown.user, &user_teardown.place);
    }
    let everything_seen = sweep.saw_everything();
    let by_hand = by_hand_views(&teardown.by_hand(&found));
    let view = CleanupView { saved: edits.saved(), others: teardown.apart.clone(), by_hand, ..sweep.view() };
    let exit = if context.is_cancelled() {
        Exit::Interrupted
    } else if view.summary.residue == 0 && everything_seen {
        Exit::Done
    } else if view.troubles.iter().any(|trouble| trouble.is_credentials) {
        Exit::Credentials
    } else {
        Exit::Residue
    };
    let counts = format!("{} deleted, {} left", view.summary.deleted, view.summary.residue);
    step.finish(&journal, "cleanup", exit, counts)?;
    Ok(Finished { document: step.document(context, "cleanup", exit == Exit::Done, view), exit })
}

/// Where something else answered in the service's place, nothing is known to be gone.
fn unseen(failure: Failure) -> Failure {
    match failure {
        Failure::Cloud(error) if error.class == ErrorClass::NoAnswer => Failure::Unseen(error),
        other => other,
    }
}

/// Whose labs are removed.
///
/// # Errors
/// Lists that an endpoint does not show, `--also` where nobody stands apart.
async fn teardown(context: &Context, session: &Session, options: &CleanupOptions) -> Result<Teardown, Failure> {
    let options = &options.teardown;
    match options.whose {
        Whose::Chosen | Whose::Expired if !options.also.is_empty() => Err(Failure::usage(
            "`--also` names users beside those who have departed",
            "add `--departed` or `--orphans`; users of the manifest are chosen with `--user`",
        )),
        Whose::Chosen => Ok(match unrendered::wanted(context, session) {
            Some(rendered) => Teardown::of_chosen(session, rendered, options),
            None => Teardown::of_unrendered(context, session, options),
        }),
        _ => context.unless_interrupted(Teardown::by_tags(context, session, &today(), options)).await,
    }
}

/// Asks before anything is removed: where it costs, and wherever it is about what labctl did not make, which is listed first.
///
/// # Errors
/// When nobody can be asked or the answer is not `yes`; nothing was touched.
async fn agree(context: &Context, session: &Session, options: &CleanupOptions, plan: &Plan) -> Result<(), Failure> {
    if !plan.has_changes() {
        return Ok(());
    }
    let question = question(plan, options.teardown.whose);
    let changes = plan.users.iter().flat_map(|user| &user.changes);
    let by_hand: Vec<_> = changes.filter(|change| change.claim == Some(Claim::Prefix)).collect();
    if by_hand.is_empty() {
        return context.confirm(&question, &session.connections).await;
    }
    for change in &by_hand {
        context.audience.note(&format!("not labctl's: {}", change.key));
    }
    let question = format!("{question}, {} of them not labctl's,", by_hand.len());
    context.confirm_anywhere(&question, &session.connections).await
}

/// What is asked before costly work: how much, and of whom where nobody named them.
fn question(plan: &Plan, whose: Whose) -> String {
    let count = format!("delete {}", counted_len(plan.summary().delete, "resource"));
    if whose == Whose::Chosen {
        return count;
    }
    let users = plan.users.iter().filter(|user| !user.changes.is_empty());
    let users: Vec<String> = users.map(|user| format!("`{}` of lab `{}`", user.user, user.lab)).collect();
    format!("{count} of {}", users.join(", "))
}

/// The day it is in UTC, `YYYY-MM-DD`.
fn today() -> String {
    let now = jiff::Timestamp::from_millisecond(host::now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    now.strftime("%Y-%m-%d").to_string()
}

/// Functions and machines that were labctl's when the cleanup began: log groups named after them are, too.
fn parents(plan: &Plan) -> BTreeSet<Key> {
    let deleted = plan.users.iter().flat_map(|user| &user.changes).filter(|change| change.action == Action::Delete);
    deleted.filter(|change| change.key.kind.facts().is_logged).map(|change| change.key.clone()).collect()
}
