//! Whether a plan fits: what it needs against what the account allows and has in use.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Action, Change, Plan};
use crate::model::{AccountId, Body, Kind, Place};

/// A dashboard a month, and how many an account has for nothing. <https://aws.amazon.com/cloudwatch/pricing/>
const DASHBOARD_DOLLARS: u64 = 3;
const DASHBOARDS_FREE: u64 = 3;

/// What an account allows of one thing, and what is used of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// In use now; `None` where that is not known.
    pub used: Option<u64>,
    /// All there is.
    pub quota: u64,
    /// Whether the account said so itself; otherwise it is what AWS gives everybody, which this account may have had raised.
    pub own: bool,
}

/// What a place allows, by the names of [`Need::name`]; what is missing is taken to be what AWS publishes.
pub type Allowances = BTreeMap<&'static str, Allowed>;

/// One need of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Need {
    /// `roles`, `functions`, `code-storage` (bytes), `concurrency` (one run for each user), `state-machines`, `log-groups`, `dashboards`.
    pub name: &'static str,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// How much more the plan needs.
    pub need: u64,
    /// How much is used already; `None` where that could not be read.
    pub used: Option<u64>,
    /// All there is; `None` where AWS sets no limit.
    pub quota: Option<u64>,
    /// `account` where it was read from there, `published` where it is what AWS gives everybody.
    pub source: &'static str,
    /// Whether it fits.
    pub fits: bool,
}

impl Need {
    /// Whether deploying would certainly come to a wall: the account says itself that there is less.
    pub fn is_in_the_way(&self) -> bool {
        // Too little concurrency makes a class wait; it stops no deployment.
        !self.fits && self.source == "account" && self.name != "concurrency"
    }
}

/// What AWS gives everybody. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>,
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const PUBLISHED: [(&str, u64); 5] = [
    ("roles", 1_000),
    ("code-storage", 300 << 30),
    ("concurrency", 1_000),
    ("state-machines", 100_000),
    ("log-groups", 1_000_000),
];

/// What a plan needs at each place. Pure.
pub fn needs(plan: &Plan, allowances: &BTreeMap<Place, Allowances>) -> Vec<Need> {
    let places: BTreeSet<&Place> = plan.users.iter().map(|user| &user.place).collect();
    let none = Allowances::new();
    places.into_iter().flat_map(|place| at(plan, place, allowances.get(place).unwrap_or(&none))).collect()
}

fn at(plan: &Plan, place: &Place, allowances: &Allowances) -> Vec<Need> {
    let here = || plan.users.iter().filter(|user| user.place == *place);
    let changes = || here().flat_map(|user| &user.changes);
    // What goes in the same run may go too late to make room.
    let count = |kind: Kind| number(changes().filter(|change| makes(change, kind)).count());
    let runs = here().filter(|user| user.changes.iter().any(|change| change.key.kind == Kind::Function)).count();
    let wanted = [
        ("roles", count(Kind::Role)),
        ("functions", count(Kind::Function)),
        ("code-storage", changes().map(bytes).sum()),
        ("concurrency", number(runs)),
        ("state-machines", count(Kind::StateMachine)),
        ("log-groups", count(Kind::LogGroup)),
        ("dashboards", count(Kind::Dashboard)),
    ];
    let need = |(name, need): (&'static str, u64)| {
        let own = allowances.get(name);
        let published = PUBLISHED.iter().find(|(known, _)| *known == name).map(|(_, quota)| *quota);
        let (used, quota) = (own.and_then(|own| own.used), own.map(|own| own.quota).or(published));
        Need {
            name,
            account: place.account.to_string(),
            region: place.region.to_string(),
            need,
            used,
            quota,
            source: if own.is_some_and(|own| own.own) { "account" } else { "published" },
            fits: need == 0 || quota.is_none_or(|quota| need.saturating_add(used.unwrap_or_default()) <= quota),
        }
    };
    wanted.into_iter().filter(|(_, need)| *need > 0).map(need).collect()
}

fn makes(change: &Change, kind: Kind) -> bool {
    change.action == Action::Create && change.key.kind == kind
}

/// The size of a package that is uploaded to a function that was not there.
fn bytes(change: &Change) -> u64 {
    match change.resource.as_ref().map(|resource| &resource.body) {
        Some(Body::Function { code, .. }) if makes(change, Kind::Function) => {
            code.package.as_ref().map_or(0, |package| package.size)
        }
        _ => 0,
    }
}

/// What the dashboards that a plan makes cost a month in US dollars while they stand, by list price, the free ones taken off.
pub fn dashboard_dollars(plan: &Plan) -> u64 {
    let accounts: BTreeSet<_> = plan.users.iter().map(|user| &user.place.account).collect();
    let price = |account: &AccountId| {
        let here = plan.users.iter().filter(|user| user.place.account == *account);
        let made = here.flat_map(|user| &user.changes).filter(|change| makes(change, Kind::Dashboard)).count();
        number(made).saturating_sub(DASHBOARDS_FREE) * DASHBOARD_DOLLARS
    };
    accounts.into_iter().map(price).sum()
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Found, PlanOptions, plan, world};

    fn class(users: usize) -> Plan {
        let mut desired = world::desired("x", Vec::new());
        desired.users = (0..users)
            .flat_map(|number| {
                let user = format!("u{number}");
                let resources = vec![
                    world::role(&format!("{user}-r"), "one", "lab6", &user),
                    world::role(&format!("{user}-s"), "one", "lab6", &user),
                    world::function(&format!("{user}-f"), 30, "aaaa", "lab6", &user),
                    world::dashboard(&format!("{user}-d"), "{}", "lab6", &user),
                ];
                world::desired(&user, resources).users
            })
            .collect();
        plan(&desired, &Found::new(), PlanOptions::default())
    }

    fn need(needs: &[Need], name: &str) -> Need {
        needs.iter().find(|need| need.name == name).unwrap().clone()
    }

    #[test]
    fn what_the_account_says_is_in_the_way_and_what_is_published_is_not() {
        let plan = class(600);
        let published = need(&needs(&plan, &BTreeMap::new()), "roles");
        assert_eq!((published.need, published.quota, published.fits), (1200, Some(1000), false));
        assert!(!published.is_in_the_way(), "the account may have more");
        let own = |used, quota| {
            let allowed = Allowed { used: Some(used), quota, own: true };
            let allowances = BTreeMap::from([(world::place(), Allowances::from([("roles", allowed)]))]);
            need(&needs(&plan, &allowances), "roles").is_in_the_way()
        };
        assert!(own(0, 1000) && own(801, 2000));
        assert!(!own(800, 2000));
    }

    #[test]
    fn little_concurrency_stops_nobody_from_deploying() {
        let allowed = Allowed { used: Some(0), quota: 10, own: true };
        let allowances = BTreeMap::from([(world::place(), Allowances::from([("concurrency", allowed)]))]);
        let need = need(&needs(&class(30), &allowances), "concurrency");
        assert!(!need.fits && !need.is_in_the_way());
    }

    #[test]
    fn sizes_and_prices_add_up() {
        let plan = class(200);
        assert_eq!(need(&needs(&plan, &BTreeMap::new()), "code-storage").need, 600);
        assert_eq!(dashboard_dollars(&plan), 591);
        assert_eq!(dashboard_dollars(&class(3)), 0);
        assert!(needs(&Plan::default(), &BTreeMap::new()).is_empty());
    }
}
