//! What a command that talks to an endpoint needs: the lab, the chosen users, a connection per target.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::args::{Global, Selection, TargetChoice};
use super::context::Context;
use super::failure::Failure;
use super::lock::{self, Lock};
use super::whereabouts::Whereabouts;
use super::{endpoint, selection, time};
use crate::apply::{ApplyOptions, Clouds};
use crate::cloud::{self, Cloud, ConnectOptions, Identity, StaticCredentials};
use crate::event::{Happened, Journal};
use crate::host::{self, Time};
use crate::local::{self, Endpoint, TimeMode};
use crate::manifest::{self, Overrides};
use crate::model::{AccountId, Diagnostics, Lab, Place, Target, TargetKind, User, UserName};
use crate::ui::ProgressKind;

/// One account in one region, reached and known.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) cloud: Arc<dyn Cloud>,
    pub(super) identity: Identity,
    pub(super) place: Place,
    pub(super) target: Target,
}

/// An open session; [`Session::close`] stops the embedded endpoint.
pub(super) struct Session {
    pub(super) lab: Lab,
    pub(super) users: Vec<User>,
    pub(super) connections: BTreeMap<Target, Connection>,
    /// How many times faster than this machine's the endpoint's clock goes; infinite where it jumps and waits cost no real time.
    pub(super) time_factor: f64,
    embedded: Option<Endpoint>,
    /// Whose time changes are waited for in: an embedded endpoint's, else this machine's.
    time: Time,
}

/// Reads the manifest with what the command line says above it; warnings are shown at once.
///
/// # Errors
/// Every mistake of the manifest, the roster and the pack.
pub(super) fn load(context: &Context) -> Result<Lab, Failure> {
    load_with(context, &overrides(context))
}

/// Like [`load`], with other words above the manifest.
///
/// # Errors
/// Every mistake of the manifest, the roster and the pack.
pub(super) fn load_with(context: &Context, overrides: &Overrides) -> Result<Lab, Failure> {
    let (lab, warnings) = manifest::load(&context.global.manifest, overrides)?;
    loaded(context, &lab);
    // What is to be said of a pack is said once.
    let (of_pack, others) = warnings.0.into_iter().partition(|finding| finding.code.starts_with("pack::"));
    warn(context, &Diagnostics(others));
    super::told::warn_once(context, &lab, &Diagnostics(of_pack));
    Ok(lab)
}

/// Whether the manifest, with what is said above it, sends anybody's lab to AWS.
pub(super) fn is_for_aws(context: &Context) -> bool {
    let lab = manifest::load(&context.global.manifest, &overrides(context));
    lab.is_ok_and(|(lab, _)| lab.users.iter().any(|user| user.target.kind == TargetKind::Aws))
}

/// Notes where a lab goes, for the command's document.
pub(super) fn loaded(context: &Context, lab: &Lab) {
    if lab.users.is_empty() {
        context.whereabouts.written([&lab.target]);
    } else {
        context.whereabouts.written(lab.users.iter().map(|user| &user.target));
    }
}

/// What the command line and the environment say above the manifest.
pub(super) fn overrides(context: &Context) -> Overrides {
    let global = &context.global;
    Overrides {
        target: configured_target(global),
        endpoint_url: configured_endpoint(global),
        region: global.region.clone(),
        profile: global.profile.clone(),
        now_ms: Some(host::now_ms()),
    }
}

/// Shows findings that stop nothing.
pub(super) fn warn(context: &Context, warnings: &Diagnostics) {
    if !warnings.0.is_empty() && !context.global.quiet {
        context.ui.diagnostics(warnings);
    }
}

/// Says which options have no effect where the command goes.
fn tell_without_effect(context: &Context, targets: &[Target]) {
    let global = &context.global;
    let everywhere = |kind: TargetKind| targets.iter().all(|target| target.kind == kind);
    if let Some(profile) = global.profile.as_ref().filter(|_| everywhere(TargetKind::Local)) {
        context
            .ui
            .warning(&format!("`--profile {profile}` has no effect on the local target, which has keys of its own"));
    }
    if everywhere(TargetKind::Aws) {
        let given = [
            ("--time", global.time.is_some()),
            ("--quotas", global.quotas.is_some()),
            ("--faults", global.faults.is_some()),
        ];
        for (option, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            context.ui.warning(&format!("`{option}` has no effect on target aws: it is for the local endpoint"));
        }
    }
}

/// Variables that point one service elsewhere. Which URL goes where is the SDK's own business.
const SERVICE_VARIABLES: [&str; 8] = [
    "AWS_ENDPOINT_URL_CLOUDWATCH",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_LAMBDA",
    "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API",
    "AWS_ENDPOINT_URL_SFN",
    "AWS_ENDPOINT_URL_SQS",
    "AWS_ENDPOINT_URL_STS",
];

/// `--target`, else `aws` where the environment names an endpoint for a service.
fn configured_target(global: &Global) -> Option<TargetKind> {
    match global.target {
        Some(TargetChoice::Local) => Some(TargetKind::Local),
        Some(TargetChoice::Aws) => Some(TargetKind::Aws),
        None => SERVICE_VARIABLES.iter().any(|name| host::env(name).is_some()).then_some(TargetKind::Aws),
    }
}

/// `--endpoint-url`, else `AWS_ENDPOINT_URL`; the environment gives way to `--target local`.
fn configured_endpoint(global: &Global) -> Option<String> {
    let from_environment = || match global.target {
        Some(TargetChoice::Local) => None,
        _ => host::env("AWS_ENDPOINT_URL"),
    };
    global.endpoint_url.clone().or_else(from_environment)
}

impl Session {
    /// Opens a session: the manifest, the chosen users, the endpoint, the guard.
    ///
    /// # Errors
    /// Mistakes of the manifest, an endpoint that does not start or answer, refused credentials, a wrong account.
    async fn open(context: &Context, chosen: &Selection) -> Result<Self, Failure> {
        let lab = load(context)?;
        let users = selection::choose(chosen, &lab, &context.journal_path())?;
        Box::pin(Self::for_users(context, lab, users)).await
    }

    /// Opens a session, works in it, and closes it whatever came of the work.
    ///
    /// # Errors
    /// What opening or the work ends with.
    pub(super) async fn during<T>(
        context: &Context,
        chosen: &Selection,
        work: impl AsyncFnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let session = Self::open(context, chosen).await?;
        let done = work(&session).await;
        session.close().await;
        done
    }

    /// Opens a session for users already chosen.
    pub(super) async fn for_users(context: &Context, lab: Lab, users: Vec<User>) -> Result<Self, Failure> {
        let mut embedded = None;
        let mut time_factor = 1.0;
        let mut way = Way::default();
        let mut targets: Vec<Target> = users.iter().map(|user| user.target.clone()).collect();
        if targets.is_empty() {
            targets.push(lab.target.clone());
        }
        targets.sort();
        targets.dedup();
        context.whereabouts.written(&targets);
        tell_without_effect(context, &targets);
        if let Some(local_target) = targets.iter().find(|target| target.kind == TargetKind::Local) {
            let local = Box::pin(LocalEndpoint::reach(context, local_target)).await?;
            time_factor = local.time_factor;
            let guards = targets.iter().filter(|target| target.kind == TargetKind::Local);
            way.any_account = guards.filter_map(|target| target.account_id.as_ref()).collect::<BTreeSet<_>>().len() > 1;
            way.local = Some((local.url, local.credentials));
            embedded = local.embedded;
            let own = embedded.as_ref().filter(|_| time_factor > 1.0);
            way.time = own.map(|endpoint| time::of_endpoint(endpoint.clock(), time_factor == f64::INFINITY));
            // What the endpoint is told to enforce, labctl keeps to, as it does at AWS.
            way.published = (embedded.is_some() && context.global.quotas.as_deref() == Some("aws")).then_some(true);
        }
        match Box::pin(context.unless_interrupted(Self::connect_all(context, &lab, &users, targets, &way))).await {
            Ok(connections) => {
                let time = way.time.unwrap_or_else(host::real_time);
                Ok(Self { lab, users, connections, time_factor, embedded, time })
            }
            Err(failure) => {
                if let Some(endpoint) = embedded {
                    endpoint.stop().await;
                }
                Err(failure)
            }
        }
    }

    /// Opens the journal for one command and writes down that it began.
    ///
    /// # Errors
    /// When the journal or the `--events` file cannot be written.
    pub(super) fn begin(&self, context: &Context, command: &str, progress: ProgressKind) -> Result<Journal, Failure> {
        let journal = context.journal(progress)?;
        self.started(context, &journal, command);
        Ok(journal)
    }

    /// The same for a command that only looks: what happens goes to `--events`, and the journal on disk stays as it is.
    ///
    /// # Errors
    /// When the `--events` file cannot be written.
    pub(super) fn begin_looking(&self, context: &Context, command: &str) -> Result<Journal, Failure> {
        let journal = Journal::open(None, context.global.events.as_deref(), Vec::new())?;
        context.unanswered.to(&journal, false);
        self.started(context, &journal, command);
        Ok(journal)
    }

    fn started(&self, context: &Context, journal: &Journal, command: &str) {
        let place = context.whereabouts.places().into_iter().next().unwrap_or_default();
        journal.tell(Happened::RunStarted {
            command: command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lab: self.lab.name.to_string(),
            target: place.kind.unwrap_or_default().to_owned(),
            endpoint: place.endpoint.unwrap_or_default(),
            account: place.account.unwrap_or_default(),
            users: self.users.iter().map(|user| user.name.to_string()).collect(),
        });
    }

    /// Opens a connection for each target, those that differ in their guard alone through one, and side by side. Nothing is touched
    /// before all of them stand and every guard has agreed.
    async fn connect_all(
        context: &Context,
        lab: &Lab,
        users: &[User],
        targets: Vec<Target>,
        way: &Way,
    ) -> Result<BTreeMap<Target, Connection>, Failure> {
        let unguarded = |target: &Target| Target { account_id: None, ..target.clone() };
        let ways: BTreeSet<Target> = targets.iter().map(unguarded).collect();
        let shared = ConnectOptions {
            quotas: lab.quotas.clone(),
            interrupt: context.interrupt.clone(),
            listener: Some(Arc::new(context.unanswered.clone())),
            ..ConnectOptions::default()
        };
        let connecting = ways.into_iter().map(|target| async {
            let mut options = shared.clone();
            if target.kind == TargetKind::Local
                && let Some((url, credentials)) = &way.local
            {
                options.endpoint_url = Some(url.clone());
                options.credentials = Some(credentials.clone());
                (options.published, options.time) = (way.published, way.time.clone());
            }
            let reached = connect(&context.whereabouts, target.clone(), options).await;
            (target, reached)
        });
        let mut reached = BTreeMap::new();
        for (target, connection) in join_all(connecting).await {
            reached.insert(target, connection?);
        }
        let mut connections: BTreeMap<Target, Connection> = BTreeMap::new();
        for target in targets {
            let Some(connection) = reached.get(&unguarded(&target)) else { continue };
            let mut connection = Connection { target: target.clone(), ..connection.clone() };
            if !way.any_account || target.kind != TargetKind::Local {
                guard(&connection, users)?;
            }
            apart(&connections, &connection)?;
            // Who calls as the same principal shares the buckets, too.
            let is_twin =
                |other: &&Connection| other.place == connection.place && other.identity == connection.identity;
            if let Some(twin) = connections.values().find(is_twin) {
                connection.cloud = Arc::clone(&twin.cloud);
            }
            connections.insert(target, connection);
        }
        Ok(connections)
    }

    /// Connections, each once however many targets it serves.
    pub(super) fn reached(&self) -> Vec<&Connection> {
        let mut reached: Vec<&Connection> = Vec::new();
        for connection in self.connections.values() {
            if !reached.iter().any(|known| Arc::ptr_eq(&known.cloud, &connection.cloud)) {
                reached.push(connection);
            }
        }
        reached
    }

    /// The connection of a user.
    pub(super) fn connection(&self, user: &User) -> Result<&Connection, Failure> {
        self.connections.get(&user.target).ok_or_else(|| Failure::Other {
            message: format!("no connection was opened for the target of `{}`", user.name),
            help: None,
        })
    }

    /// How plans are applied; cleanup does not mind foreign things.
    pub(super) fn apply_options(&self, context: &Context, foreign_fails: bool) -> ApplyOptions {
        ApplyOptions { time: Arc::clone(&self.time), ..context.apply_options(foreign_fails) }
    }

    /// Where each chosen user's lab goes.
    pub(super) fn places(&self) -> BTreeMap<UserName, Place> {
        self.users
            .iter()
            .filter_map(|user| Some((user.name.clone(), self.connections.get(&user.target)?.place.clone())))
            .collect()
    }

    /// Takes the chosen users' labs, for commands that change them.
    ///
    /// # Errors
    /// When another command is at work on one of them.
    pub(super) fn lock(&self, context: &Context) -> Result<Option<Lock>, Failure> {
        let places = self.places();
        lock::take(context, self, places.iter().map(|(user, place)| (&self.lab.name, user, place)))
    }

    /// A cloud for each place, and one for each user who calls as somebody else there, as `apply` needs them.
    pub(super) fn clouds(&self) -> Clouds {
        let mut clouds = Clouds::default();
        for connection in self.reached() {
            clouds.add(connection.place.clone(), Arc::clone(&connection.cloud));
        }
        for user in &self.users {
            if let Some(Connection { place, cloud, .. }) = self.connections.get(&user.target)
                && clouds.at(place).is_some_and(|shared| !Arc::ptr_eq(shared, cloud))
            {
                clouds.add_own(place.clone(), user.name.clone(), Arc::clone(cloud));
            }
        }
        clouds
    }

    /// Whose time executions are waited for in: one that jumps, else this machine's, which is at work on them however fast the endpoint's
    /// clock goes.
    pub(super) fn time(&self) -> Time {
        if self.time.jumps() { Arc::clone(&self.time) } else { host::real_time() }
    }

    /// Ends the session; the embedded endpoint writes what it holds and stops.
    pub(super) async fn close(self) {
        if let Some(endpoint) = self.embedded {
            endpoint.stop().await;
        }
    }
}

/// How the local target is reached, and in whose time.
#[derive(Default)]
struct Way {
    local: Option<(String, StaticCredentials)>,
    published: Option<bool>,
    time: Option<Time>,
    /// Whether guards of the local target name several accounts: the endpoint has but one, and none of them is real there.
    any_account: bool,
}

/// One account and region must be one endpoint within a run: plans tell places apart by account and region.
///
/// # Errors
/// When the same account and region stand behind two endpoints.
fn apart(known: &BTreeMap<Target, Connection>, new: &Connection) -> Result<(), Failure> {
    let twin = known.values().find(|other| other.place == new.place && other.cloud.endpoint() != new.cloud.endpoint());
    let Some(twin) = twin else { return Ok(()) };
    Err(Failure::usage(
        format!(
            "the chosen users go to account {} in {} through two endpoints, {} and {}",
            new.place.account,
            new.place.region,
            twin.cloud.endpoint(),
            new.cloud.endpoint()
        ),
        "choose the users of one endpoint with `--user`, and run the others apart",
    ))
}

/// Holds an account against its guard.
///
/// # Errors
/// When it is another.
fn guard(Connection { cloud, identity, target, .. }: &Connection, users: &[User]) -> Result<(), Failure> {
    let here = || users.iter().filter(|user| user.target == *target).map(|user| user.name.to_string());
    match &target.account_id {
        Some(expected) if expected.as_str() != identity.account => Err(Failure::WrongAccount {
            expected: expected.to_string(),
            actual: identity.account.clone(),
            caller: identity.arn.clone(),
            endpoint: cloud.endpoint(),
            users: if here().count() == users.len() { Vec::new() } else { here().collect() },
        }),
        _ => Ok(()),
    }
}

/// Connects and asks who calls, before any other call.
async fn connect(whereabouts: &Whereabouts, target: Target, options: ConnectOptions) -> Result<Connection, Failure> {
    let cloud = cloud::connect(&target, options).await?;
    whereabouts.connected(&target, &cloud);
    let identity = cloud.identity().await?;
    whereabouts.identified(&target, &identity.account);
    let account = AccountId::new(&identity.account).map_err(|problem| Failure::Other {
        message: format!("the endpoint {} names account `{}`, which {problem}", cloud.endpoint(), identity.account),
        help: None,
    })?;
    let place = Place { account, region: target.region.clone() };
    Ok(Connection { cloud, identity, place, target })
}

/// How long another command may have the local store before it is said who waits for whom.
const SILENCE: Duration = Duration::from_secs(1);

/// How long another command's end is waited for; a rehearsal of a class takes less.
const QUEUE: Duration = Duration::from_mins(30);

/// The local endpoint this command uses: a running server on the same store, else one inside this process.
struct LocalEndpoint {
    url: String,
    credentials: StaticCredentials,
    embedded: Option<Endpoint>,
    time_factor: f64,
}

impl LocalEndpoint {
    async fn reach(context: &Context, target: &Target) -> Result<Self, Failure> {
        let store = endpoint::store(&context.global);
        if let Some(running) = local::find_running(&store) {
            let global = &context.global;
            if global.time.is_some() || global.quotas.is_some() || global.faults.is_some() {
                return Err(Failure::usage(
                    format!(
                        "a server runs on the store `{}` (process {}), and `--time`, `--quotas` and `--faults` were settled \
                         when it started",
                        store.display(),
                        running.pid
                    ),
                    "leave them out, or stop the server",
                ));
            }
            return Ok(Self {
                url: running.url,
                credentials: StaticCredentials::new(running.access_key_id, running.secret_access_key),
                embedded: None,
                time_factor: time::factor(endpoint::parse_time(&running.time).unwrap_or(TimeMode::Real)),
            });
        }
        let account = target.account_id.clone().unwrap_or_else(AccountId::zero);
        let config = endpoint::config(&context.global, account.as_str(), target.region.as_str(), TimeMode::Jump)?;
        let time_factor = time::factor(config.time);
        let mut starting = pin!(Endpoint::start(config));
        let embedded = if let Ok(started) = tokio::time::timeout(SILENCE, &mut starting).await {
            started?
        } else {
            lock::tell_who_is_local(context);
            let started = tokio::time::timeout(QUEUE, starting).await;
            started.map_err(|_| {
                Failure::other(
                    format!(
                        "the local endpoint in `{}` was in use for {} min; nothing was touched",
                        store.display(),
                        QUEUE.as_secs() / 60
                    ),
                    "wait for the other command's end, or work beside it with another `--out DIR`",
                )
            })??
        };
        let keys = embedded.credentials();
        Ok(Self {
            url: embedded.url().to_owned(),
            credentials: StaticCredentials::new(keys.access_key_id, keys.secret_access_key),
            embedded: Some(embedded),
            time_factor,
        })
    }
}
