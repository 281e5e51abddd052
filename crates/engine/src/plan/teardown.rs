//! Cleanup is a plan too: deletions of what is labctl's, reports of what is not.

use std::collections::{BTreeMap, BTreeSet};

use super::change::settled;
use super::change::{delete, foreign};
use super::orphans::is_edited;
use super::ownership::{ByOwner, Found, Standing, standing};
use super::planner::engine_name;
use super::{Change, Claim, Plan, UserPlan, UserTeardown, prefix};
use crate::kind::{Live, LiveState, Observed};
use crate::model::{Key, LabName, Place, UserName};

/// Decides what goes: everything that carries the lab's and the user's tags, and log groups named after such functions
/// and machines. `owned` are functions and machines seen to be labctl's earlier in the same run, so that a second look
/// still knows whose a log group is that a late invocation made again, and whose a machine that is on its way out and does not
/// show its tags any more. `with_prefix` takes along what carries no tags and begins as the user's names do. What a user edited or made by
/// hand is marked ([`Change::edited`]): it is saved first.
pub fn teardown(
    found: &Found,
    lab: &LabName,
    users: &[UserTeardown],
    owned: &BTreeSet<Key>,
    with_prefix: bool,
) -> Plan {
    let nothing = Observed::default();
    let nobody = ByOwner::of(&nothing);
    let owners: BTreeMap<&Place, ByOwner<'_>> =
        found.iter().map(|(place, observed)| (place, ByOwner::of(observed))).collect();
    let users = users
        .iter()
        .map(|user_teardown| {
            let observed = found.get(&user_teardown.place).unwrap_or(&nothing);
            let mut changes =
                of_user(user_teardown, observed, owners.get(&user_teardown.place).unwrap_or(&nobody), lab, owned);
            if with_prefix {
                changes.extend(prefix::of_user(observed, lab, user_teardown).map(|(key, live)| {
                    let reason = format!("begins with `{}-` and is not labctl's; removed as asked", user_teardown.user);
                    Change { edited: key.kind.facts().is_work, ..delete(key, live, &reason, Claim::Prefix) }
                }));
            }
            let (user, place) = (user_teardown.user.clone(), user_teardown.place.clone());
            UserPlan { user, lab: lab.to_string(), place, changes: settled(changes) }
        })
        .collect();
    Plan { users }
}

fn of_user(
    user_teardown: &UserTeardown,
    observed: &Observed,
    owners: &ByOwner<'_>,
    lab: &LabName,
    owned: &BTreeSet<Key>,
) -> Vec<Change> {
    let user = &user_teardown.user;
    let is_own = |parent: &Key| match observed.resources.get(parent) {
        Some(live) => live.lab() == Some(lab.as_str()) && live.user() == Some(user.as_str()),
        None => (owned.contains(parent) || user_teardown.wanted.contains(parent)) && has_prefix(parent, user),
    };
    let in_the_way = user_teardown.wanted.iter().filter_map(|key| observed.resources.get_key_value(key));
    let seen_before = owned.iter().filter(|key| has_prefix(key, user));
    let on_its_way = seen_before.filter_map(|key| observed.resources.get_key_value(key));
    let looked_at: BTreeMap<&Key, &Live> = owners.candidates(user).chain(in_the_way).chain(on_its_way).collect();
    looked_at
        .into_iter()
        .filter_map(|(key, live)| match standing(key, live, lab.as_str(), user, is_own) {
            Standing::Ours(claim) if live.state == LiveState::Deleting => {
                Some(delete(key, live, "is being deleted already", claim))
            }
            Standing::Ours(claim) => {
                let edited = is_edited(key, live, owners);
                let reason = if edited { "belongs to the lab, and the user edited it" } else { "belongs to the lab" };
                Some(Change { edited, ..delete(key, live, reason, claim) })
            }
            Standing::Managed(engine) => {
                let by = engine_name(&engine);
                Some(foreign(key, live, &format!("is managed by {by}; left alone, it goes with that")))
            }
            Standing::Untagged if live.state == LiveState::Deleting && owned.contains(key) && has_prefix(key, user) => {
                Some(delete(key, live, "is being deleted already", Claim::SeenBefore))
            }
            Standing::Untagged if user_teardown.wanted.contains(key) => {
                Some(foreign(key, live, "does not carry labctl's tags; left alone"))
            }
            Standing::Others(why) if user_teardown.wanted.contains(key) => {
                Some(foreign(key, live, &format!("{why}; left alone")))
            }
            Standing::Untagged | Standing::Others(_) => None,
        })
        .collect()
}

fn has_prefix(key: &Key, user: &UserName) -> bool {
    key.name.strip_prefix(user.as_str()).is_some_and(|rest| rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Dashboard, Function, LogGroup, Role, StateMachine};
    use crate::model::{Tags, tag};
    use crate::plan::{Action, Claim, check, world};

    fn teardowns(wanted: &[Key]) -> Vec<UserTeardown> {
        let user = UserName::new("ann").unwrap();
        vec![UserTeardown { user, place: world::place(), wanted: wanted.iter().cloned().collect() }]
    }

    fn lab() -> LabName {
        LabName::new("lab6").unwrap()
    }

    #[test]
    fn everything_tagged_goes_ranks_backwards() {
        let resources = [
            world::role("ann-r", "one", "lab6", "ann"),
            world::log_group("ann-f", 7, "lab6", "ann"),
            world::function("ann-f", 30, "aaaa", "lab6", "ann"),
            world::machine("ann-m", "{}", "lab6", "ann"),
            world::dashboard("ann-d", "{}", "lab6", "ann"),
        ];
        let found = world::found(&resources);
        let plan = teardown(&found, &lab(), &teardowns(&[]), &BTreeSet::new(), false);
        let kinds: Vec<_> = plan.users[0].changes.iter().map(|change| change.key.kind).collect();
        assert_eq!(kinds, [Dashboard::KIND, StateMachine::KIND, Function::KIND, Role::KIND, LogGroup::KIND]);
        assert_eq!(plan.summary().delete, 5);
        assert_eq!(check(&plan), Vec::<String>::new());
    }

    #[test]
    fn another_labs_another_users_and_nobodys_things_stay() {
        let mut bare = world::live(&world::function("ann-f", 30, "aaaa", "lab6", "ann"));
        bare.tags.clear();
        let mut found =
            world::found(&[world::role("bob-r", "one", "lab6", "bob"), world::role("ann-old", "one", "lab5", "ann")]);
        let key = Function::key("ann-f");
        let observed = found.get_mut(&world::place()).unwrap();
        observed.resources.insert(key.clone(), bare.clone());
        observed.resources.insert(Function::key("someone-elses"), bare);
        let plan = teardown(&found, &lab(), &teardowns(std::slice::from_ref(&key)), &BTreeSet::new(), false);
        let reported: Vec<_> = plan.users[0].changes.iter().map(|change| (&change.key, change.action)).collect();
        assert_eq!(reported, [(&key, Action::Foreign)]);
    }

    #[test]
    fn what_a_stack_manages_stays_also_where_the_lab_wants_it_no_more() {
        let mut found = world::found(&[world::role("ann-old", "one", "lab6", "ann")]);
        let role = found.get_mut(&world::place()).unwrap().resources.values_mut().next().unwrap();
        role.tags.insert(tag::MANAGED_BY.to_owned(), tag::CLOUDFORMATION.to_owned());
        let plan = teardown(&found, &lab(), &teardowns(&[]), &BTreeSet::new(), true);
        let change = &plan.users[0].changes[0];
        assert_eq!(plan.users[0].changes.len(), 1);
        assert_eq!(change.action, Action::Foreign);
        assert!(change.reason.starts_with("is managed by a CloudFormation stack; left alone"), "{}", change.reason);
    }

    #[test]
    fn a_log_group_made_again_without_tags_goes_while_its_function_is_known() {
        let mut group = world::live(&world::log_group("ann-f", 7, "lab6", "ann"));
        group.tags.clear();
        let mut found = world::found(&[world::function("ann-f", 30, "aaaa", "lab6", "ann")]);
        let key = LogGroup::key("/aws/lambda/ann-f");
        found.get_mut(&world::place()).unwrap().resources.insert(key.clone(), group.clone());
        let function = Function::key("ann-f");
        let plan = teardown(&found, &lab(), &teardowns(&[]), &BTreeSet::new(), false);
        assert_eq!(plan.summary().delete, 2);
        assert_eq!(plan.users[0].changes[1].claim, Some(Claim::NamedAfter(function.clone())));

        // The second look: the function is gone, the group is back.
        found.get_mut(&world::place()).unwrap().resources.remove(&function);
        let wanted = teardowns(&[key]);
        assert_eq!(teardown(&found, &lab(), &wanted, &BTreeSet::from([function]), false).summary().delete, 1);
        let blind = teardown(&found, &lab(), &wanted, &BTreeSet::new(), false).summary();
        assert_eq!((blind.delete, blind.foreign), (0, 1));
    }

    #[test]
    fn what_a_user_edited_is_marked_whatever_the_kind_and_what_is_unfinished_is_not() {
        let resources = [
            world::role("ann-r", "one", "lab6", "ann"),
            world::log_group("ann-f", 7, "lab6", "ann"),
            world::function("ann-f", 30, "aaaa", "lab6", "ann"),
            world::machine("ann-m", "{}", "lab6", "ann"),
            world::dashboard("ann-d", "{}", "lab6", "ann"),
        ];
        let marked = |digest: Option<&str>| {
            let mut found = world::found(&resources);
            for live in found.get_mut(&world::place()).unwrap().resources.values_mut() {
                match digest {
                    Some(digest) => _ = live.tags.insert(tag::DIGEST.to_owned(), digest.to_owned()),
                    None => _ = live.tags.remove(tag::DIGEST),
                }
            }
            let plan = teardown(&found, &lab(), &teardowns(&[]), &BTreeSet::new(), false);
            assert_eq!((plan.summary().delete, check(&plan)), (5, Vec::new()));
            plan.users[0].changes.iter().filter(|change| change.edited).count()
        };
        assert_eq!(marked(Some("of-before")), 5);
        assert_eq!(marked(None), 0, "an earlier change was cut off");
        // What could not be saved stays where it is.
        let found = world::found(&resources);
        let mut plan = teardown(&found, &lab(), &teardowns(&[]), &BTreeSet::new(), false);
        plan.users[0].keep(&BTreeSet::from([resources[3].key.clone()]), "its edit could not be saved");
        assert_eq!((plan.summary().delete, plan.summary().edited, check(&plan)), (4, 1, Vec::new()));
    }

    #[test]
    fn a_log_group_of_a_wanted_function_that_is_gone_goes_too() {
        let mut found = world::found(&[]);
        let group = world::log_group("ann-f", 7, "lab6", "ann");
        let bare = Live { tags: Tags::new(), ..world::live(&group) };
        found.get_mut(&world::place()).unwrap().resources.insert(group.key.clone(), bare);
        let wanted = teardowns(&[Function::key("ann-f"), group.key.clone()]);
        assert_eq!(teardown(&found, &lab(), &wanted, &BTreeSet::new(), false).summary().delete, 1);
        // A function that somebody else made has a log group of somebody else's.
        let theirs = world::function("ann-f", 30, "aaaa", "lab6", "ann");
        let theirs_live = Live { tags: Tags::new(), ..world::live(&theirs) };
        found.get_mut(&world::place()).unwrap().resources.insert(theirs.key.clone(), theirs_live);
        let reported = teardown(&found, &lab(), &wanted, &BTreeSet::new(), false).summary();
        assert_eq!((reported.delete, reported.foreign), (0, 2));
    }

    #[test]
    fn a_machine_on_its_way_out_is_not_gone_for_want_of_tags() {
        let machine = world::machine("ann-m", "{}", "lab6", "ann");
        let going = Live { state: LiveState::Deleting, tags: Tags::new(), ..world::live(&machine) };
        let mut found = world::found(&[]);
        found.get_mut(&world::place()).unwrap().resources.insert(machine.key.clone(), going.clone());
        let owned = BTreeSet::from([machine.key.clone()]);
        let plan = teardown(&found, &lab(), &teardowns(&[]), &owned, false);
        assert_eq!((plan.summary().delete, check(&plan)), (1, Vec::new()));
        assert_eq!(plan.users[0].changes[0].claim, Some(Claim::SeenBefore));
        // Nobody saw it before, or it is there to stay without tags: not labctl's.
        assert_eq!(teardown(&found, &lab(), &teardowns(&[]), &BTreeSet::new(), false).summary().delete, 0);
        let stays = Live { state: LiveState::Ready, ..going };
        found.get_mut(&world::place()).unwrap().resources.insert(machine.key, stays);
        assert_eq!(teardown(&found, &lab(), &teardowns(&[]), &owned, false).summary().delete, 0);
    }
}
