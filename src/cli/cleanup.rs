//! `labctl cleanup`.

use std::collections::BTreeSet;

use clap::Args;

use super::args::Selection;
use super::context::Context;
use super::edits::Edits;
use super::exit::Exit;
use super::failure::Failure;
use super::finish::finish;
use super::leaving::{Going, Whose, Wish};
use super::lock;
use super::look;
use super::origins;
use super::preflight;
use super::run::Ended;
use super::session::Session;
use super::step::Step;
use super::sweep::{Sweep, planned, without_logs};
use crate::apply;
use crate::cloud::ErrorClass;
use crate::model::Key;
use crate::plan::{Action, ByHand, Claim, Plan};
use crate::ui::view::{ByHandResource, ByHandView, CleanupView, Document};
use crate::ui::{ProgressKind, counted_len};

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
    /// Also this user, whom `--departed` or `--orphans` lists apart: another manifest of the lab's name may have put the lab there. May be
    /// given more than once.
    #[arg(long, value_name = "USER", conflicts_with_all = ["expired", "user", "all", "only_failed"])]
    also: Vec<String>,
    /// Also what carries nobody's tags and begins as the users' names do (`<user>-`): what students made by hand. Lists it, and asks.
    #[arg(long)]
    with_prefix: bool,
    /// Leave the log groups, and what is in them.
    #[arg(long)]
    keep_logs: bool,
    /// Show what would be removed and touch nothing.
    #[arg(long)]
    dry_run: bool,
    /// What a rehearsal made: nothing else goes then.
    #[arg(skip)]
    only_made: Option<BTreeSet<Key>>,
}

impl Arguments {
    /// The end of a rehearsal: what it made goes, with the log groups named after that. Without a list, all that is there was made.
    pub(super) fn of_rehearsal(made: Option<BTreeSet<Key>>) -> Self {
        Self { only_made: made, ..Self::default() }
    }

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

    fn whose(&self) -> Whose {
        match (self.departed, self.orphans, self.expired) {
            (true, ..) => Whose::Departed,
            (_, true, _) => Whose::Orphans,
            (.., true) => Whose::Expired,
            _ => Whose::Chosen,
        }
    }

    fn wish(&self) -> Wish {
        Wish { also: self.also.clone(), with_prefix: self.with_prefix }
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
    let going = going(context, session, arguments).await?;
    let _lock = if arguments.dry_run || step.is_part() {
        None
    } else {
        lock::take(context, session, going.users().map(|(lab, leaving)| (lab, &leaving.user, &leaving.place)))?
    };
    let divide = |plan: Plan| {
        let plan = arguments.within(plan);
        if arguments.keep_logs { without_logs(plan) } else { (plan, Plan::default()) }
    };
    let found = context.unless_interrupted(going.found(session)).await?;
    look::tell(context, &found);
    let (mut plan, kept) = divide(going.plan(&found, &BTreeSet::new()));
    if arguments.dry_run {
        let view = CleanupView { others: going.apart.clone(), ..planned(&plan, &kept) };
        let view = CleanupView { by_hand: told_by_hand(&going.by_hand(&found)), ..view };
        return Ok((step.document(context, "cleanup", true, view), Exit::Done));
    }
    agree(context, session, arguments, &plan).await?;
    let mut edits = Edits::new(context, session, going.desired());
    edits.save_first(&found, &mut plan).await;
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
        sweep.learn(&plan, &applied);
        if applied.interrupted {
            break;
        }
        let found = going.found(session).await?;
        (plan, _) = divide(going.plan(&found, &owned));
        edits.save_first(&found, &mut plan).await;
        if !plan.has_changes() {
            last_look = Some(found);
            break;
        }
    }
    // The last word is an independent look, not what the deletions answered.
    let found = match last_look {
        Some(found) => found,
        None => going.found(session).await?,
    };
    sweep.unsaved(&edits);
    sweep.judge(&divide(going.plan(&found, &owned)).0, &found);
    if arguments.whose() == Whose::Chosen {
        origins::tell_of_others(context, session, &found);
    }
    for (lab, leaving) in going.users().filter(|(_, one)| sweep.is_gone(one.user.as_str(), &one.place)) {
        origins::removed(session, &journal, lab, &leaving.user, &leaving.place);
    }
    let everything_seen = sweep.saw_everything();
    let by_hand = told_by_hand(&going.by_hand(&found));
    let view = CleanupView { saved: edits.saved(), others: going.apart.clone(), by_hand, ..sweep.view() };
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

/// Whose labs go.
///
/// # Errors
/// Mistakes of the templates, lists that an endpoint does not show, `--also` where nobody stands apart.
async fn going(context: &Context, session: &Session, arguments: &Arguments) -> Result<Going, Failure> {
    let wish = arguments.wish();
    match arguments.whose() {
        Whose::Chosen | Whose::Expired if !wish.also.is_empty() => Err(Failure::usage(
            "`--also` names users beside those who have departed",
            "add `--departed` or `--orphans`; users of the manifest are chosen with `--user`",
        )),
        Whose::Chosen => Ok(Going::of_chosen(session, look::wanted(context, session)?, &wish)),
        whose => context.unless_interrupted(Going::by_tags(context, session, whose, &today(), &wish)).await,
    }
}

/// Asks before anything is removed: where it costs, and wherever it is about what labctl did not make, which is listed first.
///
/// # Errors
/// When nobody can be asked or the answer is not `yes`; nothing was touched.
async fn agree(context: &Context, session: &Session, arguments: &Arguments, plan: &Plan) -> Result<(), Failure> {
    if !plan.has_changes() {
        return Ok(());
    }
    let question = question(plan, arguments.whose());
    let changes = plan.users.iter().flat_map(|user| &user.changes);
    let by_hand: Vec<_> = changes.filter(|change| change.claim == Some(Claim::Prefix)).collect();
    if by_hand.is_empty() {
        return context.confirm(&question, &session.connections).await;
    }
    for change in &by_hand {
        context.ui.note(&format!("not labctl's: {}", change.key));
    }
    let question = format!("{question}, {} of them not labctl's,", by_hand.len());
    context.confirm_anywhere(&question, &session.connections).await
}

/// What begins as users' names do and is not labctl's, for telling; what two regions show of one account is told once.
pub(super) fn told_by_hand(by_hand: &[ByHand]) -> Vec<ByHandView> {
    let mut told: Vec<ByHandView> = Vec::new();
    for one in by_hand {
        let resources = one.keys.iter().map(|key| ByHandResource { kind: key.kind, name: key.name.clone() });
        let user = one.user.to_string();
        if !told.iter().any(|known| known.user == user) {
            told.push(ByHandView { user: user.clone(), count: 0, resources: Vec::new() });
        }
        let Some(known) = told.iter_mut().find(|known| known.user == user) else { continue };
        for resource in resources {
            if !resource.kind.is_global() || !known.resources.contains(&resource) {
                known.resources.push(resource);
            }
        }
        known.count = known.resources.len();
    }
    told
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
    let now = jiff::Timestamp::from_millisecond(crate::host::now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    now.strftime("%Y-%m-%d").to_string()
}

/// Functions and machines that were labctl's when the cleanup began: log groups named after them are, too.
fn parents(plan: &Plan) -> BTreeSet<Key> {
    let deleted = plan.users.iter().flat_map(|user| &user.changes).filter(|change| change.action == Action::Delete);
    deleted.filter(|change| change.key.kind.facts().is_logged).map(|change| change.key.clone()).collect()
}
