//! `labctl plan --simulate`: the plan made true on an endpoint of its own, under AWS's quotas, in a time that jumps.
//!
//! The real account is only read. What the plan found there is made first, without limits; then a second endpoint takes over that store
//! with AWS's buckets and IAM's delay, and the plan is applied to it by the same engine, pacer and calls as in earnest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt as _;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::session::Session;
use super::super::stages::NotDue;
use super::super::{endpoint, preflight, time, wheels};
use crate::apply::{self, ApplyOptions, Clouds, Outcome};
use crate::cloud::{self, Cloud, ConnectOptions, Depth, Scope, StaticCredentials};
use crate::event::Journal;
use crate::host::Time;
use crate::kind::{Function, Live, Package, Resource, Role};
use crate::local::{Bucket, Config, Endpoint, Faults, Quotas, TimeMode};
use crate::model::{AccountId, Key, Kind, Place, Policy, Tags, Target, TargetKind, User};
use crate::plan::{self, Action, Found, Plan, PlanOptions};
use crate::render::{self, Rendered};
use crate::ui::view::SimulationView;

/// Time goes in steps of this length: it jumps a few thousand times instead of once for every call.
const TICK_MS: i64 = 100;

/// IAM's delay where no `--faults` file says otherwise.
const IAM_DELAY_MS: u64 = 10_000;

/// Resources made at once before the clock starts.
const AT_ONCE: usize = 64;

/// Runs the session's plan on endpoints in memory and tells the time it took there.
///
/// # Errors
/// When no folder or port can be had, or a quotas or faults file cannot be read. Changes that fail are in the answer.
pub(crate) async fn simulate(
    context: &Context,
    session: &Session,
    found: &Found,
    options: PlanOptions,
    not_due: &NotDue,
) -> Result<SimulationView, Failure> {
    let folder =
        tempfile::tempdir().map_err(|source| Failure::file("make", Path::new("a temporary folder"), source))?;
    let users: Vec<&User> = session.users.iter().collect();
    // Packages are uploaded from files, and `plan` writes none.
    let whole = wheels::with(&session.lab)?;
    let mut rendered = render::render(&whole, &users, &session.places(), folder.path())?;
    render::write(&rendered, folder.path())?;
    not_due.narrow(&session.lab.pack, &mut rendered);
    let plan = plan::plan(&rendered.desired, found, options);
    let forecast = plan::forecast(&plan, &|place, operation| preflight::bucket(session, place, operation));
    let mut view = SimulationView {
        bound_seconds: preflight::tenths(forecast.bound_seconds),
        bound_by: forecast.bound_by().map(|load| load.bucket.clone()),
        ..SimulationView::default()
    };
    let accounts: BTreeSet<&AccountId> = plan.users.iter().map(|user| &user.place.account).collect();
    for account in accounts {
        let store = folder.path().join(format!("account-{account}"));
        let stage = Stage { context, session, account, store: &store, rendered: &rendered };
        let of_account = |user: &&plan::UserPlan| user.place.account == *account;
        let plan = Plan { users: plan.users.iter().filter(of_account).cloned().collect() };
        let calls: BTreeSet<&str> = forecast.calls.keys().map(String::as_str).collect();
        Box::pin(stage.furnish(&plan, found)).await?;
        Box::pin(stage.play(&plan, &calls, &mut view)).await?;
    }
    view.finish();
    Ok(view)
}

/// One account, simulated.
struct Stage<'a> {
    context: &'a Context,
    session: &'a Session,
    account: &'a AccountId,
    store: &'a Path,
    rendered: &'a Rendered,
}

impl Stage<'_> {
    /// Makes what is there already, in the order of ranks; what cannot be made is missed by the changes that need it.
    async fn furnish(&self, plan: &Plan, found: &Found) -> Result<(), Failure> {
        let mut seeds: Vec<(Place, Resource)> = Vec::new();
        for (place, observed) in found.iter().filter(|(place, _)| place.account == *self.account) {
            let there = observed.resources.iter().filter_map(|(key, live)| self.seed(key, live));
            seeds.extend(there.map(|resource| (place.clone(), resource)));
        }
        seeds.extend(brought_roles(plan, &seeds));
        if seeds.is_empty() {
            return Ok(());
        }
        let endpoint = Endpoint::start(self.config(Quotas::none(), Faults::default())).await?;
        let clouds = Box::pin(self.connect(&endpoint, plan, None)).await?;
        seeds.sort_by_key(|(_, resource)| resource.key.kind.rank());
        for rank in seeds.chunk_by(|(_, left), (_, right)| left.key.kind.rank() == right.key.kind.rank()) {
            let made = rank.iter().filter_map(|(place, resource)| Some((clouds.at(place)?, resource)));
            let made = futures::stream::iter(made.map(|(cloud, resource)| cloud.create(resource)));
            made.buffer_unordered(AT_ONCE).for_each(|_| async {}).await;
        }
        endpoint.stop().await;
        Ok(())
    }

    /// What has to be made so that a thing is there as it was found.
    fn seed(&self, key: &Key, live: &Live) -> Option<Resource> {
        let mut body = live.body.clone();
        if let Some(function) = body.of_mut::<Function>() {
            function.code.package = Some(self.package(key)?);
        }
        Some(Resource::new(key.name.as_str(), body, live.tags.clone()))
    }

    /// A function's own package, else any: what is in it does not matter here.
    fn package(&self, key: &Key) -> Option<Package> {
        let resources = || self.rendered.desired.users.iter().flat_map(|user| &user.resources);
        let package = |resource: &Arc<Resource>| resource.body.of::<Function>()?.code.package.clone();
        let own = resources().find(|resource| resource.key == *key).and_then(package);
        own.or_else(|| resources().find_map(package))
    }

    /// Looks and applies as `deploy` does, by the simulated clock.
    async fn play(&self, plan: &Plan, calls: &BTreeSet<&str>, view: &mut SimulationView) -> Result<(), Failure> {
        let (quotas, faults) = self.hardships(plan, calls)?;
        let endpoint = Endpoint::start(self.config(quotas, faults)).await?;
        let time = time::in_ticks(endpoint.clock(), TICK_MS);
        let clouds = Box::pin(self.connect(&endpoint, plan, Some(&time))).await?;
        for (place, cloud) in clouds.places() {
            cloud.observe(&self.scope(place)).await?;
        }
        let journal = Journal::open(None, None, Vec::new())?;
        let options = ApplyOptions { time: Arc::clone(&time), ..self.context.apply_options(true) };
        let applied = apply::apply(plan, &clouds, &journal, &options).await;
        view.seconds = view.seconds.max(preflight::tenths(time.elapsed().as_secs_f64()));
        for result in applied.outcomes().filter(|result| is_change(result.action)) {
            view.changes += 1;
            if !matches!(result.outcome, Outcome::Done | Outcome::AlreadyGone) {
                view.failed += 1;
            }
        }
        view.error = view.error.take().or_else(|| applied.users.iter().find_map(apply::UserResult::error));
        for (_, cloud) in clouds.places() {
            add(&mut view.api_calls, cloud.calls());
            add(&mut view.throttles, cloud.throttles());
        }
        endpoint.stop().await;
        Ok(())
    }

    /// AWS's quotas with the account's own figures above them, and IAM's delay; or what the settings say.
    fn hardships(&self, plan: &Plan, calls: &BTreeSet<&str>) -> Result<(Quotas, Faults), Failure> {
        let settings = &self.context.settings;
        let faults = match &settings.faults {
            Some(_) => endpoint::faults(settings)?,
            None => Faults { iam_delay_ms: IAM_DELAY_MS, ..Faults::default() },
        };
        if settings.quotas.is_some() {
            return Ok((endpoint::quotas(settings)?, faults));
        }
        let mut quotas = Quotas::aws();
        for place in plan.users.iter().map(|user| &user.place).collect::<BTreeSet<_>>() {
            let connection = self.session.connections.values().find(|connection| connection.place == *place);
            for operation in calls {
                let Some(paced) = connection.and_then(|connection| connection.cloud.bucket(operation)) else {
                    continue;
                };
                if matches!(paced.source, "manifest" | "service-quotas") {
                    let bucket = Bucket { burst: paced.quota.burst, per_second: paced.quota.per_second };
                    // The endpoint calls CloudWatch by its host's name.
                    quotas.set(&paced.bucket.replace("cloudwatch:", "monitoring:"), bucket);
                }
            }
        }
        Ok((quotas, faults))
    }

    fn config(&self, quotas: Quotas, faults: Faults) -> Config {
        Config {
            store: Some(self.store.to_owned()),
            account: self.account.to_string(),
            time: TimeMode::Jump,
            quotas,
            faults,
            ..Config::default()
        }
    }

    /// A connection for every region; paced by AWS's figures where there is a time to be paced in.
    async fn connect(&self, endpoint: &Endpoint, plan: &Plan, time: Option<&Time>) -> Result<Clouds, Failure> {
        let keys = endpoint.credentials();
        let mut clouds = Clouds::default();
        let mut shared = ConnectOptions {
            endpoint_url: Some(endpoint.url().to_owned()),
            credentials: Some(StaticCredentials::new(&*keys.access_key_id, &*keys.secret_access_key)),
            published: Some(time.is_some()),
            time: time.cloned(),
            ..ConnectOptions::default()
        };
        if time.is_some() {
            shared.quotas.clone_from(&self.session.lab.quotas);
        }
        for place in plan.users.iter().map(|user| &user.place).collect::<BTreeSet<_>>() {
            let target = Target::new(TargetKind::Local, place.region.clone());
            let cloud: Arc<dyn Cloud> = cloud::connect(&target, shared.clone()).await?;
            clouds.add(place.clone(), cloud);
        }
        Ok(clouds)
    }

    fn scope(&self, place: &Place) -> Scope {
        let here = || self.rendered.desired.users.iter().filter(|user| user.place == *place);
        Scope {
            lab: self.session.lab.name.clone(),
            users: here().map(|user| user.user.clone()).collect(),
            keys: here().flat_map(|user| &user.resources).map(|resource| resource.key.clone()).collect(),
            wanted: BTreeMap::new(),
            kinds: Kind::ALL.iter().copied().collect(),
            depth: Depth::Content,
        }
    }
}

/// Roles that functions and machines name and that neither the plan makes nor the look found: brought along, and taken to be able to do
/// everything.
fn brought_roles(plan: &Plan, seeds: &[(Place, Resource)]) -> Vec<(Place, Resource)> {
    let known: BTreeSet<&str> = seeds.iter().map(|(_, resource)| resource.key.name.as_str()).collect();
    let made: BTreeSet<&str> =
        plan.users.iter().flat_map(|user| &user.changes).map(|change| change.arn.as_str()).collect();
    let mut brought: BTreeMap<String, (Place, Resource)> = BTreeMap::new();
    for user in &plan.users {
        for resource in user.changes.iter().filter_map(|change| change.resource.as_ref()) {
            let Some(role) = resource.body.role() else { continue };
            let Some((_, path_and_name)) = role.split_once(":role") else { continue };
            let Some((path, name)) = path_and_name.rsplit_once('/') else { continue };
            if !made.contains(role) && !known.contains(name) {
                brought.insert(role.to_owned(), (user.place.clone(), brought_role(name, &format!("{path}/"))));
            }
        }
    }
    brought.into_values().collect()
}

fn brought_role(name: &str, path: &str) -> Resource {
    let statement = |fields: serde_json::Value| serde_json::json!({ "Version": "2012-10-17", "Statement": [fields] });
    let services = ["lambda.amazonaws.com", "states.amazonaws.com"];
    let trust_policy = statement(
        serde_json::json!({ "Effect": "Allow", "Principal": { "Service": services }, "Action": "sts:AssumeRole" }),
    );
    let everything = statement(serde_json::json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    let body = Role {
        path: path.to_owned(),
        description: String::new(),
        trust_policy: Policy::new(&trust_policy),
        inline_policies: BTreeMap::from([("Everything".to_owned(), Policy::new(&everything))]),
        managed_policies: Vec::new(),
        permissions_boundary: None,
    };
    Resource::new(name, body, Tags::new())
}

fn is_change(action: Action) -> bool {
    matches!(action, Action::Create | Action::Update | Action::Delete)
}

fn add(sum: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (operation, count) in more {
        *sum.entry(operation).or_default() += count;
    }
}
