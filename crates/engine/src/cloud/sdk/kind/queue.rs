//! SQS queues. <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::types::QueueAttributeName;

use super::calls::{Calls, Owned, Update};
use super::reading::{by_prefix, observe_indexed};
use crate::cloud::sdk::caller::{found, still_owned};
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::failure::refused;
use crate::cloud::sdk::observation::{Observation, ObservedKind};
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::{Live, LiveState, Part, Queue, Resource};
use crate::model::{Key, Tags};

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

#[async_trait]
impl Calls for Queue {
    async fn observe(clients: &Clients, observation: Observation<'_>) -> Result<ObservedKind, CloudError> {
        let list = || by_prefix(observation.scope, Self::KIND, |prefix| list(clients, prefix));
        let read = |key: Key| async move {
            let live = Self::read(clients, &key.name).await?;
            Ok(live.map(|live| observation.sharing(key, live)))
        };
        observe_indexed::<Self, _, _>(clients, observation, list, read).await
    }

    async fn read(clients: &Clients, name: &str) -> Result<Option<Live>, CloudError> {
        let Some(url) = url(clients, name).await? else { return Ok(None) };
        let ask =
            || clients.queues.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All).send();
        let Some(answer) = found(clients.caller.call("sqs:GetQueueAttributes", ask).await)? else { return Ok(None) };
        let attributes = answer.attributes.unwrap_or_default().into_iter();
        let attributes = attributes.map(|(name, value)| (name.as_str().to_owned(), value));
        let attributes = attributes.filter(|(name, _)| !GIVEN.contains(&name.as_str())).collect();
        let Some(tags) = tags(clients, &url).await? else { return Ok(None) };
        let arn = clients.arn(&Self::key(name)).await?;
        Ok(Some(Live { arn, body: Self { attributes }.into(), tags, state: LiveState::Ready }))
    }

    async fn create(&self, clients: &Clients, resource: &Resource) -> Result<String, CloudError> {
        let name = &resource.key.name;
        // CreateQueue answers for a queue that is there, with none of the tags put on it.
        if url(clients, name).await?.is_some() {
            return Err(refused("sqs:CreateQueue", ErrorClass::Exists, format!("`{name}` is there already")));
        }
        let create = || {
            let request = clients.queues.create_queue().queue_name(name);
            let request = self.attributes.iter().fold(request, |request, (name, value)| {
                request.attributes(QueueAttributeName::from(name.as_str()), value)
            });
            resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        clients.caller.call("sqs:CreateQueue", create).await?;
        clients.arn(&resource.key).await
    }

    async fn update(&self, clients: &Clients, resource: &Resource, update: Update<'_>) -> Result<(), CloudError> {
        let name = &resource.key.name;
        let Some(url) = url(clients, name).await? else {
            return Err(refused("sqs:SetQueueAttributes", ErrorClass::NotFound, format!("`{name}` is gone")));
        };
        if update.parts.contains(&Part::Configuration) && !self.attributes.is_empty() {
            let set = || {
                let request = clients.queues.set_queue_attributes().queue_url(&url);
                let set = self.attributes.iter().fold(request, |request, (name, value)| {
                    request.attributes(QueueAttributeName::from(name.as_str()), value)
                });
                set.send()
            };
            clients.caller.call("sqs:SetQueueAttributes", set).await?;
        }
        let put = || {
            let request = clients.queues.tag_queue().queue_url(&url);
            resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        clients.caller.call("sqs:TagQueue", put).await.map(|_| ())
    }

    async fn delete(clients: &Clients, name: &str, live: Owned<'_>) -> Result<bool, CloudError> {
        let Some(address) = url(clients, name).await? else { return Ok(false) };
        let Some(tags) = tags(clients, &address).await? else { return Ok(false) };
        still_owned("sqs:DeleteQueue", name, live.owner, &tags)?;
        let delete = || clients.queues.delete_queue().queue_url(&address).send();
        if found(clients.caller.call("sqs:DeleteQueue", delete).await)?.is_none() {
            return Ok(false);
        }
        let mut poller = clients.caller.poller(GOES);
        while url(clients, name).await?.is_some() {
            if !poller.next().await {
                return Err(refused("sqs:DeleteQueue", ErrorClass::Busy, format!("`{name}` is still being deleted")));
            }
        }
        Ok(true)
    }
}

/// Names of every queue that begin so, page by page.
async fn list(clients: &Clients, prefix: Option<String>) -> Result<Vec<String>, CloudError> {
    let (mut names, mut token) = (Vec::new(), None);
    loop {
        let ask = || {
            let request = clients.queues.list_queues().max_results(1000).set_next_token(token.clone());
            request.set_queue_name_prefix(prefix.clone()).send()
        };
        let page = clients.caller.call("sqs:ListQueues", ask).await?;
        let urls = page.queue_urls.unwrap_or_default();
        names.extend(urls.iter().filter_map(|url| url.rsplit('/').next().map(str::to_owned)));
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(names);
        }
    }
}

async fn tags(clients: &Clients, url: &str) -> Result<Option<Tags>, CloudError> {
    let ask = || clients.queues.list_queue_tags().queue_url(url).send();
    let answer = found(clients.caller.call("sqs:ListQueueTags", ask).await)?;
    Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
}

async fn url(clients: &Clients, name: &str) -> Result<Option<String>, CloudError> {
    let ask = || clients.queues.get_queue_url().queue_name(name).send();
    Ok(found(clients.caller.call("sqs:GetQueueUrl", ask).await)?.and_then(|answer| answer.queue_url))
}
