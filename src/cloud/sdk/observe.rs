//! Looking at a class: lists first, page by page, then exact reads of what exists and is in scope.
//!
//! Where the endpoint does not have a list or the caller may not see it, wanted names and those of the tag index are read one by
//! one; what neither can show is told as unseen.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::account::Account;
use super::log_group;
use super::tagging::{Index, is_unavailable};
use crate::cloud::{Cloud as _, CloudError, Scope};
use crate::model::{Key, Kind, Live, Observed, Other, Place, UserName, tag};

/// Reads in flight; IAM has a lower limit of its own.
const IN_FLIGHT: usize = 16;

/// Up to this many users are asked for by prefix; for more, whole lists are fewer pages.
const FEW_USERS: usize = 3;

/// Log groups that belong to a function or machine begin so; the user's name follows.
const LOG_FAMILIES: [&str; 2] = ["/aws/lambda/", "/aws/vendedlogs/states/"];

/// One kind, looked at.
#[derive(Default)]
struct Looked {
    found: Vec<(Key, Live)>,
    others: BTreeMap<Key, Other>,
    unseen: Option<String>,
}

/// What a list showed.
enum Listed {
    /// Every name of the kind.
    All(Vec<String>),
    /// The names that begin as the users' do, and the wanted ones.
    Users(Vec<String>),
    /// It was refused; why.
    Refused(CloudError),
}

impl Account {
    pub(super) async fn observe_scope(&self, scope: &Scope) -> Result<Observed, CloudError> {
        let place = self.place().await?;
        let index = self.tag_index(Some(scope.lab.as_str())).await?;
        let look = Look { scope, index: index.as_ref(), place: &place };
        let looked: [Looked; 6] = tokio::try_join!(
            self.observe_roles(look),
            self.observe_functions(look),
            self.observe_queues(look),
            self.observe_machines(look),
            self.observe_dashboards(look),
            self.observe_groups(look),
        )?
        .into();
        let mut observed = Observed::default();
        for kind in looked {
            let others = kind.found.iter().filter_map(|(key, live)| Some((key.clone(), look.other(live)?)));
            observed.others.extend(others);
            observed.others.extend(kind.others);
            observed.unseen.extend(kind.unseen);
            observed.resources.extend(kind.found);
        }
        Ok(observed)
    }

    async fn observe_roles(&self, look: Look<'_>) -> Result<Looked, CloudError> {
        let (listed, mut others) = match available(self.role_names().await)? {
            Ok(roles) => {
                let home = format!("/labctl/{}/", look.scope.lab);
                let of_lab = roles.iter().filter(|(name, path)| *path == home && !look.is_read(Kind::Role, name));
                let other =
                    |name: &String| Other { arn: look.place.arn(&Key::new(Kind::Role, name), &home), user: None };
                let others = of_lab.map(|(name, _)| (Key::new(Kind::Role, name), other(name))).collect();
                (Listed::All(roles.into_iter().map(|(name, _)| name).collect()), others)
            }
            Err(refused) => (Listed::Refused(refused), BTreeMap::new()),
        };
        let mut looked = look.begin(Kind::Role, &listed);
        looked.others.append(&mut others);
        looked.found = self.read_all(look.names(Kind::Role, listed)).await?;
        Ok(looked)
    }

    async fn observe_functions(&self, look: Look<'_>) -> Result<Looked, CloudError> {
        let listed = all(self.function_names().await)?;
        let mut looked = look.begin(Kind::Function, &listed);
        looked.found = self.read_all(look.names(Kind::Function, listed)).await?;
        Ok(looked)
    }

    async fn observe_queues(&self, look: Look<'_>) -> Result<Looked, CloudError> {
        let listed = by_prefix(look.scope, Kind::Queue, |prefix| self.queue_names(prefix)).await?;
        let mut looked = look.begin(Kind::Queue, &listed);
        looked.found = self.read_all(look.names(Kind::Queue, listed)).await?;
        Ok(looked)
    }

    async fn observe_machines(&self, look: Look<'_>) -> Result<Looked, CloudError> {
        let machines = self.machine_arns().await;
        let listed = all(machines.map(|machines| machines.into_iter().map(|(name, _)| name).collect()))?;
        let mut looked = look.begin(Kind::StateMachine, &listed);
        let reads = look.names(Kind::StateMachine, listed).into_iter().map(|key| async {
            let arn = look.place.arn(&key, "/");
            let known = look.index.and_then(|index| index.get(&arn));
            Ok(self.read_state_machine(&arn, known).await?.map(|live| (key, live)))
        });
        looked.found = gather(reads).await?;
        Ok(looked)
    }

    async fn observe_dashboards(&self, look: Look<'_>) -> Result<Looked, CloudError> {
        let listed = by_prefix(look.scope, Kind::Dashboard, |prefix| self.dashboard_names(prefix)).await?;
        let mut looked = look.begin(Kind::Dashboard, &listed);
        looked.found = self.read_all(look.names(Kind::Dashboard, listed)).await?;
        Ok(looked)
    }

    async fn observe_groups(&self, look: Look<'_>) -> Result<Looked, CloudError> {
        let scope = look.scope;
        let prefixes: Vec<String> = if scope.users.len() <= FEW_USERS {
            let of_user = |user: &UserName| LOG_FAMILIES.map(|family| format!("{family}{user}-"));
            scope.users.iter().flat_map(of_user).collect()
        } else {
            LOG_FAMILIES.map(str::to_owned).to_vec()
        };
        let mut groups = BTreeMap::new();
        for prefix in &prefixes {
            match available(self.log_groups(Some(prefix)).await)? {
                Ok(page) => {
                    groups.extend(page.into_iter().filter_map(|group| Some((group.log_group_name.clone()?, group))));
                }
                Err(refused) => {
                    let listed = Listed::Refused(refused);
                    let mut looked = look.begin(Kind::LogGroup, &listed);
                    looked.found = self.read_all(look.names(Kind::LogGroup, listed)).await?;
                    return Ok(looked);
                }
            }
        }
        let mut looked = look.begin(Kind::LogGroup, &Listed::Users(groups.keys().cloned().collect()));
        let covered = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
        let elsewhere = scope.keys.iter().filter(|key| key.kind == Kind::LogGroup && !covered(&key.name)).cloned();
        groups.retain(|name, _| look.is_read(Kind::LogGroup, name));
        let reads = groups.into_iter().map(|(name, group)| {
            let key = Key::new(Kind::LogGroup, &name);
            let known = look.index.and_then(|index| index.get(&look.place.arn(&key, "/")));
            // As with machines, the index is believed where it agrees with the content.
            let digest = log_group::body(&group).digest();
            let known =
                known.filter(|tags| tags.get(tag::DIGEST).map(String::as_str) == Some(digest.as_str())).cloned();
            async move { Ok(self.live_log_group(&name, &group, known).await?.map(|live| (key, live))) }
        });
        looked.found = gather(reads).await?;
        looked.found.extend(self.read_all(elsewhere.collect()).await?);
        Ok(looked)
    }

    /// Names and paths of every role.
    async fn role_names(&self) -> Result<Vec<(String, String)>, CloudError> {
        let (mut names, mut marker) = (Vec::new(), None);
        loop {
            let ask = || self.iam.list_roles().max_items(1000).set_marker(marker.clone()).send();
            let page = self.caller.call("iam:ListRoles", ask).await?;
            names.extend(page.roles.into_iter().map(|role| (role.role_name, role.path)));
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(names);
            }
        }
    }

    async fn read_all(&self, keys: BTreeSet<Key>) -> Result<Vec<(Key, Live)>, CloudError> {
        let reads = keys.into_iter().map(|key| async { Ok(self.read(&key).await?.map(|live| (key, live))) });
        gather(reads).await
    }
}

/// What a look at one kind goes by.
#[derive(Clone, Copy)]
struct Look<'a> {
    scope: &'a Scope,
    index: Option<&'a Index>,
    place: &'a Place,
}

impl Look<'_> {
    /// What a list and the index tell without any read.
    fn begin(&self, kind: Kind, listed: &Listed) -> Looked {
        let mut looked = Looked { unseen: self.unseen(kind, listed), ..Looked::default() };
        let named = self.indexed(kind).filter(|(key, _)| !self.is_read(kind, &key.name));
        looked.others = named.filter(|(_, other)| !self.is_asked_for(other.user.as_deref())).collect();
        // Where every name is known, the index's lag is too.
        if let Listed::All(names) = listed {
            let there: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            looked.others.retain(|key, _| there.contains(key.name.as_str()));
        }
        looked
    }

    /// What to read of a kind: of the listed names the wanted ones, and those that begin as a user's do, since they may be strays.
    /// Without a list, the wanted ones and those that the index knows to be the users'.
    fn names(&self, kind: Kind, listed: Listed) -> BTreeSet<Key> {
        match listed {
            Listed::All(names) | Listed::Users(names) => {
                let read = names.into_iter().filter(|name| self.is_read(kind, name));
                read.map(|name| Key::new(kind, name)).collect()
            }
            Listed::Refused(_) => {
                let wanted = self.scope.keys.iter().filter(|key| key.kind == kind).cloned();
                let users = self.indexed(kind).filter(|(_, other)| self.is_asked_for(other.user.as_deref()));
                wanted.chain(users.map(|(key, _)| key)).collect()
            }
        }
    }

    /// Why things of this kind may have been missed. The index stands in for a list where it knows the kind; log groups that AWS
    /// made without tags are in no index.
    fn unseen(&self, kind: Kind, listed: &Listed) -> Option<String> {
        let Listed::Refused(error) = listed else { return None };
        let (what, in_index) = match kind {
            Kind::Role => ("roles", false),
            Kind::LogGroup => ("log groups", false),
            Kind::Function => ("functions", true),
            Kind::Queue => ("queues", true),
            Kind::StateMachine => ("state machines", true),
            Kind::Dashboard => ("dashboards", false),
        };
        (self.index.is_none() || !in_index).then(|| format!("{what} could not be listed: {error}"))
    }

    fn indexed(&self, kind: Kind) -> impl Iterator<Item = (Key, Other)> {
        self.index.into_iter().flatten().filter_map(move |(arn, tags)| {
            let key = Key::new(kind, named_in(arn, kind)?);
            // Another account's or region's, or not the thing itself (a version of a function).
            (self.place.arn(&key, "/") == *arn)
                .then(|| (key, Other { arn: arn.clone(), user: tags.get(tag::USER).cloned() }))
        })
    }

    fn is_read(&self, kind: Kind, name: &str) -> bool {
        let bare = match kind {
            Kind::LogGroup => LOG_FAMILIES.iter().find_map(|family| name.strip_prefix(family)).unwrap_or(name),
            _ => name,
        };
        is_users(self.scope, bare) || self.scope.keys.contains(&Key::new(kind, name))
    }

    fn is_asked_for(&self, user: Option<&str>) -> bool {
        user.is_some_and(|user| self.scope.users.iter().any(|asked| asked.as_str() == user))
    }

    /// A thing that was read, if it is the lab's but of no user who was asked for.
    fn other(&self, live: &Live) -> Option<Other> {
        let of_lab = live.lab() == Some(self.scope.lab.as_str()) && !self.is_asked_for(live.user());
        of_lab.then(|| Other { arn: live.arn.clone(), user: live.user().map(str::to_owned) })
    }
}

/// The name of a resource in an ARN of this kind that the index gave.
fn named_in(arn: &str, kind: Kind) -> Option<&str> {
    let (service, before) = match kind {
        Kind::Function => ("lambda", "function:"),
        Kind::Queue => ("sqs", ""),
        Kind::StateMachine => ("states", "stateMachine:"),
        Kind::LogGroup => ("logs", "log-group:"),
        Kind::Role | Kind::Dashboard => return None,
    };
    let mut parts = arn.splitn(6, ':');
    (parts.nth(2)? == service).then(|| parts.nth(2)?.strip_prefix(before))?
}

fn is_users(scope: &Scope, name: &str) -> bool {
    scope.users.iter().any(|user| name.strip_prefix(user.as_str()).is_some_and(|rest| rest.starts_with('-')))
}

/// Names from a list that takes a prefix: by user while they are few, else the whole list.
async fn by_prefix<P>(scope: &Scope, kind: Kind, list: impl Fn(Option<String>) -> P) -> Result<Listed, CloudError>
where
    P: Future<Output = Result<Vec<String>, CloudError>>,
{
    if scope.users.len() > FEW_USERS {
        return all(list(None).await);
    }
    let mut names = Vec::new();
    for user in &scope.users {
        match available(list(Some(format!("{user}-"))).await)? {
            Ok(page) => names.extend(page),
            Err(refused) => return Ok(Listed::Refused(refused)),
        }
    }
    // Wanted names that begin otherwise are looked for by themselves.
    let others = scope.keys.iter().filter(|key| key.kind == kind && !is_users(scope, &key.name));
    names.extend(others.map(|key| key.name.clone()));
    Ok(Listed::Users(names))
}

fn all(names: Result<Vec<String>, CloudError>) -> Result<Listed, CloudError> {
    Ok(match available(names)? {
        Ok(names) => Listed::All(names),
        Err(refused) => Listed::Refused(refused),
    })
}

/// A list, or why it is not to be had here; another error stays one.
fn available<T>(answer: Result<T, CloudError>) -> Result<Result<T, CloudError>, CloudError> {
    match answer {
        Err(error) if !is_unavailable(&error) => Err(error),
        answer => Ok(answer),
    }
}

async fn gather<R>(reads: impl Iterator<Item = R>) -> Result<Vec<(Key, Live)>, CloudError>
where
    R: Future<Output = Result<Option<(Key, Live)>, CloudError>>,
{
    stream::iter(reads).buffer_unordered(IN_FLIGHT).try_filter_map(|found| async { Ok(found) }).try_collect().await
}
