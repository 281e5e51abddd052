//! CloudWatch Logs as the wire and the other services meet it.

use std::ops::ControlFlow;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;

use super::event_calls::{filter_log_events, get_log_events, put_log_events};
use super::group_calls::{
    create_log_group, delete_log_group, delete_retention_policy, describe_log_groups, put_deletion_protection,
    put_retention_policy,
};
use super::log_store::{LogStore, group_name};
use super::policy_calls::{delete_resource_policy, describe_resource_policies, put_resource_policy};
use super::stream_calls::{create_log_stream, delete_log_stream, describe_log_streams};
use super::tag_calls::{list_tags, tag, untag};
use crate::api;
use crate::clock::Clock;
use crate::service::members::Members;
use crate::service::page::in_region;
use crate::service::tags::Tags;
use crate::service::{Authority, LogSink, LogSource, MetricSink, Service, TagSource, Tagged, names_after, not_offered};
use crate::store::{Store, StoreError};
use crate::wire::{Answer, Call, Caller, Fault};

/// CloudWatch Logs.
pub(crate) struct LogsService {
    logs: LogStore,
    authority: Arc<dyn Authority>,
}

impl LogsService {
    /// Logs with the groups and streams of the store. Events are kept no longer than `keep`, whatever their group says.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(
        clock: Clock,
        store: Store,
        authority: Arc<dyn Authority>,
        metrics: Arc<dyn MetricSink>,
        account: &str,
        keep: Option<Duration>,
    ) -> Result<Arc<Self>, StoreError> {
        Ok(Arc::new(Self { logs: LogStore::load(clock, store, metrics, account, keep)?, authority }))
    }

    /// Tells it who may hold events back; before the first request, once.
    pub(crate) fn connect(&self, source: Weak<dyn LogSource>) {
        self.logs.connect(source);
    }

    fn permit(&self, call: &Call) -> Result<(), Fault> {
        if call.caller == Caller::Root {
            return Ok(());
        }
        let members = Members::of(call);
        let group = members.text("logGroupName").or_else(|| members.text("logGroupIdentifier")).unwrap_or_default();
        let stream = members.text("logStreamName").unwrap_or_default();
        let resource = format!("{}:log-stream:{stream}", self.logs.group_arn(&call.region, group_name(group)));
        self.authority
            .authorize(&call.caller, &api::action(call), &resource)
            .map_err(|message| Fault::client("AccessDeniedException", message))
    }
}

impl LogSink for LogsService {
    fn has_group(&self, region: &str, group: &str) -> bool {
        self.logs.state().groups.contains_key(&(region.to_owned(), group.to_owned()))
    }

    fn write(&self, region: &str, group: &str, stream: &str, messages: Vec<(i64, String)>, make_group: bool) {
        let mut state = self.logs.state();
        let name = (region.to_owned(), group.to_owned());
        if !state.groups.contains_key(&name) {
            if !make_group {
                return;
            }
            self.logs.make_group(&mut state, region, group, Tags::new(), false);
        }
        if state.groups.get(&name).is_some_and(|group| !group.streams.contains_key(stream)) {
            self.logs.make_stream(&mut state, region, group, stream);
        }
        self.logs.append(&mut state, (region, group, stream), messages);
    }
}

impl TagSource for LogsService {
    fn regions(&self) -> Vec<String> {
        self.logs.state().groups.keys().map(|(region, _)| region.clone()).collect()
    }

    fn resource_types(&self) -> Vec<&'static str> {
        vec!["logs:log-group"]
    }

    fn tagged(&self, region: &str, after: &str, each: &mut dyn FnMut(Tagged) -> ControlFlow<()>) {
        let Some(after) = names_after(&self.logs.group_arn(region, ""), after) else { return };
        let state = self.logs.state();
        let tagged = in_region(&state.groups, region, after).filter(|(_, group)| !group.facts.tags.is_empty());
        let mut shown = tagged.map(|(name, group)| Tagged {
            arn: self.logs.group_arn(region, name),
            resource_type: "logs:log-group",
            tags: group.facts.tags.clone(),
        });
        let _ = shown.try_for_each(each);
    }
}

#[async_trait]
impl Service for LogsService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        self.permit(&call)?;
        api::hold(&call)?;
        let (logs, members, region) = (&self.logs, Members::of(&call), call.region.as_str());
        let output = match call.operation.as_str() {
            "CreateLogGroup" => create_log_group(logs, region, members)?,
            "DeleteLogGroup" => delete_log_group(logs, region, members)?,
            "DescribeLogGroups" => describe_log_groups(logs, region, members)?,
            "PutLogGroupDeletionProtection" => put_deletion_protection(logs, region, members)?,
            "PutRetentionPolicy" => put_retention_policy(logs, region, members)?,
            "DeleteRetentionPolicy" => delete_retention_policy(logs, region, members)?,
            "CreateLogStream" => create_log_stream(logs, region, members)?,
            "DeleteLogStream" => delete_log_stream(logs, region, members)?,
            "DescribeLogStreams" => describe_log_streams(logs, region, members).await?,
            "PutLogEvents" => put_log_events(logs, region, members)?,
            "GetLogEvents" => get_log_events(logs, region, members).await?,
            "FilterLogEvents" => filter_log_events(logs, region, members).await?,
            "TagResource" | "TagLogGroup" => tag(logs, region, members)?,
            "UntagResource" | "UntagLogGroup" => untag(logs, region, members)?,
            "ListTagsForResource" | "ListTagsLogGroup" => list_tags(logs, region, members)?,
            "PutResourcePolicy" => put_resource_policy(logs, region, members)?,
            "DeleteResourcePolicy" => delete_resource_policy(logs, region, members)?,
            "DescribeResourcePolicies" => describe_resource_policies(logs, region, members)?,
            _ => return Err(not_offered(&call)),
        };
        Ok(Answer::members(output))
    }
}
