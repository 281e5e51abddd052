//! Resources of any type. <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_CreateResource.html>
//!
//! Every change is a request whose progress is asked for until it has ended.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_cloudcontrol::types::{HandlerErrorCode, OperationStatus, ProgressEvent};
use futures::future::try_join_all;
use serde_json::{Map, Value};

use super::calls::{Calls, Owned, Update};
use super::reading::{all, index_of_few, observe_indexed};
use crate::cloud::sdk::caller::{found, still_owned};
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::failure::refused;
use crate::cloud::sdk::observation::{Observation, ObservedKind};
use crate::cloud::{CloudError, ErrorClass, Scope};
use crate::host;
use crate::kind::{AnyResource, Content as _, Live, LiveState, Resource, Schema, TypedName};
use crate::model::{Key, Tags, UserName, tag};

/// How long a change may take: a few types take half an hour, and AWS gives a request up after that itself.
const TAKES: Duration = Duration::from_mins(40);

/// How long one that is gone may still be shown.
const GOES: Duration = Duration::from_mins(2);

#[async_trait]
impl Calls for AnyResource {
    /// A type without tags cannot say whose its resources are: those of a wanted name are the user's.
    async fn observe(clients: &Clients, observation: Observation<'_>) -> Result<ObservedKind, CloudError> {
        let scope = observation.scope;
        let list = || async move {
            let types = types(clients, observation).await?;
            let listed = try_join_all(types.iter().map(|type_name| list(clients, type_name))).await;
            all(listed.map(|pages| pages.into_iter().flatten().collect()))
        };
        let read = |key: Key| async move {
            let Some(live) = Self::read(clients, &key.name).await? else { return Ok(None) };
            let live = if is_tagged(&key.name) { live } else { by_name(scope, &key, live) };
            Ok(Some(observation.sharing(key, live)))
        };
        let mut observed = observe_indexed::<Self, _, _>(clients, observation, list, read).await?;
        let untagged = observed.found.iter().map(|(key, _)| TypedName::of_key(&key.name).type_name);
        let untagged: BTreeSet<&str> = untagged.filter(|type_name| Schema::of(type_name).tags.is_none()).collect();
        let note = |type_name| format!("{type_name} has no tags: the user's are known by their exact names alone");
        observed.notes.extend(untagged.into_iter().map(note));
        Ok(observed)
    }

    async fn read(clients: &Clients, name: &str) -> Result<Option<Live>, CloudError> {
        let (place, identity) = (clients.place().await?, TypedName::of_key(name));
        let Some(properties) = properties(clients, name).await? else { return Ok(None) };
        let (content, tags) = Self::found(identity.type_name, properties);
        Ok(Some(Live { arn: identity.arn(&place), body: content.into(), tags, state: LiveState::Ready }))
    }

    async fn create(&self, clients: &Clients, resource: &Resource) -> Result<String, CloudError> {
        let (place, identity) = (clients.place().await?, TypedName::of_key(&resource.key.name));
        let (wanted, token) = (Value::Object(self.tagged(&resource.tags)).to_string(), token());
        let create = || {
            let request = clients.resources.create_resource().type_name(&self.type_name);
            request.desired_state(&wanted).client_token(&token).send()
        };
        let begun = clients.caller.call("cloudformation:CreateResource", create).await?;
        let ended = ended(clients, "cloudformation:CreateResource", begun.progress_event).await?;
        let (expected, given) = (identity.identifier(&place), ended.identifier.unwrap_or_default());
        if given != expected {
            let message =
                format!("the service calls it `{given}`, not `{expected}`: say so with `identifier` in pack.toml");
            return Err(refused("cloudformation:CreateResource", ErrorClass::Invalid, message));
        }
        Ok(identity.arn(&place))
    }

    /// A patch is made of what is there: what nobody asked for stays.
    async fn update(&self, clients: &Clients, resource: &Resource, update: Update<'_>) -> Result<(), CloudError> {
        const OPERATION: &str = "cloudformation:UpdateResource";
        let name = &resource.key.name;
        let Some(live) = properties(clients, name).await? else {
            return Err(refused(OPERATION, ErrorClass::NotFound, format!("`{name}` is gone")));
        };
        let tags = Self::found(&self.type_name, live.clone()).1;
        if is_tagged(name) {
            still_owned(OPERATION, name, update.live.owner, &tags)?;
        }
        let mut wanted = resource.tags.clone();
        // Tags that somebody else put there stay too.
        let others = tags.iter().filter(|(key, _)| !resource.tags.contains_key(*key));
        wanted.extend(others.map(|(key, value)| (key.clone(), value.clone())));
        let patch = Self::patch(&live, &self.tagged(&wanted));
        if patch.is_empty() {
            return Ok(());
        }
        let (patch, token) = (Value::Array(patch).to_string(), token());
        let identifier = TypedName::of_key(name).identifier(&clients.place().await?);
        let change = || {
            let request = clients.resources.update_resource().type_name(&self.type_name).identifier(&identifier);
            request.patch_document(&patch).client_token(&token).send()
        };
        let begun = clients.caller.call("cloudformation:UpdateResource", change).await?;
        ended(clients, OPERATION, begun.progress_event).await.map(|_| ())
    }

    async fn delete(clients: &Clients, name: &str, live: Owned<'_>) -> Result<bool, CloudError> {
        const OPERATION: &str = "cloudformation:DeleteResource";
        let Some(there) = Self::read(clients, name).await? else { return Ok(false) };
        if is_tagged(name) {
            still_owned(OPERATION, name, live.owner, &there.tags)?;
        }
        let (identity, token) = (TypedName::of_key(name), token());
        let identifier = identity.identifier(&clients.place().await?);
        let delete = || {
            let request = clients.resources.delete_resource().type_name(identity.type_name);
            request.identifier(&identifier).client_token(&token).send()
        };
        let Some(begun) = found(clients.caller.call("cloudformation:DeleteResource", delete).await)? else {
            return Ok(false);
        };
        if found(ended(clients, OPERATION, begun.progress_event).await)?.is_none() {
            return Ok(false);
        }
        let mut poller = clients.caller.poller(GOES);
        while properties(clients, name).await?.is_some() {
            if !poller.next().await {
                return Err(refused(OPERATION, ErrorClass::Busy, format!("`{name}` is still being deleted")));
            }
        }
        Ok(true)
    }
}

/// The properties of a resource; `None` where it is not there.
async fn properties(clients: &Clients, name: &str) -> Result<Option<Map<String, Value>>, CloudError> {
    const OPERATION: &str = "cloudformation:GetResource";
    let (place, identity) = (clients.place().await?, TypedName::of_key(name));
    let identifier = identity.identifier(&place);
    let ask = || clients.resources.get_resource().type_name(identity.type_name).identifier(&identifier).send();
    let Some(answer) = found(clients.caller.call("cloudformation:GetResource", ask).await)? else { return Ok(None) };
    let text = answer.resource_description.and_then(|described| described.properties).unwrap_or_default();
    match serde_json::from_str(&text) {
        Ok(Value::Object(properties)) => Ok(Some(properties)),
        _ => Err(refused(OPERATION, ErrorClass::NoAnswer, format!("the properties of `{name}` are no JSON object"))),
    }
}

/// Keys' names of every resource of a type, page by page.
async fn list(clients: &Clients, type_name: &str) -> Result<Vec<String>, CloudError> {
    let (mut names, mut next) = (Vec::new(), None);
    loop {
        let ask = || {
            let request = clients.resources.list_resources().type_name(type_name);
            request.max_results(100).set_next_token(next.clone()).send()
        };
        let page = clients.caller.call("cloudformation:ListResources", ask).await?;
        let described = page.resource_descriptions.unwrap_or_default().into_iter();
        names.extend(described.filter_map(|it| Some(TypedName::key_of(type_name, &it.identifier?))));
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(names);
        }
    }
}

/// The types of what is wanted, and of what the tag index knows to be the lab's.
async fn types(clients: &Clients, observation: Observation<'_>) -> Result<BTreeSet<String>, CloudError> {
    let type_of = |name: &str| TypedName::of_key(name).type_name.to_owned();
    let wanted = observation.wanted(AnyResource::KIND).map(|key| type_of(&key.name));
    let index = index_of_few(clients, observation).await?;
    let indexed = index.iter().flatten().filter_map(|(arn, _)| AnyResource::KIND.named_in(arn));
    Ok(wanted.chain(indexed.map(|name| type_of(&name))).collect())
}

/// Waits for the end of a request.
async fn ended(
    clients: &Clients,
    operation: &str,
    mut event: Option<ProgressEvent>,
) -> Result<ProgressEvent, CloudError> {
    let mut poller = clients.caller.poller(TAKES);
    loop {
        let Some(now) = event.take() else {
            return Err(refused(operation, ErrorClass::NoAnswer, "the answer says nothing of the request"));
        };
        match now.operation_status() {
            Some(OperationStatus::Success) => return Ok(now),
            Some(OperationStatus::Failed | OperationStatus::CancelComplete) => return Err(failed(operation, &now)),
            _ => {}
        }
        let Some(token) = now.request_token().map(str::to_owned) else {
            return Err(refused(operation, ErrorClass::NoAnswer, "the answer names no request to ask for"));
        };
        if !poller.next().await {
            let message = format!("request `{token}` has not ended in {} minutes", TAKES.as_secs() / 60);
            return Err(refused(operation, ErrorClass::Busy, message));
        }
        let ask = || clients.resources.get_resource_request_status().request_token(&token).send();
        event = clients.caller.call("cloudformation:GetResourceRequestStatus", ask).await?.progress_event;
    }
}

/// Why a request failed. <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_ProgressEvent.html>
fn failed(operation: &str, event: &ProgressEvent) -> CloudError {
    use HandlerErrorCode as Code;
    let class = match event.error_code() {
        Some(Code::AlreadyExists) => ErrorClass::Exists,
        Some(Code::NotFound) => ErrorClass::NotFound,
        Some(Code::Throttling | Code::ResourceConflict | Code::NotStabilized) => ErrorClass::Busy,
        Some(Code::AccessDenied) => ErrorClass::Denied,
        Some(Code::ServiceLimitExceeded) => ErrorClass::Quota,
        Some(Code::InternalFailure | Code::ServiceInternalError | Code::NetworkFailure) => ErrorClass::Service,
        Some(code) if code.as_str() == "UnauthorizedTaggingOperation" => ErrorClass::Denied,
        _ => ErrorClass::Invalid,
    };
    let code = event.error_code().map(|code| code.as_str().to_owned());
    let message =
        event.status_message().map_or_else(|| "the request failed without a message".to_owned(), str::to_owned);
    CloudError { operation: operation.to_owned(), code, message, class }
}

/// One change is asked for once, however often the request goes out.
fn token() -> String {
    format!("{:016x}{:016x}", host::random_u64(), host::random_u64())
}

fn is_tagged(name: &str) -> bool {
    Schema::of(TypedName::of_key(name).type_name).tags.is_some()
}

/// One of a type without tags, under the tags of the user whose prefix it has. What it is now counts as what was put there last: nothing
/// tells an edit from a change of the lab.
fn by_name(scope: &Scope, key: &Key, live: Live) -> Live {
    let has_prefix =
        |user: &&UserName| key.bare_name().strip_prefix(user.as_str()).is_some_and(|rest| rest.starts_with('-'));
    // Of two users whose names begin alike the longer one is meant.
    let user = scope.users.iter().filter(has_prefix).max_by_key(|user| user.as_str().len());
    let Some(user) = user.filter(|_| scope.keys.contains(key)) else { return live };
    let wanted = scope.wanted.get(key);
    let mut tags = wanted.map_or_else(Tags::new, |wanted| wanted.tags.clone());
    tags.insert(tag::LAB.to_owned(), scope.lab.to_string());
    tags.insert(tag::USER.to_owned(), user.to_string());
    let both = live.body.of::<AnyResource>().zip(wanted.and_then(|wanted| wanted.body.of::<AnyResource>()));
    let digest = both.map(|(content, wanted)| content.comparable(wanted).digest());
    if let Some(digest) = digest {
        tags.insert(tag::DIGEST.to_owned(), digest.as_str().to_owned());
    }
    Live { tags, ..live }
}
