//! Whose labs a teardown removes: the chosen users', or those that only tags still name.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::failure::Failure;
use super::origins::{Origins, kind_at};
use super::session::Session;
use super::{observing, unrendered};
use crate::cloud::Depth;
use crate::kind::Desired;
use crate::model::{AccountId, Key, LabName, Place, UserName};
use crate::plan::{self, ByHand, Elsewhere, Found, Plan, UserTeardown};
use crate::render::Rendered;
use crate::source;
use crate::ui::view::ApartView;

/// Whose things go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Whose {
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

/// What is to be removed.
#[derive(Clone, Debug, Default)]
pub(crate) struct TeardownOptions {
    /// Whose things.
    pub(crate) whose: Whose,
    /// Users who go though another manifest may have put them there.
    pub(crate) also: Vec<String>,
    /// Whether things go, too, that carry no tags and begin as the users' do.
    pub(crate) with_prefix: bool,
}

/// Labs to remove: by lab, the users with what is theirs by name.
pub(crate) struct Teardown {
    labs: BTreeMap<LabName, Vec<UserTeardown>>,
    /// Accounts in which a user of the class stays, whatever the region: what is the account's stays there, too.
    staying: BTreeSet<(UserName, AccountId)>,
    /// What the chosen users should have.
    chosen: Option<Rendered>,
    /// Users of this lab's name whom this manifest did not put there. They stay.
    pub(crate) apart: Vec<ApartView>,
    with_prefix: bool,
}

/// What the users of a class have by name.
pub(crate) fn of_desired(desired: &Desired) -> Vec<UserTeardown> {
    let user_teardown = desired.users.iter().map(|user| UserTeardown {
        user: user.user.clone(),
        place: user.place.clone(),
        wanted: user.resources.iter().map(|resource| resource.key.clone()).collect(),
    });
    user_teardown.collect()
}

impl Teardown {
    /// The chosen users' labs.
    pub(crate) fn of_chosen(session: &Session, rendered: Rendered, options: &TeardownOptions) -> Self {
        let labs = BTreeMap::from([(session.lab.name.clone(), of_desired(&rendered.desired))]);
        let (staying, apart) = (BTreeSet::new(), Vec::new());
        Self { labs, staying, chosen: Some(rendered), apart, with_prefix: options.with_prefix }
    }

    /// The chosen users' labs where mistakes leave open what should be in them.
    pub(crate) fn of_unrendered(context: &Context, session: &Session, options: &TeardownOptions) -> Self {
        let labs = BTreeMap::from([(session.lab.name.clone(), unrendered::teardowns(context, session))]);
        let (staying, apart) = (BTreeSet::new(), Vec::new());
        Self { labs, staying, chosen: None, apart, with_prefix: options.with_prefix }
    }

    /// What is the account's and of a chosen user's lab in another region.
    pub(crate) fn elsewhere(&self, found: &Found, whose: Whose) -> Elsewhere {
        match (self.desired(), whose) {
            (Some(desired), _) => plan::elsewhere(desired, found),
            (None, Whose::Chosen) => {
                let of_labs = self.labs.iter().map(|(lab, users)| plan::elsewhere_by_tags(lab, users, found));
                of_labs.flatten().collect()
            }
            (None, Whose::Departed | Whose::Orphans | Whose::Expired) => Elsewhere::new(),
        }
    }

    /// Users whom only tags name, at every place of the manifest.
    ///
    /// # Errors
    /// When an endpoint does not show its lists; a user of `--also` who is not among those that stand apart.
    pub(crate) async fn by_tags(
        context: &Context,
        session: &Session,
        today: &str,
        options: &TeardownOptions,
    ) -> Result<Self, Failure> {
        let whose = options.whose;
        let places = session.places();
        let origins = Origins::read(context, &session.lab);
        let mut labs: BTreeMap<LabName, Vec<UserTeardown>> = BTreeMap::new();
        let (mut apart, mut named) = (Vec::new(), BTreeSet::new());
        for (place, cloud) in session.clouds().places() {
            for tenant in cloud.tenants().await? {
                // Names that labctl would not give are not labctl's tags.
                let (Ok(lab), Ok(user)) = (LabName::new(&tenant.lab), UserName::new(&tenant.user)) else { continue };
                let kind = kind_at(session, place);
                let goes = match whose {
                    Whose::Chosen => false,
                    Whose::Expired => is_over(session, &lab, &user, tenant.expires.as_deref(), today),
                    Whose::Departed | Whose::Orphans if !is_orphaned(session, whose, &places, &lab, &user, place) => {
                        false
                    }
                    Whose::Departed | Whose::Orphans if options.also.iter().any(|name| name == user.as_str()) => {
                        named.insert(user.to_string());
                        true
                    }
                    Whose::Departed | Whose::Orphans if origins.is_from_here(&lab, &user, place, kind) => true,
                    Whose::Departed | Whose::Orphans => {
                        apart.push((place.account.clone(), origins.apart(&lab, &user, place, kind)));
                        false
                    }
                };
                if goes {
                    let user_teardown = UserTeardown { user, place: place.clone(), wanted: BTreeSet::new() };
                    labs.entry(lab).or_default().push(user_teardown);
                }
            }
        }
        // Roles and dashboards show in every region of an account: whoever goes from one stays in another only where a lab was put.
        apart.retain(|(account, one): &(AccountId, ApartView)| {
            let gone = |user_teardown: &UserTeardown| {
                user_teardown.user.as_str() == one.user && user_teardown.place.account == *account
            };
            one.deployed_in.as_ref() == Some(&one.region)
                || !labs.iter().any(|(lab, users)| lab.as_str() == one.lab && users.iter().any(gone))
        });
        let apart: Vec<ApartView> = apart.into_iter().map(|(_, one)| one).collect();
        if let Some(unknown) = options.also.iter().find(|name| !named.contains(*name)) {
            return Err(unknown_user(session, unknown, &apart));
        }
        let staying = match whose {
            Whose::Orphans => places.into_iter().map(|(user, place)| (user, place.account)).collect(),
            Whose::Chosen | Whose::Departed | Whose::Expired => BTreeSet::new(),
        };
        Ok(Self { labs, staying, chosen: None, apart, with_prefix: options.with_prefix })
    }

    /// What the chosen users should have, where they were chosen.
    pub(crate) fn desired(&self) -> Option<&Desired> {
        self.chosen.as_ref().map(|rendered| &rendered.desired)
    }

    /// Every user with the lab it is of.
    pub(crate) fn users(&self) -> impl Iterator<Item = (&LabName, &UserTeardown)> {
        self.labs.iter().flat_map(|(lab, teardowns)| teardowns.iter().map(move |one| (lab, one)))
    }

    /// What is there of them, content and lists: what a user edited has to be known before it goes.
    ///
    /// # Errors
    /// When an endpoint cannot be read.
    pub(crate) async fn found(&self, session: &Session) -> Result<Found, Failure> {
        if let Some(rendered) = &self.chosen {
            return observing::observed(session, rendered, Depth::Lists).await;
        }
        let mut found = Found::new();
        for (lab, teardowns) in &self.labs {
            for (place, observed) in observing::observed_of(session, lab, teardowns).await? {
                found.entry(place).or_default().absorb(observed);
            }
        }
        Ok(found)
    }

    /// What is to go of what is there; `owned` as in [`plan::teardown`].
    pub(crate) fn plan(&self, found: &Found, owned: &BTreeSet<Key>) -> Plan {
        let plans =
            self.labs.iter().map(|(lab, teardowns)| plan::teardown(found, lab, teardowns, owned, self.with_prefix));
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

    /// What begins as these users' names do and is not labctl's.
    pub(crate) fn by_hand(&self, found: &Found) -> Vec<ByHand> {
        self.labs.iter().flat_map(|(lab, teardowns)| plan::by_hand(found, lab, teardowns)).collect()
    }
}

/// Whether somebody of this lab's name is not where the manifest puts its users.
fn is_orphaned(
    session: &Session,
    whose: Whose,
    places: &BTreeMap<UserName, Place>,
    lab: &LabName,
    user: &UserName,
    place: &Place,
) -> bool {
    let is_elsewhere = match whose {
        Whose::Orphans => places.get(user) != Some(place),
        _ => !session.lab.users.iter().any(|known| known.name == *user),
    };
    *lab == session.lab.name && is_elsewhere
}

/// Whether a lab's last day is over. Of its own users the manifest knows it better than tags that a later one left in place.
fn is_over(session: &Session, lab: &LabName, user: &UserName, tagged: Option<&str>, today: &str) -> bool {
    let is_own = *lab == session.lab.name && session.lab.users.iter().any(|known| known.name == *user);
    let day = if is_own { session.lab.expires.as_deref() } else { tagged };
    day.is_some_and(|day| day < today) && tagged.is_some_and(|day| day < today)
}

fn unknown_user(session: &Session, name: &str, apart: &[ApartView]) -> Failure {
    let known: BTreeSet<&str> = apart.iter().map(|one| one.user.as_str()).collect();
    let help = match source::nearest_within(name, known.iter().copied(), |_| 2) {
        Some(user) => format!("did you mean `{user}`?"),
        None if !known.is_empty() => "the same command without `--also` lists who stands apart".to_owned(),
        None => "nobody else has anything of this lab here".to_owned(),
    };
    Failure::usage(
        format!("`--also {name}`: no such user of lab `{}` stands apart from this manifest", session.lab.name),
        help,
    )
}
