//! What must hold for every plan, whatever is wanted and whatever is found.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Action, Change, Claim, Found, Plan, PlanOptions, UserPlan, UserTeardown, check, plan, teardown, world};
use crate::kind::{Body, Desired, Live, LiveState, Observed, Resource, UserDesired, difference};
use crate::model::{Key, LabName, Tags, UserName, tag};

/// What one slot of the account holds.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Absent,
    /// Content and digest tag of these versions; `cut` has no digest tag.
    Ours {
        content: u8,
        tagged: u8,
        cut: bool,
    },
    Untagged(u8),
    OtherLab(u8),
    OtherUser(u8),
    Deleting,
    Broken(u8),
}

fn slot() -> impl Strategy<Value = Slot> {
    let version = 0..3_u8;
    prop_oneof![
        2 => Just(Slot::Absent),
        5 => (version.clone(), version.clone(), prop::bool::weighted(0.2))
            .prop_map(|(content, tagged, cut)| Slot::Ours { content, tagged, cut }),
        1 => version.clone().prop_map(Slot::Untagged),
        1 => version.clone().prop_map(Slot::OtherLab),
        1 => version.clone().prop_map(Slot::OtherUser),
        1 => Just(Slot::Deleting),
        1 => version.prop_map(Slot::Broken),
    ]
}

const USERS: [&str; 2] = ["ann", "bob"];
const SLOTS: usize = 7;

/// The resource of a user's slot, in one of three versions of its content.
fn resource(user: &str, slot: usize, version: u8) -> Resource {
    let number = u32::from(version) + 1;
    let name = |suffix: &str| format!("{user}-{suffix}");
    match slot {
        0 => world::role(&name("r"), &format!("states:Do{number}"), "lab6", user),
        1 => world::log_group(&name("f"), number, "lab6", user),
        2 => world::group(&format!("/aws/vendedlogs/states/{user}-m"), number, "lab6", user),
        3 => world::function(&name("f"), number, &format!("code{}", version % 2), "lab6", user),
        4 => world::machine(&name("m"), &format!(r#"{{"StartAt": "S{number}"}}"#), "lab6", user),
        5 => world::dashboard(&name("d"), &format!(r#"{{"widgets": [{number}]}}"#), "lab6", user),
        _ => world::role(&name("orphan"), &format!("states:Do{number}"), "lab6", user),
    }
}

fn live(user: &str, index: usize, slot: Slot) -> Option<Live> {
    let of = |version: u8| world::live(&resource(user, index, version));
    let retagged = |version: u8, lab: &str, owner: &str| {
        let mut live = of(version);
        live.tags.insert(tag::LAB.to_owned(), lab.to_owned());
        live.tags.insert(tag::USER.to_owned(), owner.to_owned());
        live
    };
    Some(match slot {
        Slot::Absent => return None,
        Slot::Ours { content, tagged, cut } => {
            let mut live = of(content);
            live.tags = resource(user, index, tagged).tags;
            if cut {
                live.tags.remove(tag::DIGEST);
            }
            live
        }
        Slot::Untagged(version) => Live { tags: Tags::new(), ..of(version) },
        Slot::OtherLab(version) => retagged(version, "lab5", user),
        Slot::OtherUser(version) => retagged(version, "lab6", "eve"),
        Slot::Deleting => Live { state: LiveState::Deleting, ..of(0) },
        Slot::Broken(version) => Live { state: LiveState::Broken, ..of(version) },
    })
}

fn account() -> impl Strategy<Value = Found> {
    prop::collection::vec(slot(), USERS.len() * SLOTS).prop_map(|slots| {
        let mut observed = Observed::default();
        for (number, slot) in slots.into_iter().enumerate() {
            let (user, index) = (USERS[number / SLOTS], number % SLOTS);
            if let Some(live) = live(user, index, slot) {
                observed.resources.insert(resource(user, index, 0).key, live);
            }
        }
        Found::from([(world::place(), observed)])
    })
}

/// The last slot is never wanted: what stands there is an orphan.
fn wish() -> impl Strategy<Value = Desired> {
    prop::collection::vec(prop::option::weighted(0.9, 0..3_u8), USERS.len() * (SLOTS - 1)).prop_map(|versions| {
        let users = USERS.iter().enumerate().map(|(number, user)| {
            let mine = versions.iter().skip(number * (SLOTS - 1)).take(SLOTS - 1);
            let mut resources: Vec<Arc<Resource>> = mine
                .enumerate()
                .filter_map(|(index, version)| version.map(|version| Arc::new(resource(user, index, version))))
                .collect();
            resources.sort_by(|left, right| left.key.cmp(&right.key));
            UserDesired { user: UserName::new(user).unwrap(), place: world::place(), resources }
        });
        Desired { users: users.collect() }
    })
}

/// Whether something stands in the user's way, so that a deployment makes nothing for the user.
fn is_blocked(user: &UserPlan) -> bool {
    user.changes.iter().any(|change| change.action == Action::Foreign)
}

/// An account in which every change comes true.
fn applied(found: &Found, plan: &Plan, foreign_fails: bool) -> Found {
    let mut found = found.clone();
    for user in plan.users.iter().filter(|user| !(foreign_fails && is_blocked(user))) {
        let resources = &mut found.entry(user.place.clone()).or_default().resources;
        for change in &user.changes {
            match (change.action, &change.resource) {
                (Action::Create | Action::Update, Some(resource)) => {
                    resources.insert(change.key.clone(), world::live(resource));
                }
                (Action::Delete, _) => {
                    resources.remove(&change.key);
                }
                _ => {}
            }
        }
    }
    found
}

fn changes(plan: &Plan) -> impl Iterator<Item = (&UserName, &Change)> {
    plan.users.iter().flat_map(|user| user.changes.iter().map(move |change| (&user.user, change)))
}

/// Roles that a wish leaves out although its functions name them are the wish's fault, not the planner's.
fn faults(plan: &Plan) -> Vec<String> {
    check(plan).into_iter().filter(|fault| !fault.ends_with("is not in the plan")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_applied_leaves_nothing_to_do(
        found in account(), desired in wish(), overwrite_edits: bool, adopt: bool,
    ) {
        let options = PlanOptions { overwrite_edits, adopt };
        let first = plan(&desired, &found, options);
        prop_assert_eq!(faults(&first), Vec::<String>::new());
        let second = plan(&desired, &applied(&found, &first, true), options);
        for (before, after) in first.users.iter().zip(&second.users) {
            let after_alone = Plan { users: vec![after.clone()] };
            prop_assert!(if is_blocked(before) { before == after } else { !after_alone.has_changes() }, "{:#?}", after);
        }
        // What was kept is still kept, and nothing became kept that was not.
        prop_assert_eq!((first.summary().edited, first.summary().foreign), (second.summary().edited, second.summary().foreign));
    }

    #[test]
    fn nothing_is_deleted_or_changed_that_is_not_the_users(
        found in account(), desired in wish(), overwrite_edits: bool, adopt: bool,
    ) {
        let plan = plan(&desired, &found, PlanOptions { overwrite_edits, adopt });
        let observed = &found[&world::place()].resources;
        for (user, change) in changes(&plan) {
            let Some(live) = observed.get(&change.key) else { continue };
            let ours = live.lab() == Some("lab6") && live.user() == Some(user.as_str());
            match change.action {
                Action::Delete => prop_assert!(
                    ours || matches!(change.claim, Some(Claim::NamedAfter(_))) && live.tags.is_empty(), "{:?}", change),
                Action::Update => prop_assert!(
                    ours || live.tags.is_empty() && (adopt || matches!(change.claim, Some(Claim::NamedAfter(_)))),
                    "{:?}", change),
                Action::Create => prop_assert!(live.state == LiveState::Deleting, "{:?}", change),
                _ => {}
            }
        }
    }

    #[test]
    fn an_edit_is_kept_unless_it_may_be_overwritten(found in account(), desired in wish()) {
        let kept = plan(&desired, &found, PlanOptions::default());
        let taken = plan(&desired, &found, PlanOptions { overwrite_edits: true, adopt: false });
        prop_assert_eq!(taken.summary().edited, 0);
        let (kept_summary, taken_summary) = (kept.summary(), taken.summary());
        prop_assert_eq!(
            taken_summary.update + taken_summary.delete,
            kept_summary.update + kept_summary.delete + kept_summary.edited
        );
        for (_, change) in changes(&kept) {
            if change.action == Action::Edited {
                // Of an orphan nobody knows any more what was wanted.
                let is_wanted = desired.users.iter().flat_map(|user| &user.resources).any(|it| it.key == change.key);
                prop_assert!(change.diff.is_empty() != is_wanted && change.resource.is_none());
            }
        }
    }

    #[test]
    fn a_teardown_leaves_only_what_is_not_the_users(found in account()) {
        let lab = LabName::new("lab6").unwrap();
        let teardowns: Vec<UserTeardown> = USERS.iter().map(|user| UserTeardown {
            user: UserName::new(user).unwrap(),
            place: world::place(),
            wanted: (0..SLOTS).map(|index| resource(user, index, 0).key).collect::<BTreeSet<Key>>(),
        }).collect();
        let first = teardown(&found, &lab, &teardowns, &BTreeSet::new(), false);
        prop_assert_eq!(faults(&first), Vec::<String>::new());
        let after = applied(&found, &first, false);
        for live in after[&world::place()].resources.values() {
            prop_assert!(live.lab() != Some("lab6") || live.user() == Some("eve"));
        }
        prop_assert!(!teardown(&after, &lab, &teardowns, &BTreeSet::new(), false).has_changes());
    }

    #[test]
    fn a_difference_names_fields_exactly_when_digests_differ(
        slot in 0..SLOTS, left in 0..3_u8, right in 0..3_u8,
    ) {
        let (left, right): (Body, Body) = (resource("ann", slot, left).body, resource("ann", slot, right).body);
        let found = difference(&left, &right);
        prop_assert_eq!(found.is_empty(), left.digest() == right.digest());
        prop_assert_eq!(found.is_empty(), found.fields.is_empty());
    }
}
