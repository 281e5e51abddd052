//! What became of each thing of a cleanup, over all its rounds.

use std::collections::{BTreeMap, BTreeSet};

use super::super::advice::{cloud_help, is_credentials};
use super::super::edits::Edits;
use super::super::teardown::Teardown;
use crate::apply::{Applied, Outcome};
use crate::kind::LogGroup;
use crate::model::{Key, Place, UserName};
use crate::plan::{Action, Change, Elsewhere, Found, Plan};
use crate::ui::view::{CleanedAs, CleanedResource, CleanedUser, CleanupSummary, CleanupView, Trouble};

/// Whose thing, where: a user may have one of a name in each of two regions.
type Spot = (String, Place, Key);

/// The results so far, by user, place and resource.
pub(crate) struct Sweep {
    users: Vec<String>,
    results: BTreeMap<Spot, CleanedAs>,
    troubles: BTreeMap<Spot, Trouble>,
    /// What users edited or made.
    edited: BTreeSet<Spot>,
    unseen: BTreeSet<String>,
}

impl Sweep {
    /// Everything wanted counts as gone already until something else is seen.
    pub(crate) fn new(teardown: &Teardown) -> Self {
        let wanted = teardown.users().flat_map(|(_, user_teardown)| {
            user_teardown.wanted.iter().map(|key| {
                ((user_teardown.user.to_string(), user_teardown.place.clone(), key.clone()), CleanedAs::Absent)
            })
        });
        let results = wanted.collect();
        let mut users: Vec<String> = Vec::new();
        for (_, user_teardown) in teardown.users() {
            if !users.iter().any(|known| known == user_teardown.user.as_str()) {
                users.push(user_teardown.user.to_string());
            }
        }
        Self { users, results, troubles: BTreeMap::new(), edited: BTreeSet::new(), unseen: BTreeSet::new() }
    }

    /// Notes what is not labctl's, and what is to be kept.
    pub(crate) fn spared(&mut self, plan: &Plan, kept: &Plan) {
        for (plan, action, word) in
            [(plan, Action::Foreign, CleanedAs::Foreign), (kept, Action::Delete, CleanedAs::Kept)]
        {
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
    pub(crate) fn unsaved(&mut self, edits: &Edits<'_>) {
        for ((user, place, key), trouble) in edits.troubles() {
            self.troubles.insert((user.to_string(), place.clone(), key.clone()), trouble);
        }
    }

    /// Takes in how one round ended.
    pub(crate) fn learn(&mut self, plan: &Plan, applied: &Applied) {
        for (planned, user) in plan.users.iter().zip(&applied.users) {
            for result in &user.results {
                let place = (user.user.to_string(), planned.place.clone(), result.key.clone());
                match &result.outcome {
                    Outcome::Done => {
                        self.results.insert(place, CleanedAs::Deleted);
                    }
                    Outcome::AlreadyGone => {
                        self.results.entry(place).or_insert(CleanedAs::Absent);
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
    pub(crate) fn judge(&mut self, left: &Plan, found: &Found) {
        let mut remaining = BTreeSet::new();
        for user in &left.users {
            for change in user.changes.iter().filter(|change| change.action == Action::Delete) {
                remaining.insert((user.user.to_string(), user.place.clone(), change.key.clone()));
            }
        }
        for place in &remaining {
            self.results.insert(place.clone(), CleanedAs::Left);
        }
        // Trouble that a later round overcame is no trouble any more.
        self.troubles.retain(|place, _| remaining.contains(place));
        self.unseen = found.values().flat_map(|observed| observed.unseen.iter().cloned()).collect();
    }

    /// Whether nothing of a user's is left or kept there.
    pub(crate) fn is_gone(&self, user: &str, place: &Place) -> bool {
        let mut here = self.results.iter().filter(|((whose, at, _), _)| whose == user && at == place);
        self.unseen.is_empty() && here.all(|(_, result)| !matches!(result, CleanedAs::Left | CleanedAs::Kept))
    }

    /// Whether every list was shown.
    pub(crate) fn saw_everything(&self) -> bool {
        self.unseen.is_empty()
    }

    /// For telling.
    pub(crate) fn view(self) -> CleanupView {
        let count = |wanted| self.results.values().filter(|result| **result == wanted).count();
        let summary = CleanupSummary {
            deleted: count(CleanedAs::Deleted),
            absent: count(CleanedAs::Absent),
            foreign: count(CleanedAs::Foreign),
            residue: count(CleanedAs::Left),
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
                    result: *result,
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
pub(crate) fn planned(plan: &Plan, kept: &Plan) -> CleanupView {
    let mut view = CleanupView { dry_run: true, ..CleanupView::default() };
    let cleaned = |change: &Change, result| CleanedResource {
        kind: change.key.kind,
        name: change.key.name.clone(),
        result,
        edited: change.edited,
    };
    for (number, user) in plan.users.iter().enumerate() {
        let removed = user.changes.iter().map(|change| {
            cleaned(change, if change.action == Action::Foreign { CleanedAs::Foreign } else { CleanedAs::WouldDelete })
        });
        let kept = kept.users.get(number).into_iter().flat_map(|user| &user.changes);
        let resources: Vec<CleanedResource> =
            removed.chain(kept.map(|change| cleaned(change, CleanedAs::Kept))).collect();
        view.summary.foreign += resources.iter().filter(|resource| resource.result == CleanedAs::Foreign).count();
        let name = user.user.to_string();
        match view.users.iter_mut().find(|known| known.user == name) {
            Some(known) => known.resources.extend(resources),
            None => view.users.push(CleanedUser { user: name, resources }),
        }
    }
    view
}

/// Takes what is kept out of a plan: log groups where that is asked for, and what a lab in another region stands on.
pub(crate) fn divided(mut plan: Plan, keep_logs: bool, elsewhere: &Elsewhere) -> (Plan, Plan) {
    let mut kept = plan.clone();
    let stays = |user: &UserName, change: &Change| {
        let of_elsewhere = || elsewhere.get(user).is_some_and(|keys| keys.contains_key(&change.key));
        let is_log = keep_logs && change.key.kind == LogGroup::KIND;
        change.action == Action::Delete && (is_log || of_elsewhere())
    };
    for user in &mut plan.users {
        user.changes.retain(|change| !stays(&user.user, change));
    }
    for user in &mut kept.users {
        user.changes.retain(|change| stays(&user.user, change));
    }
    (plan, kept)
}
