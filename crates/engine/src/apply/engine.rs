//! What comes as soon as what it stands on is there, what goes by rank backwards; users side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream::FuturesUnordered;

use super::needs::{awaited, missing};
use super::rollout::Rollout;
use super::step::{Run, Task};
use super::{Applied, ApplyOptions, ChangeResult, Clouds, Outcome, Skip, Stopped, UserResult};
use crate::cloud::{Cloud, CloudError, ErrorClass};
use crate::event::{Happened, Journal};
use crate::model::Key;
use crate::plan::{Action, Change, Plan, UserPlan};

/// Makes a plan true: within a user each change after those it stands on, deletions last and by rank backwards; users side by side. A failed change takes along only what depends on it. Never
/// fails as a whole; how each change ended is in the result and, before it, in the journal.
///
/// Each kind has its own places in flight, so that a kind AWS takes slowly never holds up another: its calls are out as soon as its
/// first resources can be made, and every bucket is drawn from all the time. Within a kind the users that come first in the plan
/// go first, also where their calls queue for a bucket.
pub async fn apply(plan: &Plan, clouds: &Clouds, journal: &Journal, options: &ApplyOptions) -> Applied {
    let run = Run::new(journal, options);
    let mut rollout = Rollout::new(options.rollout);
    // Who has nothing to do is not held up, and tells nothing about how the others will fare.
    let (busy, idle): (Vec<_>, Vec<_>) = plan.users.iter().enumerate().partition(|(_, user)| has_work(user));
    // The rollout counts those who have something to do.
    let mut waiting = busy.into_iter().enumerate().peekable();
    let begin = &|order: usize, user| {
        let run = &run;
        async move { (order, of_user(user, order as u64, clouds, run, options.foreign_fails).await) }
    };
    let mut ended: BTreeMap<usize, UserResult> = BTreeMap::new();
    for (order, user) in idle {
        ended.extend([begin(order, user).await]);
    }
    let mut in_flight = FuturesUnordered::new();
    loop {
        let lets_in =
            |rollout: &Rollout, turn| rollout.admits(turn) || (options.interrupt.is_set() && rollout.stop().is_none());
        // After an interruption everybody is let in, to be told that nothing was begun.
        while let Some((turn, (order, user))) = waiting.next_if(|(turn, _)| lets_in(&rollout, *turn)) {
            rollout.begin(turn);
            in_flight.push(async move { (turn, begin(order, user).await) });
        }
        let Some((turn, (order, result))) = in_flight.next().await else { break };
        rollout.end(turn, result.ok());
        ended.insert(order, result);
    }
    let left_out: Vec<_> = waiting.map(|(_, (order, user))| (order, not_begun(user, options.foreign_fails))).collect();
    let stopped = rollout.stop().filter(|_| !left_out.is_empty()).map(|cause| {
        let failed = ended.values().filter(|user| !user.ok()).count();
        Stopped { cause, failed, not_begun: left_out.len() }
    });
    ended.extend(left_out);
    let users: Vec<UserResult> = ended.into_values().collect();
    let cut_off = |result: &ChangeResult| matches!(result.outcome, Outcome::Skipped(Skip::Interrupted { .. }));
    let interrupted = options.interrupt.is_set() && users.iter().flat_map(|user| &user.results).any(cut_off);
    Applied { users, interrupted, stopped, credentials_ran_out: run.any_ran_out() }
}

/// Whether a user's plan has anything in it that may fail.
fn has_work(user: &UserPlan) -> bool {
    user.changes.iter().any(|change| !matches!(change.action, Action::Unchanged | Action::Edited))
}

/// A user who is left out. Nothing is told of it: the class is, as a count.
fn not_begun(user: &UserPlan, foreign_fails: bool) -> UserResult {
    let results = user.changes.iter().map(|change| ChangeResult {
        key: change.key.clone(),
        action: change.action,
        arn: change.arn.clone(),
        ms: 0,
        outcome: match change.action {
            Action::Unchanged | Action::Edited => Outcome::Kept,
            _ => Outcome::Skipped(Skip::NotBegun),
        },
    });
    UserResult { user: user.user.clone(), results: results.collect(), foreign_fails }
}

async fn of_user(plan: &UserPlan, order: u64, clouds: &Clouds, run: &Run<'_>, foreign_fails: bool) -> UserResult {
    let blocked = foreign_fails && plan.changes.iter().any(|change| change.action == Action::Foreign);
    let work = Work { plan, order, clouds, run, blocked };
    let (going, coming): (Vec<_>, Vec<_>) = plan.changes.iter().partition(|change| change.action == Action::Delete);
    let mut ended = BTreeMap::new();
    work.come(coming, &mut ended).await;
    work.go(going, &mut ended).await;
    // Back into the plan's order.
    let results = plan.changes.iter().filter_map(|change| ended.remove(&change.key)).collect();
    let result = UserResult { user: plan.user.clone(), results, foreign_fails };
    run.tell(Happened::UserFinished {
        user: plan.user.to_string(),
        ok: result.ok(),
        changed: result.changed(),
        error: result.error(),
    });
    result
}

/// How changes ended, by what they are of.
type Results = BTreeMap<Key, ChangeResult>;

/// A user's changes, and what they are made with.
struct Work<'a> {
    plan: &'a UserPlan,
    order: u64,
    clouds: &'a Clouds,
    run: &'a Run<'a>,
    /// Whether a foreign thing stops this user.
    blocked: bool,
}

impl<'a> Work<'a> {
    fn cloud(&self) -> Option<&Arc<dyn Cloud>> {
        self.clouds.of(&self.plan.place, &self.plan.user)
    }

    /// What comes or stays: each as soon as what it stands on is there.
    async fn come(&self, changes: Vec<&'a Change>, ended: &mut Results) {
        let is_scarce = |operation: &str| self.cloud().is_some_and(|cloud| cloud.bucket(operation).is_some());
        let awaited = |change| (change, awaited(change, &self.plan.changes, &is_scarce));
        let mut waiting: Vec<_> = changes.into_iter().map(awaited).collect();
        let mut running = FuturesUnordered::new();
        loop {
            let is_ready = |(_, awaited): &mut (_, Vec<Key>)| awaited.iter().all(|key| ended.contains_key(key));
            let ready: Vec<_> = waiting.extract_if(.., is_ready).collect();
            let nothing_begun = ready.is_empty();
            for (change, _) in ready {
                match self.at_once(change, ended) {
                    Some(result) => _ = ended.insert(change.key.clone(), result),
                    None => running.push(self.one(change)),
                }
            }
            if nothing_begun {
                let Some(result) = running.next().await else { break };
                ended.insert(result.key.clone(), result);
            }
        }
    }

    /// What goes: by rank backwards, everything of a rank at once.
    async fn go(&self, changes: Vec<&'a Change>, ended: &mut Results) {
        let mut stages: BTreeMap<u8, Vec<&Change>> = BTreeMap::new();
        for change in changes {
            stages.entry(change.key.kind.facts().teardown).or_default().push(change);
        }
        for changes in stages.into_values() {
            let (at_once, tried): (Vec<_>, Vec<_>) = changes
                .into_iter()
                .map(|change| (change, self.at_once(change, ended)))
                .partition(|(_, result)| result.is_some());
            ended.extend(at_once.into_iter().filter_map(|(change, result)| Some((change.key.clone(), result?))));
            let results = join_all(tried.into_iter().map(|(change, _)| self.one(change))).await;
            ended.extend(results.into_iter().map(|result| (result.key.clone(), result)));
        }
    }

    /// How a change ends of which nothing is tried.
    fn at_once(&self, change: &Change, ended: &Results) -> Option<ChangeResult> {
        let outcome = match change.action {
            Action::Unchanged | Action::Edited => Outcome::Kept,
            Action::Foreign => Outcome::Foreign,
            _ if self.blocked => Outcome::Skipped(Skip::Blocked),
            _ => Outcome::Skipped(Skip::Missing(missing(change, &self.plan.changes, ended)?)),
        };
        if change.action != Action::Foreign || self.blocked {
            self.run.failed(&self.plan.user, change, &outcome);
        }
        Some(result(change, outcome, change.arn.clone(), 0))
    }

    async fn one(&self, change: &'a Change) -> ChangeResult {
        let Some(cloud) = self.cloud() else {
            let place = &self.plan.place;
            let outcome = Outcome::Failed(CloudError {
                operation: "apply".to_owned(),
                code: None,
                message: format!("no connection to account {} in {}", place.account, place.region),
                class: ErrorClass::Invalid,
            });
            self.run.failed(&self.plan.user, change, &outcome);
            return result(change, outcome, change.arn.clone(), 0);
        };
        let task = Task { plan: self.plan, change, order: self.order };
        let (outcome, arn, ms) = self.run.step(task, cloud).await;
        result(change, outcome, arn, ms)
    }
}

fn result(change: &Change, outcome: Outcome, arn: String, ms: u64) -> ChangeResult {
    ChangeResult { key: change.key.clone(), action: change.action, arn, ms, outcome }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    use super::super::StopCause;
    use super::*;
    use crate::apply::RolloutPolicy;
    use crate::cloud::RetryPolicy;
    use crate::cloud::fake::{Fake, Fault};
    use crate::event::{Event, Listener};
    use crate::host::Interrupt;
    use crate::host::virtual_time::Virtual;
    use crate::kind::{Dashboard, Function, Live, LogGroup, Part, Resource, Role, StateMachine};
    use crate::model::{Kind, LabName, Tags, UserName, tag};
    use crate::plan::{Found, PlanOptions, UserTeardown, plan, teardown, world};

    impl Applied {
        /// How many users are as they should be, and how many are not.
        fn users_ok_and_failed(&self) -> (usize, usize) {
            let ok = self.users.iter().filter(|user| user.ok()).count();
            (ok, self.users.len() - ok)
        }
    }

    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<Happened>>>);

    impl Listener for Heard {
        fn hear(&self, event: &Event) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.event.clone());
        }
    }

    impl Heard {
        fn all(&self) -> Vec<Happened> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
        }
    }

    struct Scene {
        fake: Arc<Fake>,
        clouds: Clouds,
        heard: Heard,
        journal: Journal,
        options: ApplyOptions,
    }

    impl Scene {
        fn new() -> Self {
            Self::with(Fake::new(world::place()))
        }

        fn with(fake: Fake) -> Self {
            let fake = Arc::new(fake);
            let cloud: Arc<dyn Cloud> = Arc::clone(&fake) as Arc<dyn Cloud>;
            let heard = Heard::default();
            let journal = Journal::open(None, None, vec![Box::new(heard.clone())]).unwrap();
            let ms = Duration::from_millis;
            let retry = RetryPolicy { first: ms(1), longest: ms(2), total: ms(20) };
            let options = ApplyOptions { retry, ..ApplyOptions::default() };
            let mut clouds = Clouds::default();
            clouds.add(world::place(), cloud);
            Self { fake, clouds, heard, journal, options }
        }

        fn found(&self) -> Found {
            Found::from([(world::place(), self.fake.observed())])
        }

        fn plan(&self, users: &[&str]) -> Plan {
            let mut desired = world::desired("x", Vec::new());
            desired.users = users.iter().flat_map(|user| world::desired(user, lab(user)).users).collect();
            plan(&desired, &self.found(), PlanOptions::default())
        }

        async fn apply(&self, plan: &Plan) -> Applied {
            apply(plan, &self.clouds, &self.journal, &self.options).await
        }
    }

    fn lab(user: &str) -> Vec<Resource> {
        vec![
            world::role(&format!("{user}-r"), "one", "lab6", user),
            world::log_group(&format!("{user}-f"), 7, "lab6", user),
            world::group(&format!("/aws/vendedlogs/states/{user}-m"), 7, "lab6", user),
            world::function(&format!("{user}-f"), 30, "aaaa", "lab6", user),
            world::machine(&format!("{user}-m"), "{}", "lab6", user),
            world::dashboard(&format!("{user}-d"), "{}", "lab6", user),
        ]
    }

    fn outcome(applied: &Applied, kind: Kind) -> &Outcome {
        &applied.outcomes().find(|result| result.key.kind == kind).unwrap().outcome
    }

    #[tokio::test]
    async fn a_class_is_made_roles_first_and_then_there_is_nothing_to_do() {
        let scene = Scene::new();
        let applied = scene.apply(&scene.plan(&["ann", "bob"])).await;
        assert_eq!(applied.users_ok_and_failed(), (2, 0));
        assert_eq!(applied.count(Action::Create), 12);
        assert!(!scene.plan(&["ann", "bob"]).has_changes());
        let log = scene.fake.log();
        let last_role = log.iter().rposition(|line| line.contains("role")).unwrap();
        let first_function = log.iter().position(|line| line.contains("function")).unwrap();
        assert!(last_role < first_function, "{log:?}");
    }

    #[tokio::test]
    async fn where_nothing_is_scarce_a_machine_waits_for_its_role_and_its_log_group_alone() {
        let order = async |fake: Fake| {
            let scene = Scene::with(fake);
            let (function, machine) = (&lab("ann")[3].key, &lab("ann")[4].key);
            let not_known = || Fault::Fails(ErrorClass::IamPropagation);
            scene.fake.fault("create", function, [not_known(), not_known()]);
            scene.apply(&scene.plan(&["ann"])).await;
            let log = scene.fake.log();
            let at = |key: &Key| log.iter().rposition(|line| *line == format!("create {key}")).unwrap();
            at(function) < at(machine)
        };
        assert!(!order(Fake::unpaced(world::place())).await);
        // A token that is spent on a role nobody knows yet is lost for a second; functions, of which there may be more, find out.
        assert!(order(Fake::new(world::place())).await);
    }

    #[tokio::test]
    async fn every_change_is_announced_before_its_call_and_closed_after_it() {
        let scene = Scene::new();
        scene.apply(&scene.plan(&["ann"])).await;
        let heard = scene.heard.all();
        let at = |wanted: &dyn Fn(&Happened) -> bool| heard.iter().position(wanted).unwrap();
        for resource in lab("ann") {
            let started = at(&|event| matches!(event, Happened::ChangeStarted { key, .. } if *key == resource.key));
            let ended = at(&|event| matches!(event, Happened::ChangeSucceeded { key, .. } if *key == resource.key));
            assert!(started < ended);
        }
        assert!(matches!(heard.last(), Some(Happened::UserFinished { ok: true, changed: 6, error: None, .. })));
    }

    #[tokio::test]
    async fn a_failed_role_takes_along_only_what_needs_it() {
        let scene = Scene::new();
        scene.fake.fault("create", &lab("ann")[0].key, [Fault::Fails(ErrorClass::Denied)]);
        let applied = scene.apply(&scene.plan(&["ann", "bob"])).await;
        assert_eq!(applied.users_ok_and_failed(), (1, 1));
        assert!(matches!(outcome(&applied, Role::KIND), Outcome::Failed(error) if error.class == ErrorClass::Denied));
        assert_eq!(
            *outcome(&applied, Function::KIND),
            Outcome::Skipped(Skip::Missing("its role `ann-r` failed".into()))
        );
        assert_eq!(
            *outcome(&applied, StateMachine::KIND),
            Outcome::Skipped(Skip::Missing("its role `ann-r` failed".into()))
        );
        assert_eq!(*outcome(&applied, LogGroup::KIND), Outcome::Done);
        assert_eq!(*outcome(&applied, Dashboard::KIND), Outcome::Done);
        // Again, without the fault: only what is missing is made.
        let again = scene.apply(&scene.plan(&["ann", "bob"])).await;
        assert_eq!((again.users_ok_and_failed(), again.count(Action::Create)), ((2, 0), 3));
    }

    #[tokio::test]
    async fn what_passes_is_waited_out_and_told() {
        let scene = Scene::new();
        let resources = lab("ann");
        scene.fake.fault(
            "create",
            &resources[3].key,
            [Fault::Fails(ErrorClass::IamPropagation), Fault::Fails(ErrorClass::IamPropagation)],
        );
        scene.fake.fault("create", &resources[4].key, [Fault::Fails(ErrorClass::Busy)]);
        let applied = scene.apply(&scene.plan(&["ann"])).await;
        assert_eq!(applied.users_ok_and_failed(), (1, 0));
        let reported: Vec<String> = scene
            .heard
            .all()
            .into_iter()
            .filter_map(|event| match event {
                Happened::Waited { reason, key, .. } => Some(format!("{reason} {}", key.kind)),
                _ => None,
            })
            .collect();
        assert_eq!(reported, ["iam function", "iam function", "busy state-machine"]);
    }

    #[test]
    fn who_waits_for_a_role_that_another_found_too_young_is_told() {
        let (waited, _) = Virtual::run(async |time| {
            let mut scene = Scene::new();
            // One of a kind at a time: bob's turn comes when ann's function was refused, and nobody tries his.
            (scene.options.concurrency, scene.options.time) = (1, time);
            scene.options.retry = RetryPolicy::default();
            scene.fake.fault("create", &lab("ann")[3].key, [Fault::Fails(ErrorClass::IamPropagation)]);
            assert_eq!(scene.apply(&scene.plan(&["ann", "bob"])).await.users_ok_and_failed(), (2, 0));
            let waited = scene.heard.all().into_iter().filter_map(|event| match event {
                Happened::Waited { reason, key, .. } => Some(format!("{reason} {}", key.name)),
                _ => None,
            });
            waited.collect::<Vec<_>>()
        });
        assert_eq!(waited, ["iam ann-f", "iam bob-f"]);
    }

    #[tokio::test]
    async fn patience_ends_and_the_error_is_told() {
        let scene = Scene::new();
        let function = &lab("ann")[3].key;
        scene.fake.fault("create", function, (0..200).map(|_| Fault::Fails(ErrorClass::IamPropagation)));
        let applied = scene.apply(&scene.plan(&["ann"])).await;
        let failed = outcome(&applied, Function::KIND);
        assert!(matches!(failed, Outcome::Failed(error) if error.class == ErrorClass::IamPropagation));
        assert_eq!(applied.users[0].error().unwrap(), "function ann-f: fake:create: as scripted");
    }

    #[tokio::test]
    async fn a_create_whose_answer_was_lost_is_found_and_finished() {
        let scene = Scene::new();
        let role = &lab("ann")[0];
        scene.fake.fault("create", &role.key, [Fault::Lost(ErrorClass::Busy)]);
        let applied = scene.apply(&scene.plan(&["ann"])).await;
        assert_eq!(applied.users_ok_and_failed(), (1, 0));
        assert!(!scene.fake.log().contains(&"update role ann-r".to_owned()));

        // Half made: no digest tag yet.
        let scene = Scene::new();
        let before = scene.plan(&["ann"]);
        let mut half = world::live(role);
        half.tags.remove(tag::DIGEST);
        scene.fake.put(&role.key, half);
        assert_eq!(scene.apply(&before).await.users_ok_and_failed(), (1, 0));
        assert!(scene.fake.log().contains(&"update role ann-r".to_owned()));
        assert!(!scene.plan(&["ann"]).has_changes());
    }

    #[tokio::test]
    async fn a_thing_that_appears_meanwhile_is_not_touched() {
        let scene = Scene::new();
        let before = scene.plan(&["ann"]);
        let role = &lab("ann")[0];
        let foreign = Live { tags: Tags::new(), ..world::live(role) };
        scene.fake.put(&role.key, foreign.clone());
        let applied = scene.apply(&before).await;
        assert!(matches!(outcome(&applied, Role::KIND), Outcome::Failed(error) if error.class == ErrorClass::Exists));
        assert_eq!(scene.fake.observed().resources[&role.key], foreign);
    }

    #[tokio::test]
    async fn a_foreign_thing_stops_its_user_and_nobody_else() {
        let scene = Scene::new();
        let role = &lab("ann")[0];
        scene.fake.put(&role.key, Live { tags: Tags::new(), ..world::live(role) });
        let applied = scene.apply(&scene.plan(&["ann", "bob"])).await;
        assert_eq!(applied.users_ok_and_failed(), (1, 1));
        assert_eq!(*outcome(&applied, Role::KIND), Outcome::Foreign);
        assert!(applied.users[0].error().unwrap().contains("`--adopt`"));
        assert!(scene.fake.log().iter().all(|line| !line.contains("ann")));
    }

    #[tokio::test]
    async fn an_interrupt_ends_what_is_in_flight_and_starts_nothing() {
        let scene = Scene::new();
        scene.options.interrupt.trigger();
        let applied = scene.apply(&scene.plan(&["ann"])).await;
        assert!(applied.interrupted);
        assert_eq!(scene.fake.log(), Vec::<String>::new());

        // Pulled while a change waits: it ends at once, and the next run converges.
        let mut scene = Scene::new();
        let minute = Duration::from_mins(1);
        scene.options.retry = RetryPolicy { first: minute, longest: minute, total: minute };
        scene.fake.fault("create", &lab("ann")[0].key, [Fault::Fails(ErrorClass::Busy)]);
        let plan = scene.plan(&["ann"]);
        let (applied, ()) = tokio::join!(scene.apply(&plan), async {
            while !scene.heard.all().iter().any(|event| matches!(event, Happened::Waited { .. })) {
                tokio::task::yield_now().await;
            }
            scene.options.interrupt.trigger();
        });
        assert!(applied.interrupted);
        assert!(*outcome(&applied, Role::KIND) == Outcome::Skipped(Skip::Interrupted { tried: true }));
        scene.options.interrupt = Interrupt::new();
        assert_eq!(scene.apply(&scene.plan(&["ann"])).await.users_ok_and_failed(), (1, 0));
    }

    #[tokio::test]
    async fn a_canary_that_fails_is_the_only_one_that_was_begun() {
        let mut scene = Scene::new();
        scene.options.rollout = RolloutPolicy { canary: 1, ..RolloutPolicy::default() };
        scene.fake.fault("create", &lab("ann")[0].key, [Fault::Fails(ErrorClass::Denied)]);
        let applied = scene.apply(&scene.plan(&["ann", "bob", "cid"])).await;
        let cause = StopCause::Canary { users: 1 };
        assert_eq!(applied.stopped, Some(Stopped { cause, failed: 1, not_begun: 2 }));
        let begun: Vec<_> = applied.users.iter().map(|user| (user.user.as_str(), user.is_begun(), user.ok())).collect();
        assert_eq!(begun, [("ann", true, false), ("bob", false, false), ("cid", false, false)]);
        assert!(scene.fake.log().iter().all(|line| line.contains("ann")), "{:?}", scene.fake.log());
        let finished = scene.heard.all().iter().filter(|event| matches!(event, Happened::UserFinished { .. })).count();
        assert_eq!(finished, 1, "who was not begun is told as a count");

        // Now it works: the rest follows after its last change.
        let applied = scene.apply(&scene.plan(&["ann", "bob", "cid"])).await;
        assert_eq!((applied.users_ok_and_failed(), applied.stopped), ((3, 0), None));
        let log = scene.fake.log();
        let last_ann = log.iter().rposition(|line| line.contains("ann")).unwrap();
        let first_bob = log.iter().position(|line| line.contains("bob")).unwrap();
        assert!(last_ann < first_bob, "{log:?}");
    }

    #[tokio::test]
    async fn who_has_nothing_to_do_is_no_canary() {
        let mut scene = Scene::new();
        scene.apply(&scene.plan(&["ann"])).await;
        scene.options.rollout = RolloutPolicy { canary: 1, ..RolloutPolicy::default() };
        scene.fake.fault("create", &lab("bob")[0].key, [Fault::Fails(ErrorClass::Denied)]);
        let applied = scene.apply(&scene.plan(&["ann", "bob", "cid"])).await;
        let begun: Vec<_> = applied.users.iter().map(|user| (user.user.as_str(), user.is_begun(), user.ok())).collect();
        assert_eq!(begun, [("ann", true, true), ("bob", true, false), ("cid", false, false)]);
    }

    #[tokio::test]
    async fn a_user_with_a_connection_of_their_own_is_served_by_no_other() {
        let mut scene = Scene::new();
        let own = Arc::new(Fake::new(world::place()));
        let bob = UserName::new("bob").unwrap();
        scene.clouds.add_own(world::place(), bob, Arc::clone(&own) as Arc<dyn Cloud>);
        assert_eq!(scene.apply(&scene.plan(&["ann", "bob"])).await.users_ok_and_failed(), (2, 0));
        assert!(own.log().iter().all(|line| line.contains("bob-")) && !own.log().is_empty(), "{:?}", own.log());
        assert!(scene.fake.log().iter().all(|line| line.contains("ann-")), "{:?}", scene.fake.log());
    }

    #[tokio::test]
    async fn a_class_in_which_too_many_fail_is_stopped() {
        let mut scene = Scene::new();
        let names = ["ann", "bob", "cid", "dan", "eve", "fay"];
        // Who has everything already is no reason to go on faster.
        scene.apply(&scene.plan(&["bob", "fay"])).await;
        scene.options.rollout = RolloutPolicy { max_failures: Some(1), ..RolloutPolicy::default() };
        for user in names {
            scene.fake.fault("create", &lab(user)[0].key, [Fault::Fails(ErrorClass::Denied)]);
        }
        let applied = scene.apply(&scene.plan(&names)).await;
        let cause = StopCause::TooManyFailures { allowed: 1 };
        assert_eq!(applied.stopped, Some(Stopped { cause, failed: 2, not_begun: 2 }));
        let begun: Vec<_> = applied.users.iter().map(|user| (user.user.as_str(), user.is_begun(), user.ok())).collect();
        let expected = [
            ("ann", true, false),
            ("bob", true, true),
            ("cid", true, false),
            ("dan", false, false),
            ("eve", false, false),
            ("fay", true, true),
        ];
        assert_eq!(begun, expected);
    }

    #[tokio::test]
    async fn a_teardown_goes_backwards_and_tells_what_was_gone() {
        let mut scene = Scene::new();
        scene.apply(&scene.plan(&["ann"])).await;
        let teardowns =
            [UserTeardown { user: UserName::new("ann").unwrap(), place: world::place(), wanted: BTreeSet::new() }];
        let plan = teardown(&scene.found(), &LabName::new("lab6").unwrap(), &teardowns, &BTreeSet::new(), false);
        let dashboard = &lab("ann")[5].key;
        scene.fake.delete(dashboard, "", &plan.users[0].owner(&plan.users[0].changes[0])).await.unwrap();
        scene.options.foreign_fails = false;
        let applied = scene.apply(&plan).await;
        assert_eq!(applied.users_ok_and_failed(), (1, 0));
        assert_eq!(*outcome(&applied, Dashboard::KIND), Outcome::AlreadyGone);
        assert_eq!(applied.count(Action::Delete), 5);
        assert!(scene.fake.observed().resources.is_empty());
        let kinds: Vec<_> = applied.outcomes().map(|result| result.key.kind.rank()).collect();
        assert!(kinds.is_sorted_by(|left, right| left >= right));
    }

    #[tokio::test]
    async fn what_changed_hands_meanwhile_is_not_deleted() {
        let mut scene = Scene::new();
        scene.apply(&scene.plan(&["ann"])).await;
        let teardowns =
            [UserTeardown { user: UserName::new("ann").unwrap(), place: world::place(), wanted: BTreeSet::new() }];
        let plan = teardown(&scene.found(), &LabName::new("lab6").unwrap(), &teardowns, &BTreeSet::new(), false);
        let own = &lab("ann")[5];
        let made_by_hand = Live { tags: Tags::new(), ..world::live(own) };
        scene.fake.put(&own.key, made_by_hand.clone());
        scene.options.foreign_fails = false;
        let applied = scene.apply(&plan).await;
        let failed = outcome(&applied, Dashboard::KIND);
        assert!(matches!(failed, Outcome::Failed(error) if error.class == ErrorClass::Exists));
        assert_eq!(scene.fake.observed().resources, BTreeMap::from([(own.key.clone(), made_by_hand)]));
    }

    #[tokio::test]
    async fn an_update_names_its_parts() {
        let scene = Scene::new();
        scene.apply(&scene.plan(&["ann"])).await;
        let changed = world::function("ann-f", 15, "aaaa", "lab6", "ann");
        let mut resources = lab("ann");
        resources[3] = changed;
        let plan = plan(&world::desired("ann", resources), &scene.found(), PlanOptions::default());
        let update = plan.users[0].changes.iter().find(|change| change.action == Action::Update).unwrap();
        assert_eq!(update.parts, BTreeSet::from([Part::Configuration, Part::Tags]));
        assert_eq!(scene.apply(&plan).await.count(Action::Update), 1);
    }
}
