//! Looking at a class: lists first, page by page, then exact reads of what exists and is in scope.
//!
//! A list that the endpoint does not have or the caller may not see costs only strays: wanted names are then read one by one.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::account::Account;
use super::log_group;
use super::tagging::is_unavailable;
use crate::cloud::{Cloud as _, CloudError, Scope};
use crate::model::{Key, Kind, Live, Observed, Tags, UserName, tag};

/// Reads in flight; IAM has a lower limit of its own.
const IN_FLIGHT: usize = 16;

/// Up to this many users are asked for by prefix; for more, whole lists are fewer pages.
const FEW_USERS: usize = 3;

/// Log groups that belong to a function or machine begin so; the user's name follows.
const LOG_FAMILIES: [&str; 2] = ["/aws/lambda/", "/aws/vendedlogs/states/"];

type Index = Option<BTreeMap<String, Tags>>;

impl Account {
    pub(super) async fn observe_scope(&self, scope: &Scope) -> Result<Observed, CloudError> {
        self.place().await?;
        let index = self.tag_index(&scope.lab).await?;
        let (roles, functions, queues, machines, dashboards, groups) = tokio::try_join!(
            self.observe_roles(scope),
            self.observe_functions(scope),
            self.observe_queues(scope),
            self.observe_machines(scope, &index),
            self.observe_dashboards(scope),
            self.observe_groups(scope, &index),
        )?;
        let found = [roles, functions, queues, machines, dashboards, groups];
        Ok(Observed { resources: found.into_iter().flatten().collect() })
    }

    async fn observe_roles(&self, scope: &Scope) -> Result<Vec<(Key, Live)>, CloudError> {
        let listed = available(self.role_names().await)?;
        self.read_all(names(scope, Kind::Role, listed)).await
    }

    async fn observe_functions(&self, scope: &Scope) -> Result<Vec<(Key, Live)>, CloudError> {
        let listed = available(self.function_names().await)?;
        self.read_all(names(scope, Kind::Function, listed)).await
    }

    async fn observe_queues(&self, scope: &Scope) -> Result<Vec<(Key, Live)>, CloudError> {
        let listed = self.by_prefix(scope, Kind::Queue, |prefix| self.queue_names(prefix)).await?;
        self.read_all(names(scope, Kind::Queue, listed)).await
    }

    async fn observe_machines(&self, scope: &Scope, index: &Index) -> Result<Vec<(Key, Live)>, CloudError> {
        let place = self.place().await?;
        let arn = |name: &str| place.arn(&Key::new(Kind::StateMachine, name), "/");
        let listed = available(self.machine_arns().await)?;
        let listed = listed.map(|machines| machines.into_iter().map(|(name, _)| name).collect());
        let wanted = names(scope, Kind::StateMachine, listed);
        let reads = wanted.into_iter().map(|key| async {
            let arn = arn(&key.name);
            let known = index.as_ref().and_then(|index| index.get(&arn));
            Ok(self.read_state_machine(&arn, known).await?.map(|live| (key, live)))
        });
        gather(reads).await
    }

    async fn observe_dashboards(&self, scope: &Scope) -> Result<Vec<(Key, Live)>, CloudError> {
        let listed = self.by_prefix(scope, Kind::Dashboard, |prefix| self.dashboard_names(prefix)).await?;
        self.read_all(names(scope, Kind::Dashboard, listed)).await
    }

    /// Names from a list that takes a prefix: by user while they are few, else the whole list.
    async fn by_prefix<P>(
        &self,
        scope: &Scope,
        kind: Kind,
        list: impl Fn(Option<String>) -> P,
    ) -> Result<Option<Vec<String>>, CloudError>
    where
        P: Future<Output = Result<Vec<String>, CloudError>>,
    {
        if scope.users.len() > FEW_USERS {
            return available(list(None).await);
        }
        let mut names = Vec::new();
        for user in &scope.users {
            match available(list(Some(format!("{user}-"))).await)? {
                Some(page) => names.extend(page),
                None => return Ok(None),
            }
        }
        // Wanted names that begin otherwise are looked for by themselves.
        let others = scope.keys.iter().filter(|key| key.kind == kind && !is_users(scope, &key.name));
        names.extend(others.map(|key| key.name.clone()));
        Ok(Some(names))
    }

    async fn observe_groups(&self, scope: &Scope, index: &Index) -> Result<Vec<(Key, Live)>, CloudError> {
        let (mut groups, mut listed) = (BTreeMap::new(), true);
        let prefixes: Vec<String> = if scope.users.len() <= FEW_USERS {
            let of_user = |user: &UserName| LOG_FAMILIES.map(|family| format!("{family}{user}-"));
            scope.users.iter().flat_map(of_user).collect()
        } else {
            LOG_FAMILIES.map(str::to_owned).to_vec()
        };
        for prefix in &prefixes {
            let Some(page) = available(self.log_groups(Some(prefix)).await)? else {
                listed = false;
                break;
            };
            groups.extend(page.into_iter().filter_map(|group| Some((group.log_group_name.clone()?, group))));
        }
        let covered = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
        let elsewhere: BTreeSet<Key> = scope
            .keys
            .iter()
            .filter(|key| key.kind == Kind::LogGroup && (!listed || !covered(&key.name)))
            .cloned()
            .collect();
        groups.retain(|name, _| {
            if !listed {
                return false;
            }
            let bare = LOG_FAMILIES.iter().find_map(|family| name.strip_prefix(family)).unwrap_or(name);
            scope.keys.contains(&Key::new(Kind::LogGroup, name)) || is_users(scope, bare)
        });
        let place = self.place().await?;
        let reads = groups.into_iter().map(|(name, group)| {
            let key = Key::new(Kind::LogGroup, &name);
            let known = index.as_ref().and_then(|index| index.get(&place.arn(&key, "/")));
            // As with machines, the index is believed where it agrees with the content.
            let digest = log_group::body(&group).digest();
            let known =
                known.filter(|tags| tags.get(tag::DIGEST).map(String::as_str) == Some(digest.as_str())).cloned();
            async move { Ok(self.live_log_group(&name, &group, known).await?.map(|live| (key, live))) }
        });
        let mut found: Vec<(Key, Live)> = gather(reads).await?;
        found.extend(self.read_all(elsewhere).await?);
        Ok(found)
    }

    async fn role_names(&self) -> Result<Vec<String>, CloudError> {
        let (mut names, mut marker) = (Vec::new(), None);
        loop {
            let ask = || self.iam.list_roles().max_items(1000).set_marker(marker.clone()).send();
            let page = self.caller.call("iam:ListRoles", ask).await?;
            names.extend(page.roles.into_iter().map(|role| role.role_name));
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

/// What to read of a kind: of the listed names the wanted ones, and those that begin as a user's do, since they may be strays. Without
/// a list, the wanted ones.
fn names(scope: &Scope, kind: Kind, listed: Option<Vec<String>>) -> BTreeSet<Key> {
    match listed {
        Some(listed) => listed
            .into_iter()
            .map(|name| Key::new(kind, name))
            .filter(|key| scope.keys.contains(key) || is_users(scope, &key.name))
            .collect(),
        None => scope.keys.iter().filter(|key| key.kind == kind).cloned().collect(),
    }
}

fn is_users(scope: &Scope, name: &str) -> bool {
    scope.users.iter().any(|user| name.strip_prefix(user.as_str()).is_some_and(|rest| rest.starts_with('-')))
}

fn available<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if is_unavailable(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn gather<R>(reads: impl Iterator<Item = R>) -> Result<Vec<(Key, Live)>, CloudError>
where
    R: Future<Output = Result<Option<(Key, Live)>, CloudError>>,
{
    stream::iter(reads).buffer_unordered(IN_FLIGHT).try_filter_map(|found| async { Ok(found) }).try_collect().await
}
