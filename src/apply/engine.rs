//! Ranks in order, everything within a rank at once, users side by side. What is made and still settles holds nothing up.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::caution::Gate;
use super::needs::missing;
use super::step::{Run, Stands, Task};
use super::{Applied, Caution, ChangeResult, Clouds, Interrupt, Outcome, Patience, Skip, Stopped, UserResult};
use crate::cloud::{CloudError, ErrorClass};
use crate::event::{Happened, Journal};
use crate::host::{self, Time};
use crate::model::{Key, Kind};
use crate::plan::{Action, Change, Plan, UserPlan};

/// How a plan is applied.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// Stops new changes when pulled.
    pub interrupt: Interrupt,
    /// Changes of one kind in flight at once. How many calls are out, and how fast they go, is the connection's business.
    pub concurrency: usize,
    /// How long to wait for what passes.
    pub patience: Patience,
    /// Whether a user in whose way a foreign thing stands fails, with nothing made for that user (a deployment), or goes on without it
    /// (a teardown).
    pub foreign_fails: bool,
    /// Whose time waits are measured in.
    pub time: Time,
    /// How far to go on while users fail.
    pub caution: Caution,
}

impl Default for ApplyOptions {
    /// For a deployment: two minutes of patience, and enough in flight that no bucket stands full while another is waited for.
    fn default() -> Self {
        Self {
            interrupt: Interrupt::new(),
            concurrency: 640,
            patience: Patience::default(),
            foreign_fails: true,
            time: host::real_time(),
            caution: Caution::default(),
        }
    }
}

/// Makes a plan true: ranks in order within a user, users side by side. A rank begins when all of the one before is made, and need not
/// wait until it has settled. A failed change takes along only what depends on it. Never
/// fails as a whole; how each change ended is in the result and, before it, in the journal.
///
/// Each kind has its own places in flight, so that a kind AWS takes slowly never holds up another: its calls are out as soon as its
/// first resources can be made, and every bucket is drawn from all the time. Within a kind the users that come first in the plan
/// go first, also where their calls queue for a bucket.
pub async fn apply(plan: &Plan, clouds: &Clouds, journal: &Journal, options: &ApplyOptions) -> Applied {
    let run = Run::new(journal, options);
    let mut gate = Gate::new(options.caution);
    // Who has nothing to do is not held up, and tells nothing about how the others will fare.
    let (busy, idle): (Vec<_>, Vec<_>) = plan.users.iter().enumerate().partition(|(_, user)| has_work(user));
    // The gate counts those who have something to do.
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
        let lets_in = |gate: &Gate, turn| gate.admits(turn) || (options.interrupt.is_set() && gate.stop().is_none());
        // After an interruption everybody is let in, to be told that nothing was begun.
        while let Some((turn, (order, user))) = waiting.next_if(|(turn, _)| lets_in(&gate, *turn)) {
            gate.begin(turn);
            in_flight.push(async move { (turn, begin(order, user).await) });
        }
        let Some((turn, (order, result))) = in_flight.next().await else { break };
        gate.end(turn, result.ok());
        ended.insert(order, result);
    }
    let left_out: Vec<_> = waiting.map(|(_, (order, user))| (order, not_begun(user, options.foreign_fails))).collect();
    let stopped = gate.stop().filter(|_| !left_out.is_empty()).map(|cause| {
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
    let mut ended: BTreeMap<Key, ChangeResult> = BTreeMap::new();
    let blocked = foreign_fails && plan.changes.iter().any(|change| change.action == Action::Foreign);
    let mut stages: BTreeMap<(bool, u8, bool), Vec<&Change>> = BTreeMap::new();
    for change in &plan.changes {
        stages.entry(stage(change)).or_default().push(change);
    }
    let (telling, mut told) = mpsc::unbounded_channel();
    let mut running = FuturesUnordered::new();
    // What holds up others, and whether it only waits for its role to be known.
    let mut open: BTreeMap<&Key, bool> = BTreeMap::new();
    let mut stages = stages.into_iter().peekable();
    while let Some(((_, rank, _), changes)) = stages.next() {
        for change in changes {
            if let Some(result) = at_once(plan, change, run, &ended, blocked) {
                ended.insert(change.key.clone(), result);
            } else {
                open.insert(&change.key, false);
                running.push(one(Task { plan, change, order }, clouds, run, telling.clone()));
            }
        }
        let same_rank = stages.peek().is_some_and(|((_, next, _), _)| *next == rank);
        while open.values().any(|waits| !(*waits && same_rank)) {
            tokio::select! {
                Some(result) = running.next() => {
                    open.remove(&result.key);
                    ended.insert(result.key.clone(), result);
                }
                Some((key, stands)) = told.recv() => match (stands, open.get_mut(&key)) {
                    (Stands::Made, _) => _ = open.remove(&key),
                    (Stands::Waiting, Some(waits)) => *waits = true,
                    (Stands::Waiting, None) => {}
                },
                else => break,
            }
        }
    }
    ended.extend(running.map(|result| (result.key.clone(), result)).collect::<Vec<_>>().await);
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

/// When a change is tried: what comes by rank, then what goes by rank backwards. A dashboard stands on nothing and nothing on it,
/// so it waits for nobody. A log group that comes goes after the functions, which do not stand on it and take a while to settle: at least
/// until these are made, or wait for their role to be known.
fn stage(change: &Change) -> (bool, u8, bool) {
    let kind = change.key.kind;
    let is_free = kind == Kind::Dashboard;
    match change.action {
        Action::Delete if is_free => (true, 0, false),
        Action::Delete => (true, Kind::StateMachine.rank().saturating_sub(kind.rank()), false),
        _ if is_free => (false, 0, false),
        _ if kind == Kind::LogGroup => (false, Kind::Function.rank(), true),
        _ => (false, kind.rank(), false),
    }
}

/// How a change ends of which nothing is tried.
fn at_once(
    plan: &UserPlan,
    change: &Change,
    run: &Run<'_>,
    ended: &BTreeMap<Key, ChangeResult>,
    blocked: bool,
) -> Option<ChangeResult> {
    let outcome = match change.action {
        Action::Unchanged | Action::Edited => Outcome::Kept,
        Action::Foreign => Outcome::Foreign,
        _ if blocked => Outcome::Skipped(Skip::Blocked),
        _ => Outcome::Skipped(Skip::Missing(missing(change, &plan.changes, ended)?)),
    };
    if change.action != Action::Foreign || blocked {
        run.failed(&plan.user, change, &outcome);
    }
    Some(result(change, outcome, change.arn.clone(), 0))
}

/// Tries a change, and says its key as soon as it need not hold up others any more.
async fn one(
    task: Task<'_>,
    clouds: &Clouds,
    run: &Run<'_>,
    telling: mpsc::UnboundedSender<(Key, Stands)>,
) -> ChangeResult {
    let Task { plan, change, .. } = task;
    let Some(cloud) = clouds.of(&plan.place, &plan.user) else {
        let outcome = Outcome::Failed(CloudError {
            operation: "apply".to_owned(),
            code: None,
            message: format!("no connection to account {} in {}", plan.place.account, plan.place.region),
            class: ErrorClass::Invalid,
        });
        run.failed(&plan.user, change, &outcome);
        return result(change, outcome, change.arn.clone(), 0);
    };
    let tell = |stands| _ = telling.send((change.key.clone(), stands));
    let (outcome, arn, ms) = run.step(task, cloud.as_ref(), &tell).await;
    result(change, outcome, arn, ms)
}

fn result(change: &Change, outcome: Outcome, arn: String, ms: u64) -> ChangeResult {
    ChangeResult { key: change.key.clone(), action: change.action, arn, ms, outcome }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    use super::super::StopCause;
    use super::*;
    use crate::cloud::Cloud;
    use crate::cloud::fake::{Fake, Fault};
    use crate::event::{Event, Listener};
    use crate::host::virtual_time::Virtual;
    use crate::model::{LabName, Live, Part, Resource, Tags, UserName, tag};
    use crate::plan::{Found, Leaving, PlanOptions, plan, teardown, world};

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
            let fake = Arc::new(Fake::new(world::place()));
            let cloud: Arc<dyn Cloud> = Arc::clone(&fake) as Arc<dyn Cloud>;
            let heard = Heard::default();
            let journal = Journal::open(&[], vec![Box::new(heard.clone())]).unwrap();
            let ms = Duration::from_millis;
            let patience = Patience { first: ms(1), longest: ms(2), total: ms(20) };
            let options = ApplyOptions { patience, ..ApplyOptions::default() };
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
    async fn a_machine_does_not_wait_for_a_function_that_settles_but_its_user_does() {
        let scene = Scene::new();
        let function = &lab("ann")[3].key;
        scene.fake.fault("settle", function, [Fault::Fails(ErrorClass::Denied)]);
        let applied = scene.apply(&scene.plan(&["ann"])).await;
        let log = scene.fake.log();
        let at = |line: &str| log.iter().position(|logged| logged == line).unwrap();
        assert!(at("create function ann-f") < at("create state-machine ann-m"), "{log:?}");
        assert!(at("create state-machine ann-m") < at("settle function ann-f"), "{log:?}");
        assert_eq!(applied.users_ok_and_failed(), (0, 1));
        assert!(matches!(outcome(&applied, Kind::Function), Outcome::Failed(_)));
        assert_eq!(*outcome(&applied, Kind::StateMachine), Outcome::Done);
        assert!(matches!(scene.heard.all().last(), Some(Happened::UserFinished { ok: false, .. })));
    }

    #[tokio::test]
    async fn log_groups_go_after_functions_and_beside_those_that_wait_for_their_role() {
        let scene = Scene::new();
        let (group, function) = (&lab("ann")[1].key, &lab("ann")[3].key);
        let order = |log: &[String], lines: [&str; 3]| {
            let at = lines.map(|line| log.iter().rposition(|logged| logged == line).unwrap());
            assert!(at.is_sorted(), "{log:?}");
        };
        let made = |key: &Key| format!("create {key}");
        scene.apply(&scene.plan(&["ann"])).await;
        order(&scene.fake.log(), [&made(function), &made(group), "create state-machine ann-m"]);

        let scene = Scene::new();
        scene.fake.fault("create", function, [Fault::Fails(ErrorClass::IamPropagation)]);
        scene.apply(&scene.plan(&["ann"])).await;
        order(&scene.fake.log(), [&made(group), &made(function), "create state-machine ann-m"]);
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
        assert!(matches!(outcome(&applied, Kind::Role), Outcome::Failed(error) if error.class == ErrorClass::Denied));
        assert_eq!(
            *outcome(&applied, Kind::Function),
            Outcome::Skipped(Skip::Missing("its role `ann-r` failed".into()))
        );
        assert_eq!(
            *outcome(&applied, Kind::StateMachine),
            Outcome::Skipped(Skip::Missing("its role `ann-r` failed".into()))
        );
        assert_eq!(*outcome(&applied, Kind::LogGroup), Outcome::Done);
        assert_eq!(*outcome(&applied, Kind::Dashboard), Outcome::Done);
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
        let told: Vec<String> = scene
            .heard
            .all()
            .into_iter()
            .filter_map(|event| match event {
                Happened::Waited { reason, key, .. } => Some(format!("{reason} {}", key.kind)),
                _ => None,
            })
            .collect();
        assert_eq!(told, ["iam function", "iam function", "busy state-machine"]);
    }

    #[test]
    fn who_waits_for_a_role_that_another_found_too_young_is_told() {
        let (waited, _) = Virtual::run(async |time| {
            let mut scene = Scene::new();
            // One of a kind at a time: bob's turn comes when ann's function was refused, and nobody tries his.
            (scene.options.concurrency, scene.options.time) = (1, time);
            scene.options.patience = Patience::default();
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
        let failed = outcome(&applied, Kind::Function);
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
        assert!(matches!(outcome(&applied, Kind::Role), Outcome::Failed(error) if error.class == ErrorClass::Exists));
        assert_eq!(scene.fake.observed().resources[&role.key], foreign);
    }

    #[tokio::test]
    async fn a_foreign_thing_stops_its_user_and_nobody_else() {
        let scene = Scene::new();
        let role = &lab("ann")[0];
        scene.fake.put(&role.key, Live { tags: Tags::new(), ..world::live(role) });
        let applied = scene.apply(&scene.plan(&["ann", "bob"])).await;
        assert_eq!(applied.users_ok_and_failed(), (1, 1));
        assert_eq!(*outcome(&applied, Kind::Role), Outcome::Foreign);
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
        scene.options.patience = Patience { first: minute, longest: minute, total: minute };
        scene.fake.fault("create", &lab("ann")[0].key, [Fault::Fails(ErrorClass::Busy)]);
        let plan = scene.plan(&["ann"]);
        let (applied, ()) = tokio::join!(scene.apply(&plan), async {
            while !scene.heard.all().iter().any(|event| matches!(event, Happened::Waited { .. })) {
                tokio::task::yield_now().await;
            }
            scene.options.interrupt.trigger();
        });
        assert!(applied.interrupted);
        assert!(*outcome(&applied, Kind::Role) == Outcome::Skipped(Skip::Interrupted { tried: true }));
        scene.options.interrupt = Interrupt::new();
        assert_eq!(scene.apply(&scene.plan(&["ann"])).await.users_ok_and_failed(), (1, 0));
    }

    #[tokio::test]
    async fn a_canary_that_fails_is_the_only_one_that_was_begun() {
        let mut scene = Scene::new();
        scene.options.caution = Caution { canary: 1, ..Caution::default() };
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
        scene.options.caution = Caution { canary: 1, ..Caution::default() };
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
        scene.options.caution = Caution { max_failures: Some(1), ..Caution::default() };
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
        let leaving = [Leaving { user: UserName::new("ann").unwrap(), place: world::place(), wanted: BTreeSet::new() }];
        let plan = teardown(&scene.found(), &LabName::new("lab6").unwrap(), &leaving, &BTreeSet::new());
        let dashboard = &lab("ann")[5].key;
        scene.fake.delete(dashboard, "", &plan.users[0].owner(&plan.users[0].changes[0])).await.unwrap();
        scene.options.foreign_fails = false;
        let applied = scene.apply(&plan).await;
        assert_eq!(applied.users_ok_and_failed(), (1, 0));
        assert_eq!(*outcome(&applied, Kind::Dashboard), Outcome::AlreadyGone);
        assert_eq!(applied.count(Action::Delete), 5);
        assert!(scene.fake.observed().resources.is_empty());
        let kinds: Vec<_> = applied.outcomes().map(|result| result.key.kind.rank()).collect();
        assert!(kinds.is_sorted_by(|left, right| left >= right));
    }

    #[tokio::test]
    async fn what_changed_hands_meanwhile_is_not_deleted() {
        let mut scene = Scene::new();
        scene.apply(&scene.plan(&["ann"])).await;
        let leaving = [Leaving { user: UserName::new("ann").unwrap(), place: world::place(), wanted: BTreeSet::new() }];
        let plan = teardown(&scene.found(), &LabName::new("lab6").unwrap(), &leaving, &BTreeSet::new());
        let own = &lab("ann")[5];
        let made_by_hand = Live { tags: Tags::new(), ..world::live(own) };
        scene.fake.put(&own.key, made_by_hand.clone());
        scene.options.foreign_fails = false;
        let applied = scene.apply(&plan).await;
        let failed = outcome(&applied, Kind::Dashboard);
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
