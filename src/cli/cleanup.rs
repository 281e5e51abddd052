//! `labctl cleanup`.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::args::Selection;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::finish::finish;
use super::leaving::{Going, Whose};
use super::lock;
use super::look::{self, Closeness};
use super::preflight;
use super::run::Ended;
use super::session::Session;
use super::step::Step;
use super::sweep::{Sweep, planned, without_logs};
use crate::apply;
use crate::cloud::ErrorClass;
use crate::model::{Key, Kind};
use crate::plan::{Action, Found, Plan};
use crate::ui::ProgressKind;
use crate::ui::view::{CleanupView, Document};

#[derive(Debug, Default, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Users of this lab whom the manifest names no more.
    #[arg(long, conflicts_with_all = ["orphans", "expired", "user", "all", "only_failed"])]
    departed: bool,
    /// Everything of this lab that the manifest does not put where it is: departed users, and users who moved elsewhere.
    #[arg(long, conflicts_with_all = ["expired", "user", "all", "only_failed"])]
    orphans: bool,
    /// Every lab, whatever its name, whose last day (`expires`) is over, in the accounts and regions of the manifest.
    #[arg(long, conflicts_with_all = ["user", "all", "only_failed"])]
    expired: bool,
    /// Leave the log groups, and what is in them.
    #[arg(long)]
    keep_logs: bool,
    /// Show what would be removed and touch nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Arguments {
    fn whose(&self) -> Whose {
        match (self.departed, self.orphans, self.expired) {
            (true, ..) => Whose::Departed,
            (_, true, _) => Whose::Orphans,
            (.., true) => Whose::Expired,
            _ => Whose::Chosen,
        }
    }
}

/// Looks after the first removal; a late invocation can make a log group again.
const ROUNDS: usize = 3;

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    // What tags tell of may be anywhere the manifest's users are.
    let everybody = Selection { all: true, ..Selection::default() };
    let selection = if arguments.whose() == Whose::Chosen { &arguments.selection } else { &everybody };
    let (document, exit) = Session::during(context, selection, async |session| {
        execute(context, session, arguments, &Step::whole(context)).await
    })
    .await
    .map_err(unseen)?;
    context.show(&document, |ui| ui.cleanup(&document));
    Ok(exit)
}

/// Removes what carries the tags of the users who go, then looks again.
pub(super) async fn execute(
    context: &Context,
    session: &Session,
    arguments: &Arguments,
    step: &Step,
) -> Result<(Document<CleanupView>, Exit), Failure> {
    let going = match arguments.whose() {
        Whose::Chosen => Going::of_chosen(session, look::wanted(context, session)?),
        whose => context.unless_interrupted(Going::by_tags(session, whose, &today())).await?,
    };
    let _lock = if arguments.dry_run {
        None
    } else {
        lock::take(context, session, going.users().map(|(lab, leaving)| (lab, &leaving.user, &leaving.place)))?
    };
    let divide = |plan: Plan| if arguments.keep_logs { without_logs(plan) } else { (plan, Plan::default()) };
    // What is to go is known by its tags; a deletion reads them again unless that was a moment ago. Lists are looked at afterwards.
    let how = if arguments.dry_run { Closeness::Lists } else { Closeness::Tags };
    let found = context.unless_interrupted(going.found(session, how)).await?;
    look::tell(context, &found);
    let (mut plan, kept) = divide(going.plan(&found, &BTreeSet::new()));
    if arguments.dry_run {
        let document = step.document(context, "cleanup", true, planned(&plan, &kept));
        return Ok((document, Exit::Done));
    }
    if plan.has_changes() {
        context.confirm(&question(&plan, arguments.whose()), &session.connections).await?;
    }
    drop(found);
    let watched = ProgressKind::Changes { users: plan.users.len(), foreseen: preflight::foreseen(session, &plan) };
    let journal = session.begin(context, "cleanup", watched)?;
    super::plan::tell(&journal, &plan);
    let owned = parents(&plan);
    let mut sweep = Sweep::new(&going);
    sweep.spared(&plan, &kept);
    let mut last_look = None;
    for _ in 0..ROUNDS {
        let applied = apply::apply(&plan, &session.clouds(), &journal, &session.apply_options(context, false)).await;
        sweep.learn(&applied);
        if applied.interrupted {
            break;
        }
        let found = going.found(session, Closeness::Lists).await?;
        (plan, _) = divide(going.plan(&found, &owned));
        if !plan.has_changes() {
            last_look = Some(found);
            break;
        }
    }
    // The last word is an independent look, not what the deletions answered.
    let found = match last_look {
        Some(found) => found,
        None => going.found(session, Closeness::Lists).await?,
    };
    sweep.judge(&divide(going.plan(&found, &owned)).0, &found);
    if arguments.whose() == Whose::Chosen {
        tell_of_others(context, session, &found);
    }
    let everything_seen = sweep.saw_everything();
    let view = sweep.view();
    let exit = if context.is_cancelled() {
        Exit::Interrupted
    } else if view.summary.residue == 0 && everything_seen {
        Exit::Done
    } else if view.troubles.iter().any(|trouble| trouble.is_credentials) {
        Exit::Credentials
    } else {
        Exit::Residue
    };
    let told = format!("{} deleted, {} left", view.summary.deleted, view.summary.residue);
    let exit = finish(step, &journal, "cleanup", exit, told)?;
    Ok((step.document(context, "cleanup", exit == Exit::Done, view), exit))
}

/// Where something else answered in the service's place, nothing is known to be gone.
fn unseen(failure: Failure) -> Failure {
    match failure {
        Failure::Cloud(error) if error.class == ErrorClass::NoAnswer => Failure::Unseen(error),
        other => other,
    }
}

/// What is asked before costly work: how much, and of whom where nobody named them.
fn question(plan: &Plan, whose: Whose) -> String {
    let count = format!("delete {} resources", plan.summary().delete);
    if whose == Whose::Chosen {
        return count;
    }
    let users = plan.users.iter().filter(|user| !user.changes.is_empty());
    let users: Vec<String> = users.map(|user| format!("`{}` of lab `{}`", user.user, user.lab)).collect();
    format!("{count} of {}", users.join(", "))
}

/// The day it is in UTC, `YYYY-MM-DD`.
fn today() -> String {
    let now = jiff::Timestamp::from_millisecond(crate::host::now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    now.strftime("%Y-%m-%d").to_string()
}

/// Names users whose things carry the lab's tags but who are in no roster any more: nobody asked to remove these.
fn tell_of_others(context: &Context, session: &Session, found: &Found) {
    let known: BTreeSet<&str> = session.lab.users.iter().map(|user| user.name.as_str()).collect();
    let mut gone: BTreeMap<&str, usize> = BTreeMap::new();
    for other in found.values().flat_map(|observed| observed.others.values()) {
        if let Some(user) = other.user.as_deref().filter(|user| !known.contains(user)) {
            *gone.entry(user).or_default() += 1;
        }
    }
    for (user, count) in gone {
        context.ui.note(&format!(
            "{count} resources of `{user}`, who is not in the manifest, are still there: `labctl cleanup --departed` removes them"
        ));
    }
}

/// Functions and machines that were labctl's when the cleanup began: log groups named after them are, too.
fn parents(plan: &Plan) -> BTreeSet<Key> {
    let deleted = plan.users.iter().flat_map(|user| &user.changes).filter(|change| change.action == Action::Delete);
    deleted
        .filter(|change| matches!(change.key.kind, Kind::Function | Kind::StateMachine))
        .map(|change| change.key.clone())
        .collect()
}
