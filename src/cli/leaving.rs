//! Whose labs a cleanup removes: the chosen users', or those that only tags still tell of.

use std::collections::{BTreeMap, BTreeSet};

use super::failure::Failure;
use super::look::{self, Closeness};
use super::session::Session;
use crate::model::{AccountId, LabName, UserName};
use crate::plan::{self, Found, Leaving, Plan};
use crate::render::Rendered;

/// Whose things go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Whose {
    /// The chosen users'.
    #[default]
    Chosen,
    /// Users' of this lab whom the manifest names no more.
    Departed,
    /// Everybody's of this lab whom the manifest does not put where they are.
    Orphans,
    /// Everybody's of any lab whose last day is over.
    Expired,
}

/// Labs to remove: by lab, the users with what is theirs by name.
pub(super) struct Going {
    labs: BTreeMap<LabName, Vec<Leaving>>,
    /// Accounts in which a user of the class stays, whatever the region: what is the account's stays there, too.
    staying: BTreeSet<(UserName, AccountId)>,
    /// What the chosen users should have.
    chosen: Option<Rendered>,
}

impl Going {
    /// The chosen users' labs.
    pub(super) fn of_chosen(session: &Session, rendered: Rendered) -> Self {
        let leaving = rendered.desired.users.iter().map(|user| Leaving {
            user: user.user.clone(),
            place: user.place.clone(),
            wanted: user.resources.iter().map(|resource| resource.key.clone()).collect(),
        });
        let labs = BTreeMap::from([(session.lab.name.clone(), leaving.collect())]);
        Self { labs, staying: BTreeSet::new(), chosen: Some(rendered) }
    }

    /// Those that tags tell of, at every place the manifest names.
    ///
    /// # Errors
    /// When an endpoint does not show its lists.
    pub(super) async fn by_tags(session: &Session, whose: Whose, today: &str) -> Result<Self, Failure> {
        let places = session.places();
        let known: BTreeSet<&UserName> = session.lab.users.iter().map(|user| &user.name).collect();
        let mut going: BTreeMap<LabName, Vec<Leaving>> = BTreeMap::new();
        for (place, cloud) in session.clouds().places() {
            for tenant in cloud.tenants().await? {
                // Names that labctl would not give are not labctl's tags.
                let (Ok(lab), Ok(user)) = (LabName::new(&tenant.lab), UserName::new(&tenant.user)) else { continue };
                let ours = lab == session.lab.name;
                let goes = match whose {
                    Whose::Chosen => false,
                    Whose::Departed => ours && !known.contains(&user),
                    Whose::Orphans => ours && places.get(&user) != Some(place),
                    Whose::Expired => tenant.expires.as_deref().is_some_and(|day| day < today),
                };
                if goes {
                    let leaving = Leaving { user, place: place.clone(), wanted: BTreeSet::new() };
                    going.entry(lab).or_default().push(leaving);
                }
            }
        }
        let staying = match whose {
            Whose::Orphans => places.into_iter().map(|(user, place)| (user, place.account)).collect(),
            Whose::Chosen | Whose::Departed | Whose::Expired => BTreeSet::new(),
        };
        Ok(Self { labs: going, staying, chosen: None })
    }

    /// Every user with the lab it is of.
    pub(super) fn users(&self) -> impl Iterator<Item = (&LabName, &Leaving)> {
        self.labs.iter().flat_map(|(lab, leaving)| leaving.iter().map(move |one| (lab, one)))
    }

    /// What is there of them; `how` closely is for the chosen users, and lists are asked for what only tags tell of.
    ///
    /// # Errors
    /// When an endpoint cannot be read.
    pub(super) async fn found(&self, session: &Session, how: Closeness) -> Result<Found, Failure> {
        if let Some(rendered) = &self.chosen {
            return look::found_by(session, rendered, how).await;
        }
        let mut found = Found::new();
        for (lab, leaving) in &self.labs {
            for (place, observed) in look::leaving(session, lab, leaving).await? {
                found.entry(place).or_default().absorb(observed);
            }
        }
        Ok(found)
    }

    /// What is to go of what is there; `owned` as in [`plan::teardown`].
    pub(super) fn plan(&self, found: &Found, owned: &BTreeSet<crate::model::Key>) -> Plan {
        let plans = self.labs.iter().map(|(lab, leaving)| plan::teardown(found, lab, leaving, owned));
        let mut plan = Plan { users: plans.flat_map(|plan| plan.users).collect() };
        // Every region shows what is the account's.
        let mut once = BTreeSet::new();
        for user in &mut plan.users {
            let whose = (user.user.clone(), user.place.account.clone());
            user.changes.retain(|change| {
                !change.key.kind.is_global()
                    || !self.staying.contains(&whose) && once.insert((whose.clone(), change.key.clone()))
            });
        }
        plan
    }
}
