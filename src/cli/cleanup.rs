//! `labctl cleanup`.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::args::Selection;
use super::context::Context;
use super::exit::Exit;
use super::failure::{Failure, cloud_help, is_credentials};
use super::finish::finish;
use super::look::{self, Closeness};
use super::run::Ended;
use super::session::Session;
use super::step::Step;
use crate::apply::{self, Applied, Outcome};
use crate::model::{Key, Kind, LabName};
use crate::plan::{self, Action, Found, Leaving, Plan};
use crate::render::Rendered;
use crate::ui::ProgressKind;
use crate::ui::view::{CleanedResource, CleanedUser, CleanupSummary, CleanupView, Document, Trouble};

#[derive(Debug, Default, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Show what would be removed and touch nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Looks after the first removal; a late invocation can make a log group again.
const ROUNDS: usize = 3;

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let (document, exit) = Session::during(context, &arguments.selection, async |session| {
        execute(context, session, arguments, &Step::whole(context)).await
    })
    .await?;
    context.show(&document, |ui| ui.cleanup(&document));
    Ok(exit)
}

/// Removes what carries the tags of the lab and of the session's users, then looks again.
pub(super) async fn execute(
    context: &Context,
    session: &Session,
    arguments: &Arguments,
    step: &Step,
) -> Result<(Document<CleanupView>, Exit), Failure> {
    let rendered = look::wanted(context, session)?.without_files();
    let leaving = leaving(&rendered);
    // What is to go is known by its tags, which are read again at each deletion, and lists are looked at afterwards.
    let how = if arguments.dry_run { Closeness::Lists } else { Closeness::Tags };
    let found = look::found_by(session, &rendered, how).await?;
    look::tell(context, &found);
    let plan = plan::teardown(&found, &session.lab.name, &leaving, &BTreeSet::new());
    if arguments.dry_run {
        let view = planned(&plan);
        let document = step.document(session, "cleanup", true, view);
        return Ok((document, Exit::Done));
    }
    if plan.has_changes() {
        context.confirm(&format!("delete {} resources", plan.summary().delete), &session.connections)?;
    }
    let journal = session.begin(context, "cleanup", ProgressKind::Changes { users: plan.users.len() })?;
    super::plan::tell(&journal, &plan);
    let owned = parents(&plan);
    let mut sweep = Sweep::new(&rendered);
    sweep.foreign(&plan);
    let mut plan = plan;
    let mut last_look = None;
    for _ in 0..ROUNDS {
        let applied = apply::apply(&plan, &session.clouds(), &journal, &context.apply_options(false)).await;
        sweep.learn(&applied);
        if applied.interrupted {
            break;
        }
        let found = look::found_by(session, &rendered, Closeness::Lists).await?;
        plan = plan::teardown(&found, &session.lab.name, &leaving, &owned);
        if !plan.has_changes() {
            last_look = Some(found);
            break;
        }
    }
    // The last word is an independent look, not what the deletions answered.
    let found = match last_look {
        Some(found) => found,
        None => look::found_by(session, &rendered, Closeness::Lists).await?,
    };
    sweep.judge(&found, &session.lab.name, &leaving, &owned);
    sweep.unseen(&found);
    tell_of_others(context, session, &found);
    let everything_seen = sweep.unseen.is_empty();
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
    Ok((step.document(session, "cleanup", exit == Exit::Done, view), exit))
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
            "{count} resources of `{user}`, who is not in the manifest, are still there: name the user in the manifest to remove them"
        ));
    }
}

fn leaving(rendered: &Rendered) -> Vec<Leaving> {
    rendered
        .desired
        .users
        .iter()
        .map(|user| Leaving {
            user: user.user.clone(),
            place: user.place.clone(),
            wanted: user.resources.iter().map(|resource| resource.key.clone()).collect(),
        })
        .collect()
}

/// Functions and machines that were labctl's when the cleanup began: log groups named after them are, too.
fn parents(plan: &Plan) -> BTreeSet<Key> {
    let deleted = plan.users.iter().flat_map(|user| &user.changes).filter(|change| change.action == Action::Delete);
    deleted
        .filter(|change| matches!(change.key.kind, Kind::Function | Kind::StateMachine))
        .map(|change| change.key.clone())
        .collect()
}

fn planned(plan: &Plan) -> CleanupView {
    let mut view = CleanupView { dry_run: true, ..CleanupView::default() };
    for user in &plan.users {
        let resources: Vec<CleanedResource> = user
            .changes
            .iter()
            .map(|change| {
                let result = if change.action == Action::Foreign { "foreign" } else { "would delete" };
                CleanedResource { kind: change.key.kind, name: change.key.name.clone(), result: result.to_owned() }
            })
            .collect();
        view.summary.foreign += resources.iter().filter(|resource| resource.result == "foreign").count();
        view.users.push(CleanedUser { user: user.user.to_string(), resources });
    }
    view
}

/// What became of each thing, over all rounds.
struct Sweep {
    users: Vec<String>,
    results: BTreeMap<(String, Key), &'static str>,
    troubles: BTreeMap<(String, Key), Trouble>,
    unseen: BTreeSet<String>,
}

impl Sweep {
    /// Everything wanted counts as gone already until something else is seen.
    fn new(rendered: &Rendered) -> Self {
        let mut results = BTreeMap::new();
        for user in &rendered.desired.users {
            for resource in &user.resources {
                results.insert((user.user.to_string(), resource.key.clone()), "absent");
            }
        }
        let users = rendered.desired.users.iter().map(|user| user.user.to_string()).collect();
        Self { users, results, troubles: BTreeMap::new(), unseen: BTreeSet::new() }
    }

    fn foreign(&mut self, plan: &Plan) {
        for user in &plan.users {
            for change in user.changes.iter().filter(|change| change.action == Action::Foreign) {
                self.results.insert((user.user.to_string(), change.key.clone()), "foreign");
            }
        }
    }

    fn learn(&mut self, applied: &Applied) {
        for user in &applied.users {
            for result in &user.results {
                let place = (user.user.to_string(), result.key.clone());
                match &result.outcome {
                    Outcome::Done => {
                        self.results.insert(place, "deleted");
                    }
                    Outcome::AlreadyGone => {
                        self.results.entry(place).or_insert("absent");
                    }
                    // What was not tried is judged by the last look.
                    Outcome::Kept | Outcome::Foreign | Outcome::Skipped(_) => {}
                    Outcome::Failed(error) => {
                        let trouble = Trouble {
                            what: format!("delete {}", result.key),
                            user: user.user.to_string(),
                            cause: error.to_string(),
                            help: cloud_help(error),
                            is_credentials: is_credentials(error),
                        };
                        self.troubles.insert(place, trouble);
                    }
                }
            }
        }
    }

    fn judge(&mut self, found: &Found, lab: &LabName, leaving: &[Leaving], owned: &BTreeSet<Key>) {
        let left = plan::teardown(found, lab, leaving, owned);
        let mut remaining = BTreeSet::new();
        for user in &left.users {
            for change in user.changes.iter().filter(|change| change.action == Action::Delete) {
                remaining.insert((user.user.to_string(), change.key.clone()));
            }
        }
        for place in &remaining {
            self.results.insert(place.clone(), "left");
        }
        // Trouble that a later round overcame is no trouble any more.
        self.troubles.retain(|place, _| remaining.contains(place));
    }

    /// Where a list was refused, nobody may say that nothing is left.
    fn unseen(&mut self, found: &Found) {
        self.unseen = found.values().flat_map(|observed| observed.unseen.iter().cloned()).collect();
    }

    fn view(self) -> CleanupView {
        let count = |word: &str| self.results.values().filter(|result| **result == word).count();
        let summary = CleanupSummary {
            deleted: count("deleted"),
            absent: count("absent"),
            foreign: count("foreign"),
            residue: count("left"),
        };
        let users = self.users.iter().map(|name| CleanedUser {
            user: name.clone(),
            resources: self
                .results
                .iter()
                .filter(|((user, _), _)| user == name)
                .map(|((_, key), result)| CleanedResource {
                    kind: key.kind,
                    name: key.name.clone(),
                    result: (*result).to_owned(),
                })
                .collect(),
        });
        let unseen = self.unseen.iter().map(|what| Trouble {
            what: "look for what is left".to_owned(),
            user: "everybody".to_owned(),
            cause: what.clone(),
            help: Some(
                "give the credentials this permission and run the same command again: what is left was not seen"
                    .to_owned(),
            ),
            is_credentials: false,
        });
        let users = users.collect();
        CleanupView {
            summary,
            users,
            dry_run: false,
            troubles: unseen.chain(self.troubles.values().cloned()).collect(),
        }
    }
}
