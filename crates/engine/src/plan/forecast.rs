//! How long a plan takes at least, and what sets that: its calls against the buckets they draw from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Action, Change, Plan};
use crate::model::{Place, Quota};

/// How long a fresh role takes to be known, as it is mostly seen; AWS promises nothing.
const IAM_SECONDS: f64 = 10.0;

/// The bucket an operation (`service:Operation`) draws from at a place: its name, size and refill; `None` where nothing limits it.
pub type BucketOf<'a> = &'a dyn Fn(&Place, &str) -> Option<(String, Quota)>;

/// What a plan asks of one bucket.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Load {
    /// The bucket: `states:CreateStateMachine`, `lambda:*`.
    pub bucket: String,
    /// The account it is in.
    pub account: String,
    /// The region it is in.
    pub region: String,
    /// Calls that draw from it.
    pub calls: u64,
    /// Calls at once.
    pub burst: f64,
    /// Calls a second after that.
    pub per_second: f64,
    /// How long it takes at least to make them all.
    pub seconds: f64,
}

/// How long a plan takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Forecast {
    /// What no deployer could be faster than: the longest of the loads.
    pub bound_seconds: f64,
    /// With the wait for fresh roles on top.
    pub expected_seconds: f64,
    /// The calls, by `service:Operation`.
    pub calls: BTreeMap<String, u64>,
    /// Every bucket that is drawn from, the one that takes longest first.
    pub loads: Vec<Load>,
}

impl Forecast {
    /// What bounds the time; `None` when every call fits into what buckets hold anyway.
    pub fn bound_by(&self) -> Option<&Load> {
        self.loads.first().filter(|load| load.seconds > 0.0)
    }
}

/// Adds up a plan's calls. Pure: the same plan and buckets give the same forecast.
pub fn forecast(plan: &Plan, bucket_of: BucketOf<'_>) -> Forecast {
    let mut all = BTreeMap::new();
    let mut loads: BTreeMap<(Place, String), (Quota, u64)> = BTreeMap::new();
    for user in &plan.users {
        for &operation in user.changes.iter().flat_map(|change| &change.calls) {
            *all.entry(operation.to_owned()).or_default() += 1;
            if let Some((bucket, quota)) = bucket_of(&user.place, operation) {
                loads.entry((user.place.clone(), bucket)).or_insert((quota, 0)).1 += 1;
            }
        }
    }
    let mut loads: Vec<Load> =
        loads.into_iter().map(|((place, bucket), (quota, calls))| load(&place, bucket, quota, calls)).collect();
    loads.sort_by(|left, right| right.seconds.total_cmp(&left.seconds));
    let bound_seconds = loads.first().map_or(0.0, |load| load.seconds);
    let waits = if waits_for_iam(plan) { IAM_SECONDS } else { 0.0 };
    Forecast { bound_seconds, expected_seconds: bound_seconds + waits, calls: all, loads }
}

fn load(place: &Place, bucket: String, quota: Quota, calls: u64) -> Load {
    #[expect(clippy::cast_precision_loss, reason = "a class makes far fewer than 2^53 calls")]
    let waiting = (calls as f64 - quota.burst.max(1.0)).max(0.0);
    Load {
        bucket,
        account: place.account.to_string(),
        region: place.region.to_string(),
        calls,
        burst: quota.burst,
        per_second: quota.per_second,
        seconds: waiting / quota.per_second.max(0.001),
    }
}

/// Whether anything is made that needs a role made in the same run.
fn waits_for_iam(plan: &Plan) -> bool {
    let changes = plan.users.iter().flat_map(|user| &user.changes);
    let mut made = changes.filter(|change| change.action == Action::Create);
    let has_role = |change: &Change| change.resource.as_ref().is_some_and(|made| made.body.role().is_some());
    made.clone().any(|change| change.key.kind.facts().is_known_late) && made.any(has_role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Found, PlanOptions, plan, world};

    fn class(users: usize) -> Plan {
        let mut users: Vec<_> = (0..users).map(|number| format!("u{number}")).collect();
        users.sort();
        let mut desired = world::desired("x", Vec::new());
        desired.users = users
            .iter()
            .flat_map(|user| {
                let resources = vec![
                    world::role(&format!("{user}-r"), "one", "lab6", user),
                    world::function(&format!("{user}-f"), 30, "aaaa", "lab6", user),
                    world::machine(&format!("{user}-m"), "{}", "lab6", user),
                ];
                world::desired(user, resources).users
            })
            .collect();
        plan(&desired, &Found::new(), PlanOptions::default())
    }

    fn buckets(_: &Place, operation: &str) -> Option<(String, Quota)> {
        match operation {
            "states:CreateStateMachine" => Some((operation.to_owned(), Quota { burst: 100.0, per_second: 1.0 })),
            _ if operation.starts_with("lambda:") => {
                Some(("lambda:*".to_owned(), Quota { burst: 15.0, per_second: 15.0 }))
            }
            _ => None,
        }
    }

    #[test]
    fn the_scarcest_bucket_sets_the_time() {
        let forecast = forecast(&class(300), &buckets);
        assert!((forecast.bound_seconds - 200.0).abs() < 1e-9, "{forecast:?}");
        assert!((forecast.expected_seconds - 210.0).abs() < 1e-9);
        let bound = forecast.bound_by().unwrap();
        assert_eq!((bound.bucket.as_str(), bound.calls), ("states:CreateStateMachine", 300));
        // Both calls of a function draw from the bucket that Lambda's operations share.
        assert_eq!(forecast.loads[1].calls, 600);
        assert!((forecast.loads[1].seconds - 39.0).abs() < 1e-9);
        assert_eq!(forecast.calls["iam:PutRolePolicy"], 300);
    }

    #[test]
    fn what_fits_into_the_burst_takes_no_time_but_iams() {
        let forecast = forecast(&class(3), &buckets);
        assert_eq!(forecast.bound_by(), None);
        assert!((forecast.expected_seconds - IAM_SECONDS).abs() < 1e-9);
        assert_eq!(super::forecast(&Plan::default(), &buckets), Forecast::default());
    }
}
