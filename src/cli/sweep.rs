//! What became of each thing of a cleanup, over all its rounds.

use std::collections::{BTreeMap, BTreeSet};

use super::edits::Edits;
use super::failure::{cloud_help, is_credentials};
use super::leaving::Going;
use crate::apply::{Applied, Outcome};
use crate::kind::LogGroup;
use crate::model::{Key, Place};
use crate::plan::{Action, Change, Found, Plan};
use crate::ui::view::{CleanedResource, CleanedUser, CleanupSummary, CleanupView, Trouble};

/// Whose thing, where: a user may have one of a name in each of two regions.
type Spot = (String, Place, Key);

/// The results so far, by user, place and resource.
pub(super) struct Sweep {
    users: Vec<String>,
    results: BTreeMap<Spot, &'static str>,
    troubles: BTreeMap<Spot, Trouble>,
    /// What users edited or made.
    edited: BTreeSet<Spot>,
    unseen: BTreeSet<String>,
}

impl Sweep {
    /// Everything wanted counts as gone already until something else is seen.
    pub(super) fn new(going: &Going) -> Self {
        let wanted = going.users().flat_map(|(_, leaving)| {
            leaving.wanted.iter().map(|key| ((leaving.user.to_string(), leaving.place.clone(), key.clone()), "absent"))
        });
        let results = wanted.collect();
        let mut users: Vec<String> = Vec::new();
        for (_, leaving) in going.users() {
            if !users.iter().any(|known| known == leaving.user.as_str()) {
                users.push(leaving.user.to_string());
            }
        }
        Self { users, results, troubles: BTreeMap::new(), edited: BTreeSet::new(), unseen: BTreeSet::new() }
    }

    /// Notes what is not labctl's, and what is to be kept.
    pub(super) fn spared(&mut self, plan: &Plan, kept: &Plan) {
        for (plan, action, word) in [(plan, Action::Foreign, "foreign"), (kept, Action::Delete, "kept")] {
            for user in &plan.users {
                for change in user.changes.iter().filter(|change| change.action == action) {
                    self.results.insert((user.user.to_string(), user.place.clone(), change.key.clone()), word);
                }
            }
        }
        for user in &plan.users {
            let edited = user.changes.iter().filter(|change| change.edited);
            self.edited.extend(edited.map(|change| (user.user.to_string(), user.place.clone(), change.key.clone())));
        }
    }

    /// Takes in what could not be saved and so was not removed.
    pub(super) fn unsaved(&mut self, edits: &Edits<'_>) {
        for ((user, place, key), trouble) in edits.troubles() {
            self.troubles.insert((user.to_string(), place.clone(), key.clone()), trouble);
        }
    }

    /// Takes in how one round ended.
    pub(super) fn learn(&mut self, plan: &Plan, applied: &Applied) {
        for (planned, user) in plan.users.iter().zip(&applied.users) {
            for result in &user.results {
                let place = (user.user.to_string(), planned.place.clone(), result.key.clone());
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

    /// The last look: what a further round would still delete is left. Where a list was refused, nobody may say that nothing is.
    pub(super) fn judge(&mut self, left: &Plan, found: &Found) {
        let mut remaining = BTreeSet::new();
        for user in &left.users {
            for change in user.changes.iter().filter(|change| change.action == Action::Delete) {
                remaining.insert((user.user.to_string(), user.place.clone(), change.key.clone()));
            }
        }
        for place in &remaining {
            self.results.insert(place.clone(), "left");
        }
        // Trouble that a later round overcame is no trouble any more.
        self.troubles.retain(|place, _| remaining.contains(place));
        self.unseen = found.values().flat_map(|observed| observed.unseen.iter().cloned()).collect();
    }

    /// Whether nothing of a user's is left or kept there.
    pub(super) fn is_gone(&self, user: &str, place: &Place) -> bool {
        let mut here = self.results.iter().filter(|((whose, at, _), _)| whose == user && at == place);
        self.unseen.is_empty() && here.all(|(_, result)| !matches!(*result, "left" | "kept"))
    }

    /// Whether every list was shown.
    pub(super) fn saw_everything(&self) -> bool {
        self.unseen.is_empty()
    }

    /// For telling.
    pub(super) fn view(self) -> CleanupView {
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
                .filter(|((user, ..), _)| user == name)
                .map(|(spot, result)| CleanedResource {
                    kind: spot.2.kind,
                    name: spot.2.name.clone(),
                    result: (*result).to_owned(),
                    edited: self.edited.contains(spot),
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
            troubles: unseen.chain(self.troubles.values().cloned()).collect(),
            ..CleanupView::default()
        }
    }
}

/// What a dry run tells; whoever has something in two places is listed once.
pub(super) fn planned(plan: &Plan, kept: &Plan) -> CleanupView {
    let mut view = CleanupView { dry_run: true, ..CleanupView::default() };
    let told = |change: &Change, word: &str| CleanedResource {
        kind: change.key.kind,
        name: change.key.name.clone(),
        result: word.to_owned(),
        edited: change.edited,
    };
    for (number, user) in plan.users.iter().enumerate() {
        let going = user
            .changes
            .iter()
            .map(|change| told(change, if change.action == Action::Foreign { "foreign" } else { "would delete" }));
        let kept = kept.users.get(number).into_iter().flat_map(|user| &user.changes);
        let resources: Vec<CleanedResource> = going.chain(kept.map(|change| told(change, "kept"))).collect();
        view.summary.foreign += resources.iter().filter(|resource| resource.result == "foreign").count();
        let name = user.user.to_string();
        match view.users.iter_mut().find(|known| known.user == name) {
            Some(known) => known.resources.extend(resources),
            None => view.users.push(CleanedUser { user: name, resources }),
        }
    }
    view
}

/// Takes the log groups out of a plan: what goes, and what is kept.
pub(super) fn without_logs(mut plan: Plan) -> (Plan, Plan) {
    let mut kept = plan.clone();
    let is_log = |change: &Change| change.key.kind == LogGroup::KIND && change.action == Action::Delete;
    for user in &mut plan.users {
        user.changes.retain(|change| !is_log(change));
    }
    for user in &mut kept.users {
        user.changes.retain(is_log);
    }
    (plan, kept)
}
