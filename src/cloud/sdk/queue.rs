//! SQS queues. <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;

use super::account::Account;
use super::caller::{found, refused, still_owned};
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::{Live, LiveState, Part, Queue, Resource};
use crate::model::{Owner, Tags};

/// AWS: "the deletion process takes up to 60 seconds".
const GOES: Duration = Duration::from_secs(75);

/// Attributes AWS makes up; the others can be set.
const GIVEN: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

fn attributes(resource: &Resource) -> Result<&BTreeMap<String, String>, CloudError> {
    let content = resource.body.of::<Queue>().map(|Queue { attributes }| attributes);
    content.ok_or_else(|| {
        refused("sqs:CreateQueue", ErrorClass::Invalid, format!("{} has no queue's content", resource.key))
    })
}

impl Account {
    pub(super) async fn read_queue(&self, name: &str) -> Result<Option<Live>, CloudError> {
        let Some(url) = self.queue_url(name).await? else { return Ok(None) };
        let ask = || self.queues.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All).send();
        let Some(answer) = found(self.caller.call("sqs:GetQueueAttributes", ask).await)? else { return Ok(None) };
        let attributes = answer.attributes.unwrap_or_default().into_iter();
        let attributes = attributes.map(|(name, value)| (name.as_str().to_owned(), value));
        let attributes = attributes.filter(|(name, _)| !GIVEN.contains(&name.as_str())).collect();
        let Some(tags) = self.queue_tags(&url).await? else { return Ok(None) };
        let arn = self.arn(Queue::KIND, name).await?;
        Ok(Some(Live { arn, body: Queue { attributes }.into(), tags, state: LiveState::Ready }))
    }

    pub(super) async fn create_queue(&self, resource: &Resource) -> Result<String, CloudError> {
        let attributes = attributes(resource)?;
        let name = &resource.key.name;
        // CreateQueue answers for a queue that is there, with none of the tags put on it.
        if self.queue_url(name).await?.is_some() {
            return Err(refused("sqs:CreateQueue", ErrorClass::Exists, format!("`{name}` is there already")));
        }
        let create = || {
            let request = self.queues.create_queue().queue_name(name);
            let request = attributes.iter().fold(request, |request, (name, value)| {
                request.attributes(QueueAttributeName::from(name.as_str()), value)
            });
            resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        self.caller.call("sqs:CreateQueue", create).await?;
        self.arn(Queue::KIND, name).await
    }

    pub(super) async fn update_queue(&self, resource: &Resource, parts: &BTreeSet<Part>) -> Result<(), CloudError> {
        let name = &resource.key.name;
        let Some(url) = self.queue_url(name).await? else {
            return Err(refused("sqs:SetQueueAttributes", ErrorClass::NotFound, format!("`{name}` is gone")));
        };
        let attributes = attributes(resource)?;
        if parts.contains(&Part::Configuration) && !attributes.is_empty() {
            let set = || {
                let request = self.queues.set_queue_attributes().queue_url(&url);
                attributes
                    .iter()
                    .fold(request, |request, (name, value)| {
                        request.attributes(QueueAttributeName::from(name.as_str()), value)
                    })
                    .send()
            };
            self.caller.call("sqs:SetQueueAttributes", set).await?;
        }
        let put = || {
            let request = self.queues.tag_queue().queue_url(&url);
            resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        self.caller.call("sqs:TagQueue", put).await.map(|_| ())
    }

    pub(super) async fn delete_queue(&self, name: &str, owner: &Owner) -> Result<bool, CloudError> {
        let Some(url) = self.queue_url(name).await? else { return Ok(false) };
        let Some(tags) = self.queue_tags(&url).await? else { return Ok(false) };
        still_owned("sqs:DeleteQueue", name, owner, &tags)?;
        let delete = || self.queues.delete_queue().queue_url(&url).send();
        if found(self.caller.call("sqs:DeleteQueue", delete).await)?.is_none() {
            return Ok(false);
        }
        let mut looks = self.caller.looks(GOES);
        while self.queue_url(name).await?.is_some() {
            if !looks.next().await {
                return Err(refused("sqs:DeleteQueue", ErrorClass::Busy, format!("`{name}` is still being deleted")));
            }
        }
        Ok(true)
    }

    /// Names of every queue that begin so, page by page.
    pub(super) async fn queue_names(&self, prefix: Option<String>) -> Result<Vec<String>, CloudError> {
        let (mut names, mut token) = (Vec::new(), None);
        loop {
            let ask = || {
                let request = self.queues.list_queues().max_results(1000).set_next_token(token.clone());
                request.set_queue_name_prefix(prefix.clone()).send()
            };
            let page = self.caller.call("sqs:ListQueues", ask).await?;
            let urls = page.queue_urls.unwrap_or_default();
            names.extend(urls.iter().filter_map(|url| url.rsplit('/').next().map(str::to_owned)));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(names);
            }
        }
    }

    async fn queue_tags(&self, url: &str) -> Result<Option<Tags>, CloudError> {
        let ask = || self.queues.list_queue_tags().queue_url(url).send();
        let answer = found(self.caller.call("sqs:ListQueueTags", ask).await)?;
        Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
    }

    async fn queue_url(&self, name: &str) -> Result<Option<String>, CloudError> {
        let ask = || self.queues.get_queue_url().queue_name(name).send();
        Ok(found(self.caller.call("sqs:GetQueueUrl", ask).await)?.and_then(|answer| answer.queue_url))
    }
}
