//! Log groups and what is in them. <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_cloudwatchlogs::types::LogGroup as Described;

use super::account::Account;
use super::caller::{found, refused, still_owned};
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::{Body, Live, LiveState, LogGroup, Part, Resource};
use crate::model::{Key, LogEvent, Owner, Tags, tag};

fn retention(resource: &Resource) -> Result<Option<u32>, CloudError> {
    let content = resource.body.of::<LogGroup>().map(|LogGroup { retention_days }| *retention_days);
    content.ok_or_else(|| {
        let message = format!("{} has no log group's content", resource.key);
        refused("logs:CreateLogGroup", ErrorClass::Invalid, message)
    })
}

impl Account {
    pub(super) async fn read_log_group(&self, name: &str) -> Result<Option<Live>, CloudError> {
        let groups = self.log_groups(name, |found| found == name).await?;
        let Some((_, body)) = groups.into_iter().next() else { return Ok(None) };
        let arn = self.arn(LogGroup::KIND, name).await?;
        Ok(self.log_group_tags(&arn).await?.map(|tags| live(arn, body, tags)))
    }

    /// The groups to be kept of those whose names begin so, page by page.
    pub(super) async fn log_groups(
        &self,
        prefix: &str,
        keep: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, Body)>, CloudError> {
        let (mut groups, mut token) = (Vec::new(), None);
        loop {
            let ask = || {
                let request = self.logs.describe_log_groups().set_next_token(token.clone());
                request.log_group_name_prefix(prefix).send()
            };
            let page = self.caller.call("logs:DescribeLogGroups", ask).await?;
            for group in page.log_groups.unwrap_or_default() {
                let body = body(&group);
                self.imposed.learn(&group);
                groups.extend(group.log_group_name.filter(|name| keep(name)).map(|name| (name, body)));
            }
            token = page.next_token;
            if token.is_none() {
                return Ok(groups);
            }
        }
    }

    /// Its tags come with it and the retention after it, since a group without retention is known to be unfinished.
    pub(super) async fn create_log_group(&self, resource: &Resource) -> Result<String, CloudError> {
        let days = retention(resource)?;
        let name = &resource.key.name;
        let create = || {
            let request = self.logs.create_log_group().log_group_name(name);
            resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        self.caller.call("logs:CreateLogGroup", create).await?;
        if days.is_some() {
            self.set_retention(name, days).await?;
        }
        self.arn(LogGroup::KIND, name).await
    }

    pub(super) async fn update_log_group(&self, resource: &Resource, parts: &BTreeSet<Part>) -> Result<(), CloudError> {
        if parts.contains(&Part::Retention) {
            self.set_retention(&resource.key.name, retention(resource)?).await?;
        }
        self.tag_log_group(&resource.key.name, &resource.tags).await
    }

    pub(super) async fn delete_log_group(&self, name: &str, owner: &Owner) -> Result<bool, CloudError> {
        if self.seen(LogGroup::KIND, name, owner).is_none() {
            let arn = self.arn(LogGroup::KIND, name).await?;
            let Some(tags) = self.log_group_tags(&arn).await? else { return Ok(false) };
            still_owned("logs:DeleteLogGroup", name, owner, &tags)?;
        }
        let delete = || self.logs.delete_log_group().log_group_name(name).send();
        Ok(found(self.caller.call("logs:DeleteLogGroup", delete).await)?.is_some())
    }

    /// A group's tags; `None` where it is not there.
    pub(super) async fn log_group_tags(&self, arn: &str) -> Result<Option<Tags>, CloudError> {
        let ask = || self.logs.list_tags_for_resource().resource_arn(arn).send();
        let answer = found(self.caller.call("logs:ListTagsForResource", ask).await)?;
        Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
    }

    async fn set_retention(&self, name: &str, days: Option<u32>) -> Result<(), CloudError> {
        if let Some(days) = days {
            let days = i32::try_from(days).unwrap_or(i32::MAX);
            let put = || self.logs.put_retention_policy().log_group_name(name).retention_in_days(days).send();
            self.caller.call("logs:PutRetentionPolicy", put).await?;
        } else {
            let delete = || self.logs.delete_retention_policy().log_group_name(name).send();
            self.caller.call("logs:DeleteRetentionPolicy", delete).await?;
        }
        Ok(())
    }

    async fn tag_log_group(&self, name: &str, tags: &Tags) -> Result<(), CloudError> {
        let arn = self.arn(LogGroup::KIND, name).await?;
        let put = || {
            let request = self.logs.tag_resource().resource_arn(&arn);
            tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        self.caller.call("logs:TagResource", put).await.map(|_| ())
    }

    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
    pub(super) async fn log_events(
        &self,
        group: &str,
        filter: &str,
        since_ms: i64,
    ) -> Result<Vec<LogEvent>, CloudError> {
        let (mut events, mut token) = (Vec::new(), None);
        loop {
            let ask = || {
                let request = self.logs.filter_log_events().log_group_name(group).start_time(since_ms);
                let request = request.set_next_token(token.clone());
                if filter.is_empty() { request.send() } else { request.filter_pattern(filter).send() }
            };
            let page = self.caller.call("logs:FilterLogEvents", ask).await?;
            events.extend(page.events.unwrap_or_default().into_iter().map(|event| LogEvent {
                timestamp_ms: event.timestamp.unwrap_or_default(),
                stream: event.log_stream_name.unwrap_or_default(),
                message: event.message.unwrap_or_default(),
            }));
            token = page.next_token;
            if token.is_none() {
                return Ok(events);
            }
        }
    }
}

/// Retention that a policy of the account sets, whatever is put on a group: by group, the policy's name.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html>
#[derive(Debug, Default)]
pub(super) struct Imposed(Mutex<BTreeMap<String, String>>);

impl Imposed {
    fn learn(&self, group: &Described) {
        let Some(name) = group.log_group_name() else { return };
        let mut known = self.known();
        match group.retention_policy_name() {
            Some(policy) => _ = known.insert(name.to_owned(), policy.to_owned()),
            None => _ = known.remove(name),
        }
    }

    /// Takes out of a comparison what the account's policy decides: a wanted group is as wanted, and of another nobody knows what labctl put
    /// there. Gives the policies' names.
    pub(super) fn settle(&self, wanted: &BTreeMap<Key, Arc<Resource>>, found: &mut [(Key, Live)]) -> BTreeSet<String> {
        let known = self.known();
        let mut policies = BTreeSet::new();
        for (key, live) in found {
            let Some(policy) = known.get(&key.name) else { continue };
            policies.insert(policy.clone());
            match wanted.get(key) {
                Some(resource) => live.body = resource.body.clone(),
                None => _ = live.tags.remove(tag::DIGEST),
            }
        }
        policies
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn body(group: &Described) -> Body {
    LogGroup { retention_days: group.retention_in_days().and_then(|days| u32::try_from(days).ok()) }.into()
}

/// A group as it was found.
pub(super) fn live(arn: String, body: Body, tags: Tags) -> Live {
    Live { arn, body, tags, state: LiveState::Ready }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    fn resource(days: u32) -> Resource {
        let body = Body::from(LogGroup { retention_days: Some(days) });
        let tags = Tags::from([(tag::DIGEST.to_owned(), body.digest().as_str().to_owned())]);
        Resource::new("/aws/lambda/ann-f", body, tags)
    }

    #[test]
    fn retention_that_the_account_decides_is_compared_with_nothing() {
        let group = |name: &str, days: Option<i32>, policy: Option<&str>| {
            let group = Described::builder().log_group_name(name).set_retention_in_days(days);
            group.set_retention_policy_name(policy.map(str::to_owned)).build()
        };
        let imposed = Imposed::default();
        let wanted = BTreeMap::from([(resource(7).key, Arc::new(resource(7)))]);
        // Thirty days, "never", and a policy that was taken back.
        for (days, policy, told) in [(Some(30), Some("thirty"), 1), (None, Some("never"), 1), (Some(30), None, 0)] {
            let described = group("/aws/lambda/ann-f", days, policy);
            imposed.learn(&described);
            let seen = |key: &Key| (key.clone(), live("arn".into(), body(&described), resource(7).tags));
            let stray = LogGroup::key("/aws/lambda/ann-stray");
            imposed.learn(&group(&stray.name, days, policy));
            let mut found = vec![seen(&resource(7).key), seen(&stray)];
            assert_eq!(imposed.settle(&wanted, &mut found).len(), told);
            let (of_wanted, of_stray) = (&found[0].1, &found[1].1);
            assert_eq!(of_wanted.body == resource(7).body, told == 1, "{days:?} {policy:?}");
            assert_eq!(
                of_wanted.tagged_digest(),
                Some(resource(7).body.digest()).filter(|_| told == 1 || days.is_some())
            );
            let known: Option<Digest> = of_stray.tagged_digest();
            assert_eq!(known.is_none(), told == 1, "nobody knows whether a stray was edited");
        }
    }
}
