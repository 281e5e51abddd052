//! Whether a plan fits: what it needs against what the account allows and has in use.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Action, Change, Plan};
use crate::kind::{Limit, Measure};
use crate::model::{AccountId, Kind, Place};

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

/// What a plan needs at each place. Pure.
pub fn needs(plan: &Plan, allowances: &BTreeMap<Place, Allowances>) -> Vec<Need> {
    let places: BTreeSet<&Place> = plan.users.iter().map(|user| &user.place).collect();
    let none = Allowances::new();
    places.into_iter().flat_map(|place| at(plan, place, allowances.get(place).unwrap_or(&none))).collect()
}

fn at(plan: &Plan, place: &Place, allowances: &Allowances) -> Vec<Need> {
    let limits = Kind::ALL.iter().flat_map(|kind| kind.facts().limits.iter().map(|limit| (*kind, limit)));
    let mut limits: Vec<(Kind, &Limit)> = limits.collect();
    limits.sort_by_key(|(_, limit)| limit.order);
    let need = |(kind, limit): (Kind, &Limit)| {
        let need = needed(plan, place, kind, limit.measure);
        let own = allowances.get(limit.name);
        let (used, quota) = (own.and_then(|own| own.used), own.map(|own| own.quota).or(limit.published));
        Need {
            name: limit.name,
            account: place.account.to_string(),
            region: place.region.to_string(),
            need,
            used,
            quota,
            source: if own.is_some_and(|own| own.own) { "account" } else { "published" },
            fits: need == 0 || quota.is_none_or(|quota| need.saturating_add(used.unwrap_or_default()) <= quota),
        }
    };
    limits.into_iter().map(need).filter(|need| need.need > 0).collect()
}

/// How much of a limit a plan needs at a place. What goes in the same run may go too late to make room.
fn needed(plan: &Plan, place: &Place, kind: Kind, measure: Measure) -> u64 {
    let here = || plan.users.iter().filter(|user| user.place == *place);
    let made = || here().flat_map(|user| &user.changes).filter(|change| makes(change, kind));
    match measure {
        Measure::Resources => number(made().count()),
        Measure::Bytes => made().filter_map(|change| Some(change.resource.as_ref()?.body.stored_bytes())).sum(),
        Measure::Users => {
            number(here().filter(|user| user.changes.iter().any(|change| change.key.kind == kind)).count())
        }
    }
}

fn makes(change: &Change, kind: Kind) -> bool {
    change.action == Action::Create && change.key.kind == kind
}

/// What the resources that a plan makes cost a month in US dollars while they stand, by list price, the free ones taken off.
pub fn monthly_dollars(plan: &Plan) -> u64 {
    let accounts: BTreeSet<_> = plan.users.iter().map(|user| &user.place.account).collect();
    let price = |account: &AccountId, kind: Kind| {
        let Some(price) = kind.facts().price else { return 0 };
        let here = plan.users.iter().filter(|user| user.place.account == *account);
        let made = here.flat_map(|user| &user.changes).filter(|change| makes(change, kind)).count();
        number(made).saturating_sub(price.free) * price.dollars
    };
    accounts.into_iter().flat_map(|account| Kind::ALL.iter().map(move |kind| price(account, *kind))).sum()
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
        assert_eq!(monthly_dollars(&plan), 591);
        assert_eq!(monthly_dollars(&class(3)), 0);
        assert!(needs(&Plan::default(), &BTreeMap::new()).is_empty());
    }
}
