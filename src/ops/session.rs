//! What a command that talks to an endpoint needs: the lab, the chosen users, a connection per target.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;

use super::connection::{Connection, apart, connect, guard};
use super::context::Context;
use super::failure::Failure;
use super::local_endpoint::LocalEndpoint;
use super::lock::{self, Lock};
use super::selection::Selection;
use super::{load, time};
use crate::apply::{ApplyOptions, Clouds};
use crate::cloud::{ConnectOptions, StaticCredentials};
use crate::event::{Happened, Journal, ProgressKind};
use crate::host::{self, Time};
use crate::local::Endpoint;
use crate::model::{Lab, LabName, Place, Target, TargetKind, User, UserName};

/// An open session; [`Session::close`] stops the embedded endpoint.
pub(crate) struct Session {
    pub(crate) lab: Lab,
    pub(crate) users: Vec<User>,
    /// Whether the pack and the users' settings could be read.
    pub(crate) is_sound: bool,
    pub(crate) connections: BTreeMap<Target, Connection>,
    /// How many times faster than this machine's the endpoint's clock goes; infinite where it jumps and waits cost no real time.
    pub(crate) time_factor: f64,
    embedded: Option<Endpoint>,
    /// Whose time changes are waited for in: an embedded endpoint's, else this machine's.
    time: Time,
}

/// Whoever waits for longer than this wants to know.
const LONG_SECONDS: f64 = 15.0;

/// Warns of options that have no effect where the command goes.
fn warn_without_effect(context: &Context, targets: &[Target]) {
    let settings = &context.settings;
    let everywhere = |kind: TargetKind| targets.iter().all(|target| target.kind == kind);
    if let Some(profile) = settings.profile.as_ref().filter(|_| everywhere(TargetKind::Local)) {
        context
            .audience
            .warning(&format!("`--profile {profile}` has no effect on the local target, which has keys of its own"));
    }
    if everywhere(TargetKind::Aws) {
        let given = [
            ("--time", settings.time.is_some()),
            ("--quotas", settings.quotas.is_some()),
            ("--faults", settings.faults.is_some()),
        ];
        for (option, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            context.audience.warning(&format!("`{option}` has no effect on target aws: it is for the local endpoint"));
        }
    }
}

impl Session {
    /// Opens a session: the manifest, the chosen users, the endpoint, the guard.
    ///
    /// # Errors
    /// Mistakes of the manifest, an endpoint that does not start or answer, refused credentials, a wrong account.
    async fn open(context: &Context, chosen: &Selection) -> Result<Self, Failure> {
        let lab = load::lab(context)?;
        let users = chosen.choose(&lab, &context.settings.journal_path())?;
        Box::pin(Self::for_users(context, lab, users)).await
    }

    /// Opens a session for a command that only looks at what is there or removes it: mistakes that leave open only what should be in the
    /// labs stop nothing.
    ///
    /// # Errors
    /// As [`Session::open`].
    async fn open_as_it_stands(context: &Context, chosen: &Selection) -> Result<Self, Failure> {
        let (lab, is_sound) = load::whereabouts(context)?;
        let users = chosen.choose(&lab, &context.settings.journal_path())?;
        let session = Box::pin(Self::for_users(context, lab, users)).await?;
        Ok(Self { is_sound, ..session })
    }

    /// Opens a session, works in it, and closes it whatever came of the work.
    ///
    /// # Errors
    /// What opening or the work ends with.
    pub(crate) async fn during<T>(
        context: &Context,
        chosen: &Selection,
        work: impl AsyncFnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let session = Self::open(context, chosen).await?;
        let done = work(&session).await;
        session.close().await;
        done
    }

    /// Has the embedded endpoint, where there is one, start what handlers run in.
    pub(crate) fn warm_handlers(&self) {
        if let Some(endpoint) = self.embedded.as_ref().filter(|_| !self.lab.pack.functions.is_empty()) {
            endpoint.warm_handlers();
        }
    }

    /// The same in a session of a command that only looks at what is there or removes it.
    ///
    /// # Errors
    /// What opening or the work ends with.
    pub(crate) async fn during_as_it_stands<T>(
        context: &Context,
        chosen: &Selection,
        work: impl AsyncFnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let session = Self::open_as_it_stands(context, chosen).await?;
        let done = work(&session).await;
        session.close().await;
        done
    }

    /// Opens a session for users already chosen.
    pub(crate) async fn for_users(context: &Context, lab: Lab, users: Vec<User>) -> Result<Self, Failure> {
        let mut embedded = None;
        let mut time_factor = 1.0;
        let mut way = Way::default();
        let mut targets: Vec<Target> = users.iter().map(|user| user.target.clone()).collect();
        if targets.is_empty() {
            targets.push(lab.target.clone());
        }
        targets.sort();
        targets.dedup();
        context.target_report.written(&targets);
        warn_without_effect(context, &targets);
        if let Some(local_target) = targets.iter().find(|target| target.kind == TargetKind::Local) {
            let local = Box::pin(LocalEndpoint::reach(context, local_target, &lab.pack)).await?;
            time_factor = local.time_factor;
            let guards = targets.iter().filter(|target| target.kind == TargetKind::Local);
            way.any_account = guards.filter_map(|target| target.account_id.as_ref()).collect::<BTreeSet<_>>().len() > 1;
            way.local = Some((local.url, local.credentials));
            embedded = local.embedded;
            let own = embedded.as_ref().filter(|_| time_factor > 1.0);
            way.time = own.map(|endpoint| time::of_endpoint(endpoint.clock(), time_factor == f64::INFINITY));
            // What the endpoint is asked to enforce, labctl keeps to, as it does at AWS.
            way.published = (embedded.is_some() && context.settings.quotas.as_deref() == Some("aws")).then_some(true);
        }
        match Box::pin(context.unless_interrupted(Self::connect_all(context, &lab, &users, targets, &way))).await {
            Ok(connections) => {
                let time = way.time.unwrap_or_else(host::real_time);
                Ok(Self { lab, users, is_sound: true, connections, time_factor, embedded, time })
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
    pub(crate) fn begin(&self, context: &Context, command: &str, progress: ProgressKind) -> Result<Journal, Failure> {
        let journal = context.journal(progress)?;
        self.started(context, &journal, command);
        Ok(journal)
    }

    /// The same for a command that only reads: what happens goes to `--events`, and the journal on disk stays as it is.
    ///
    /// # Errors
    /// When the `--events` file cannot be written.
    pub(crate) fn begin_looking(&self, context: &Context, command: &str) -> Result<Journal, Failure> {
        let journal = Journal::open(None, context.settings.events.as_deref(), Vec::new())?;
        context.unanswered.to(&journal, false);
        self.started(context, &journal, command);
        Ok(journal)
    }

    fn started(&self, context: &Context, journal: &Journal, command: &str) {
        let place = context.target_report.places().into_iter().next().unwrap_or_default();
        journal.tell(Happened::RunStarted {
            command: command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lab: self.lab.name.to_string(),
            target: place.kind.map(|kind| kind.to_string()).unwrap_or_default(),
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
            let reached = Box::pin(connect(&context.target_report, target.clone(), options)).await;
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
    pub(crate) fn reached(&self) -> Vec<&Connection> {
        let mut reached: Vec<&Connection> = Vec::new();
        for connection in self.connections.values() {
            if !reached.iter().any(|known| Arc::ptr_eq(&known.cloud, &connection.cloud)) {
                reached.push(connection);
            }
        }
        reached
    }

    /// The connection of a user.
    pub(crate) fn connection(&self, user: &User) -> Result<&Connection, Failure> {
        self.connections.get(&user.target).ok_or_else(|| Failure::Other {
            message: format!("no connection was opened for the target of `{}`", user.name),
            help: None,
        })
    }

    /// How plans are applied; cleanup does not mind foreign things.
    pub(crate) fn apply_options(&self, context: &Context, foreign_fails: bool) -> ApplyOptions {
        ApplyOptions { time: Arc::clone(&self.time), ..context.apply_options(foreign_fails) }
    }

    /// Says beforehand how long so many calls of an operation take at an account's rate, where that is long.
    pub(crate) fn note_wait(&self, context: &Context, what: &str, operation: &str, calls: usize) {
        let bucket = self.reached().first().and_then(|connection| connection.cloud.bucket(operation));
        let Some(paced) = bucket else { return };
        let calls = u32::try_from(calls).map_or(f64::from(u32::MAX), f64::from);
        let seconds = ((calls - paced.quota.burst) / paced.quota.per_second.max(f64::MIN_POSITIVE)).max(0.0);
        if seconds >= LONG_SECONDS {
            context
                .audience
                .note(&format!("{what} takes some {seconds:.0} s: an account gives so many {operation} a second"));
        }
    }

    /// Whether the endpoint is in this process and ends with the command.
    pub(crate) fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// Where each chosen user's lab goes.
    pub(crate) fn places(&self) -> BTreeMap<UserName, Place> {
        self.users
            .iter()
            .filter_map(|user| Some((user.name.clone(), self.connections.get(&user.target)?.place.clone())))
            .collect()
    }

    /// Takes the chosen users' labs, for commands that change them.
    ///
    /// # Errors
    /// When another command is at work on one of them.
    pub(crate) fn lock(&self, context: &Context) -> Result<Option<Lock>, Failure> {
        let places = self.places();
        self.lock_labs(context, places.iter().map(|(user, place)| (&self.lab.name, user, place)))
    }

    /// Takes the labs of these users.
    ///
    /// # Errors
    /// When another command is at work on one of them.
    pub(crate) fn lock_labs<'a>(
        &self,
        context: &Context,
        users: impl Iterator<Item = (&'a LabName, &'a UserName, &'a Place)>,
    ) -> Result<Option<Lock>, Failure> {
        let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (lab, user, place) in users {
            let realm = format!("{} {} {lab}", self.endpoint_of(place), place.account);
            held.entry(realm).or_default().insert(user.to_string());
        }
        lock::take(context, held)
    }

    /// What tells apart endpoints at which the same account number means different accounts.
    fn endpoint_of(&self, place: &Place) -> String {
        match self.connections.values().find(|connection| connection.place == *place) {
            Some(connection) if connection.target.kind == TargetKind::Local => lock::LOCAL.trim_end().to_owned(),
            Some(connection) if connection.cloud.is_loopback() => connection.cloud.endpoint(),
            _ => "aws".to_owned(),
        }
    }

    /// A cloud for each place, and one for each user who calls as somebody else there, as `apply` needs them.
    pub(crate) fn clouds(&self) -> Clouds {
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
    pub(crate) fn time(&self) -> Time {
        if self.time.jumps() { Arc::clone(&self.time) } else { host::real_time() }
    }

    /// Ends the session; the embedded endpoint writes what it holds and stops.
    pub(crate) async fn close(self) {
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
