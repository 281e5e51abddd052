//! Log groups. <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::types::LogGroup as Described;
use futures::future::try_join_all;

use super::calls::{Calls, Owned, Update};
use super::reading::{FEW_USERS, believed, gather, no_index, not_in_index, read_all, read_listed};
use crate::cloud::sdk::caller::{found, still_owned};
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::observation::{Listed, Observation, ObservedKind};
use crate::cloud::sdk::tagging::{available, tag_index};
use crate::cloud::{CloudError, Depth, Scope};
use crate::kind::{Live, LiveState, LogGroup, Part, Resource};
use crate::model::Tags;

#[async_trait]
impl Calls for LogGroup {
    async fn observe(clients: &Clients, observation: Observation<'_>) -> Result<ObservedKind, CloudError> {
        let mut observed = in_pages(clients, observation).await?;
        observed.imposed = clients.imposed.settle(&observation.scope.wanted, &mut observed.found);
        Ok(observed)
    }

    async fn read(clients: &Clients, name: &str) -> Result<Option<Live>, CloudError> {
        let groups = list(clients, name, |found| found == name).await?;
        let Some((_, content)) = groups.into_iter().next() else { return Ok(None) };
        let arn = clients.arn(&Self::key(name)).await?;
        Ok(tags(clients, &arn).await?.map(|tags| live(arn, content, tags)))
    }

    /// Its tags come with it and the retention after it, since a group without retention is known to be unfinished.
    async fn create(&self, clients: &Clients, resource: &Resource) -> Result<String, CloudError> {
        let name = &resource.key.name;
        let create = || {
            let request = clients.logs.create_log_group().log_group_name(name);
            resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        clients.caller.call("logs:CreateLogGroup", create).await?;
        if self.retention_days.is_some() {
            set_retention(clients, name, self.retention_days).await?;
        }
        clients.arn(&resource.key).await
    }

    async fn update(&self, clients: &Clients, resource: &Resource, update: Update<'_>) -> Result<(), CloudError> {
        if update.parts.contains(&Part::Retention) {
            set_retention(clients, &resource.key.name, self.retention_days).await?;
        }
        let arn = clients.arn(&resource.key).await?;
        let put = || {
            let request = clients.logs.tag_resource().resource_arn(&arn);
            resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        clients.caller.call("logs:TagResource", put).await.map(|_| ())
    }

    async fn delete(clients: &Clients, name: &str, live: Owned<'_>) -> Result<bool, CloudError> {
        let key = Self::key(name);
        if clients.seen(&key, live.owner).is_none() {
            let arn = clients.arn(&key).await?;
            let Some(tags) = tags(clients, &arn).await? else { return Ok(false) };
            still_owned("logs:DeleteLogGroup", name, live.owner, &tags)?;
        }
        let delete = || clients.logs.delete_log_group().log_group_name(name).send();
        Ok(found(clients.caller.call("logs:DeleteLogGroup", delete).await)?.is_some())
    }
}

async fn in_pages(clients: &Clients, observation: Observation<'_>) -> Result<ObservedKind, CloudError> {
    let kind = LogGroup::KIND;
    let list = async { available(by_prefix(clients, observation).await) };
    let kinds = [kind];
    let index = tag_index(clients, observation.scope, &kinds);
    let (index, groups) = if observation.is_quick() {
        let index = index.await?;
        if let Some(observed) = believed::<LogGroup>(clients, observation.with(&index), &index).await? {
            return Ok(observed);
        }
        (index, list.await?)
    } else {
        tokio::try_join!(index, list)?
    };
    let observation = observation.with(&index);
    let (prefixes, groups) = match groups {
        Ok(listed) => listed,
        Err(refused) => return read_listed::<LogGroup>(clients, observation, Listed::Refused(refused)).await,
    };
    let mut observed = observation.begin(kind, &Listed::Users(groups.keys().cloned().collect()));
    observed.notes.extend(no_index(&index));
    let covered = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    let elsewhere = observation.wanted(kind).filter(|key| !covered(&key.name)).cloned().collect();
    let mut untagged = Vec::new();
    for (name, content) in groups {
        let key = LogGroup::key(name);
        let live = live(observation.arn(&key), content, Tags::new());
        match observation.agreeing(&key, &live) {
            Some(tags) => observed.found.push(observation.sharing(key, Live { tags: tags.clone(), ..live })),
            None => untagged.push((key, live)),
        }
    }
    let reads = untagged.into_iter().map(|(key, live)| async move {
        let tags = tags(clients, &live.arn).await?;
        Ok(tags.map(|tags| observation.sharing(key, Live { tags, ..live })))
    });
    let read = gather(reads).await?;
    observed.notes.extend(not_in_index(observation, kind, &read));
    observed.found.extend(read);
    observed.found.extend(read_all::<LogGroup>(clients, observation, elsewhere).await?);
    Ok(observed)
}

/// The log groups that begin as the users' do, with the beginnings that were asked for: of each user while they are few.
async fn by_prefix(
    clients: &Clients,
    observation: Observation<'_>,
) -> Result<(Vec<String>, BTreeMap<String, LogGroup>), CloudError> {
    let scope = observation.scope;
    let keep = |name: &str| observation.is_read(LogGroup::KIND, name);
    let prefixes = prefixes(scope);
    let lists = try_join_all(prefixes.iter().map(|prefix| list(clients, prefix, keep))).await?;
    Ok((prefixes, lists.into_iter().flatten().collect()))
}

/// What the names of the log groups begin with that are asked for: those of each user while they are few.
fn prefixes(scope: &Scope) -> Vec<String> {
    let bare = if scope.depth == Depth::Lists { bare_prefixes(scope) } else { Vec::new() };
    let of_users =
        scope.users.iter().flat_map(|user| LogGroup::families().map(move |family| format!("{family}{user}-")));
    let is_class = scope.users.len() > FEW_USERS;
    let families: Vec<String> =
        if is_class { LogGroup::families().map(str::to_owned).collect() } else { of_users.collect() };
    families.into_iter().chain(bare).collect()
}

/// What log groups begin with that students name as they like, `<user>-…`: few calls for a class, since AWS's own begin with a slash.
fn bare_prefixes(scope: &Scope) -> Vec<String> {
    if scope.users.len() <= FEW_USERS {
        return scope.users.iter().map(|user| format!("{user}-")).collect();
    }
    let letters: BTreeSet<char> = scope.users.iter().filter_map(|user| user.as_str().chars().next()).collect();
    letters.into_iter().map(String::from).collect()
}

/// The names of the groups that begin so.
pub(in crate::cloud::sdk) async fn names(clients: &Clients, prefix: &str) -> Result<Vec<String>, CloudError> {
    Ok(list(clients, prefix, |_| true).await?.into_iter().map(|(name, _)| name).collect())
}

/// The groups to be kept of those whose names begin so, page by page.
async fn list(
    clients: &Clients,
    prefix: &str,
    keep: impl Fn(&str) -> bool,
) -> Result<Vec<(String, LogGroup)>, CloudError> {
    let (mut groups, mut token) = (Vec::new(), None);
    loop {
        let ask = || {
            let request = clients.logs.describe_log_groups().set_next_token(token.clone());
            request.log_group_name_prefix(prefix).send()
        };
        let page = clients.caller.call("logs:DescribeLogGroups", ask).await?;
        for group in page.log_groups.unwrap_or_default() {
            let content = content(&group);
            clients.imposed.learn(group.log_group_name(), group.retention_policy_name());
            groups.extend(group.log_group_name.filter(|name| keep(name)).map(|name| (name, content)));
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(groups);
        }
    }
}

/// A group's tags; `None` where it is not there.
async fn tags(clients: &Clients, arn: &str) -> Result<Option<Tags>, CloudError> {
    let ask = || clients.logs.list_tags_for_resource().resource_arn(arn).send();
    let answer = found(clients.caller.call("logs:ListTagsForResource", ask).await)?;
    Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
}

async fn set_retention(clients: &Clients, name: &str, days: Option<u32>) -> Result<(), CloudError> {
    if let Some(days) = days {
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        let put = || clients.logs.put_retention_policy().log_group_name(name).retention_in_days(days).send();
        clients.caller.call("logs:PutRetentionPolicy", put).await?;
    } else {
        let delete = || clients.logs.delete_retention_policy().log_group_name(name).send();
        clients.caller.call("logs:DeleteRetentionPolicy", delete).await?;
    }
    Ok(())
}

fn content(group: &Described) -> LogGroup {
    LogGroup { retention_days: group.retention_in_days().and_then(|days| u32::try_from(days).ok()) }
}

/// A group as it was found.
fn live(arn: String, content: LogGroup, tags: Tags) -> Live {
    Live { arn, body: content.into(), tags, state: LiveState::Ready }
}
