//! What the last observation of a class showed of the lab's own things, for as long as that can be relied on.
//!
//! Whoever deletes or puts something in a place looks first whose it is. Within half a minute of the observation that the plan was made from,
//! that observation is enough: a deletion is then the deletion alone, and not the three or four reads that at class size take longer than it.
//! What was taken is forgotten, so that a second try looks for itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::kind::{Dashboard, Live, LiveState, Observed, Role, StateMachine};
use crate::model::{Key, MachineType, Owner};

/// How long an observation is relied on. For an instructor who thinks about a question for longer, things are observed again.
const RELIED_ON: Duration = Duration::from_secs(30);

/// What a change has to know of what it is made to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    lab: String,
    user: String,
    /// Names of a role's inline policies.
    pub(super) inline: Vec<String>,
    /// ARNs of the policies attached to a role.
    pub(super) managed: Vec<String>,
    /// Whether it is an EXPRESS machine, whose executions cannot be listed.
    pub(super) is_express: bool,
}

/// What the last observation showed.
#[derive(Debug, Default)]
struct Last {
    began: Duration,
    seen: BTreeMap<Key, Seen>,
    /// What was looked for and not there.
    absent: BTreeSet<Key>,
    /// ARNs of roles under which something ran; `None` before the first observation.
    roles: Option<BTreeSet<String>>,
}

/// The last observation.
#[derive(Debug, Default)]
pub(super) struct LastObservation(Mutex<Last>);

impl LastObservation {
    /// Takes in an observation for these names that began at this time.
    pub(super) fn remember(&self, began: Duration, names: &BTreeSet<Key>, observed: &Observed) {
        let found = &observed.resources;
        let seen = found.iter().filter_map(|(key, live)| Some((key.clone(), seen(live)?))).collect();
        // The only kind that is put without being asked whether it is there.
        let dashboards = names.iter().filter(|key| key.kind == Dashboard::KIND);
        let absent = dashboards.filter(|key| !found.contains_key(key)).cloned().collect();
        let roles = found.values().filter_map(|live| live.body.role()).map(str::to_owned).collect();
        *self.last() = Last { began, seen, absent, roles: Some(roles) };
    }

    /// What was seen of a thing, if it was the owner's and that is not long ago. Given once.
    pub(super) fn take(&self, now: Duration, key: &Key, owner: &Owner) -> Option<Seen> {
        self.last_at(now).seen.remove(key).filter(|seen| seen.lab == owner.lab && seen.user == owner.user)
    }

    /// Whether a thing was looked for not long ago and not there. Said once.
    pub(super) fn was_absent(&self, now: Duration, key: &Key) -> bool {
        self.last_at(now).absent.remove(key)
    }

    /// Whether nothing ran under a role at the last observation, however long ago: nothing that labctl makes does before the role is finished.
    pub(super) fn was_unused(&self, role: &str) -> bool {
        self.last().roles.as_ref().is_some_and(|roles| !roles.contains(role))
    }

    fn last_at(&self, now: Duration) -> MutexGuard<'_, Last> {
        let mut last = self.last();
        if now.saturating_sub(last.began) > RELIED_ON {
            last.seen.clear();
            last.absent.clear();
        }
        last
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Only what is in nobody's hands: what is being made, changed or deleted is looked at.
fn seen(live: &Live) -> Option<Seen> {
    if live.state != LiveState::Ready {
        return None;
    }
    let mut seen = Seen { lab: live.lab()?.to_owned(), user: live.user()?.to_owned(), ..Seen::default() };
    if let Some(role) = live.body.of::<Role>() {
        seen.inline = role.inline_policies.keys().cloned().collect();
        seen.managed.clone_from(&role.managed_policies);
    }
    seen.is_express =
        live.body.of::<StateMachine>().is_some_and(|machine| machine.machine_type == MachineType::Express);
    Some(seen)
}

#[cfg(test)]
mod tests {
    use super::super::tests::replay::Replay;
    use super::*;
    use crate::cloud::Cloud as _;
    use crate::kind::{LogGroup, Resource};
    use crate::model::{Tags, tag};

    fn group(user: Option<&str>, state: LiveState) -> Live {
        let user = user.map(|user| (tag::USER.to_owned(), user.to_owned()));
        let tags: Tags = user.into_iter().chain([(tag::LAB.to_owned(), "lab6".to_owned())]).collect();
        Live { arn: String::new(), body: LogGroup { retention_days: Some(7) }.into(), tags, state }
    }

    #[test]
    fn an_observation_is_relied_on_once_by_its_owner_and_for_half_a_minute() {
        let key = |name: &str| LogGroup::key(name);
        let owner = |user: &str| Owner { lab: "lab6".into(), user: user.into(), or_untagged: false };
        let mut observed = Observed::default();
        for (name, user, state) in [
            ("ann", Some("ann"), LiveState::Ready),
            ("bob", Some("bob"), LiveState::Ready),
            ("bare", None, LiveState::Ready),
            ("going", Some("ann"), LiveState::Deleting),
        ] {
            observed.resources.insert(key(name), group(user, state));
        }
        let last_observation = LastObservation::default();
        let at = Duration::from_secs;
        last_observation.remember(at(100), &BTreeSet::new(), &observed);
        assert!(last_observation.take(at(130), &key("ann"), &owner("ann")).is_some());
        assert_eq!(last_observation.take(at(130), &key("ann"), &owner("ann")), None, "a second try looks for itself");
        assert_eq!(last_observation.take(at(130), &key("bob"), &owner("ann")), None, "somebody else's");
        assert_eq!(last_observation.take(at(130), &key("bare"), &owner("ann")), None, "nobody's");
        assert_eq!(last_observation.take(at(130), &key("going"), &owner("ann")), None, "on its way out");
        last_observation.remember(at(100), &BTreeSet::new(), &observed);
        assert_eq!(last_observation.take(at(131), &key("ann"), &owner("ann")), None, "too long ago");
    }

    #[tokio::test]
    async fn a_dashboard_that_was_just_not_there_is_put_without_another_observation() {
        let resource = Resource::new("ann-d", Dashboard { body: "{}".into() }, Tags::new());
        let replay = Replay::known();
        let account = replay.account();
        let now = account.caller.time.elapsed();
        account.last_observation.remember(now, &BTreeSet::from([resource.key.clone()]), &Observed::default());
        for _ in 0..2 {
            account.create(&resource).await.unwrap_err();
        }
        assert_eq!(replay.operations(), ["PutDashboard", "GetDashboard"], "the second time it is looked for");
    }

    #[tokio::test]
    async fn what_was_just_seen_is_deleted_without_another_observation() {
        let key = LogGroup::key("/aws/lambda/ann-f");
        let mut observed = Observed::default();
        observed.resources.insert(key.clone(), group(Some("ann"), LiveState::Ready));
        let owner = Owner { lab: "lab6".into(), user: "ann".into(), or_untagged: false };
        let tags = r#"{"tags": {"labctl:lab": "lab6", "labctl:user": "ann"}}"#;
        let replay = Replay::known()
            .answer("DeleteLogGroup", 200, "{}")
            .answer("ListTagsForResource", 200, tags)
            .answer("DeleteLogGroup", 200, "{}");
        let account = replay.account();
        account.last_observation.remember(account.caller.time.elapsed(), &BTreeSet::new(), &observed);
        for _ in 0..2 {
            assert!(account.delete(&key, "", &owner).await.unwrap());
        }
        // The second time it has to be found out whose it is.
        let again = ["GetCallerIdentity", "ListTagsForResource", "DeleteLogGroup"];
        assert_eq!(replay.operations(), [&["DeleteLogGroup"][..], &again].concat());
    }
}
