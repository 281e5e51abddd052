//! Things that are not labctl's but begin as a student's names do: the handout lets students build by hand.

use std::collections::BTreeSet;

use super::UserTeardown;
use super::ownership::Found;
use crate::kind::{Live, LiveState, Observed};
use crate::model::{Key, LabName, Place, UserName};

/// What one user has that carries nobody's tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// Whose prefix it carries.
    pub user: UserName,
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub keys: BTreeSet<Key>,
}

/// What begins as these users' names do and carries no lab's tags. What a user is wanted to have is not among it: that is labctl's, or in its
/// way. Nor are log groups of functions and machines that are labctl's, or are to be.
pub fn by_hand(found: &Found, lab: &LabName, users: &[UserTeardown]) -> Vec<ByHand> {
    let nothing = Observed::default();
    let each = users.iter().map(|user_teardown| {
        let observed = found.get(&user_teardown.place).unwrap_or(&nothing);
        let keys = of_user(observed, lab, user_teardown).map(|(key, _)| key.clone()).collect();
        ByHand { user: user_teardown.user.clone(), place: user_teardown.place.clone(), keys }
    });
    each.filter(|by_hand| !by_hand.keys.is_empty()).collect()
}

/// The same of one user, with what is there.
pub(super) fn of_user<'a>(
    observed: &'a Observed,
    lab: &'a LabName,
    user_teardown: &'a UserTeardown,
) -> impl Iterator<Item = (&'a Key, &'a Live)> {
    observed.resources.iter().filter(move |(key, live)| {
        let is_free = live.lab().is_none() && live.state != LiveState::Deleting;
        is_free
            && begins(key, &user_teardown.user)
            && !user_teardown.wanted.contains(*key)
            && !is_spoken_for(key, observed, lab, user_teardown)
    })
}

/// Whether a log group is that of a function or machine which carries tags, whoever's, or which the user is to have.
fn is_spoken_for(key: &Key, observed: &Observed, lab: &LabName, user_teardown: &UserTeardown) -> bool {
    let Some(parent) = key.named_after() else { return false };
    match observed.resources.get(&parent) {
        Some(live) => live.lab().is_some() || live.lab() == Some(lab.as_str()),
        None => user_teardown.wanted.contains(&parent),
    }
}

/// Whether a name begins as the user's do; a log group's after what AWS puts before it.
fn begins(key: &Key, user: &UserName) -> bool {
    key.bare_name().strip_prefix(user.as_str()).is_some_and(|rest| rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Dashboard, Function, Resource, Role, StateMachine};
    use crate::model::Tags;
    use crate::plan::{Action, Claim, check, teardown, world};

    fn untagged(found: &mut Found, resources: &[Resource]) {
        let observed = found.get_mut(&world::place()).unwrap();
        for resource in resources {
            observed.resources.insert(resource.key.clone(), Live { tags: Tags::new(), ..world::live(resource) });
        }
    }

    #[test]
    fn what_a_student_made_is_counted_and_goes_only_when_asked_to() {
        let mut found = world::found(&[
            world::function("ann-f", 30, "aaaa", "lab6", "ann"),
            world::function("ann-theirs", 30, "aaaa", "lab7", "zoe"),
        ]);
        untagged(
            &mut found,
            &[
                world::role("ann-my-role", "one", "lab6", "ann"),
                world::function("ann-extra", 30, "aaaa", "lab6", "ann"),
                world::machine("ann-my-own", "{}", "lab6", "ann"),
                world::dashboard("ann-board", "{}", "lab6", "ann"),
                world::log_group("ann-extra", 7, "lab6", "ann"),
                world::group("ann-notes", 7, "lab6", "ann"),
                // Of a function that is the lab's, of one that it names, of another lab's, and of nobody whom this is about.
                world::log_group("ann-f", 7, "lab6", "ann"),
                world::log_group("ann-late", 7, "lab6", "ann"),
                world::log_group("ann-theirs", 7, "lab6", "ann"),
                world::log_group("annb-f", 7, "lab6", "ann"),
            ],
        );
        let wanted = BTreeSet::from([Function::key("ann-late")]);
        let users = [UserTeardown { user: UserName::new("ann").unwrap(), place: world::place(), wanted }];
        let lab = LabName::new("lab6").unwrap();
        let reported = by_hand(&found, &lab, &users);
        let names: Vec<_> = reported[0].keys.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(
            names,
            ["ann-my-role", "/aws/lambda/ann-extra", "ann-notes", "ann-extra", "ann-my-own", "ann-board"]
        );

        let plan = teardown(&found, &lab, &users, &BTreeSet::new(), false);
        assert_eq!((plan.summary().delete, check(&plan)), (3, Vec::new()), "the function and the groups of two");
        let plan = teardown(&found, &lab, &users, &BTreeSet::new(), true);
        assert_eq!((plan.summary().delete, check(&plan)), (9, Vec::new()));
        let changes = plan.users[0].changes.iter().filter(|change| change.claim == Some(Claim::Prefix));
        let saved: Vec<_> = changes.filter(|change| change.edited).map(|change| change.key.kind).collect();
        assert_eq!(saved, [Dashboard::KIND, StateMachine::KIND, Function::KIND, Role::KIND]);
        assert!(plan.users[0].changes.iter().all(|change| change.action == Action::Delete));
    }
}
