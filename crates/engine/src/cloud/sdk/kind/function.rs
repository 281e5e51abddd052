//! Lambda functions. <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>
//!
//! While a function is Pending or an update is InProgress, every change is refused, a tag among them; so each step waits for the
//! one before, where its answer does not say that it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    Architecture, Environment, FunctionCode, FunctionConfiguration, LastUpdateStatus, Runtime, State,
};
use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::calls::{Calls, Owned, Update};
use super::reading::{believed, no_index, not_in_index, one_by_one, read_all};
use crate::cloud::sdk::caller::{found, still_owned};
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::failure::refused;
use crate::cloud::sdk::observation::{Listed, Observation, ObservedKind};
use crate::cloud::sdk::settle::{APART, FEW, Reading, SETTLES, Settled, Waiting, settled, state};
use crate::cloud::sdk::tagging::{available, tag_index};
use crate::cloud::sdk::transport::download;
use crate::cloud::{CloudError, ErrorClass};
use crate::host;
use crate::kind::{Code, Function, Live, LiveState, Part, Resource};
use crate::model::{Tags, tag};

/// AWS gives fifty at most, whatever is asked for.
const PAGE: i32 = 1000;

#[async_trait]
impl Calls for Function {
    async fn observe(clients: &Clients, observation: Observation<'_>) -> Result<ObservedKind, CloudError> {
        let kind = Self::KIND;
        let keep = |function: &FunctionConfiguration| {
            function.function_name().is_some_and(|name| observation.is_read(kind, name))
        };
        let pages = async { available(list(clients, keep).await) };
        let kinds = [kind];
        let index = tag_index(clients, observation.scope, &kinds);
        let (index, pages) = if observation.is_quick() {
            let index = index.await?;
            if let Some(observed) = believed::<Self>(clients, observation.with(&index), &index).await? {
                return Ok(observed);
            }
            (index, pages.await?)
        } else {
            tokio::try_join!(index, pages)?
        };
        let observation = observation.with(&index);
        let (listed, mut pages, refused) = match pages {
            Ok(pages) => (Listed::All(pages.names), pages.kept, None),
            Err(error) => (Listed::Refused(error.clone()), BTreeMap::new(), Some(error)),
        };
        let mut observed = observation.begin(kind, &listed);
        observed.notes.extend(no_index(&index));
        let mut rest = BTreeSet::new();
        for key in observation.names(kind, listed) {
            let seen = pages.remove(&key.name).and_then(|live| {
                let tags = observation.agreeing(&key, &live)?.clone();
                Some(Live { tags, ..live })
            });
            match seen {
                Some(live) => observed.found.push(observation.sharing(key, live)),
                None => _ = rest.insert(key),
            }
        }
        observed.notes.extend(refused.filter(|_| !rest.is_empty()).map(|error| one_by_one(kind, &error)));
        let read = read_all::<Self>(clients, observation, rest).await?;
        observed.notes.extend(not_in_index(observation, kind, &read));
        observed.found.extend(read);
        Ok(observed)
    }

    async fn read(clients: &Clients, name: &str) -> Result<Option<Live>, CloudError> {
        let ask = || clients.lambda.get_function().function_name(name).send();
        let Some(answer) = found(clients.caller.call("lambda:GetFunction", ask).await)? else { return Ok(None) };
        let Some(configuration) = &answer.configuration else { return Ok(None) };
        let tags = answer.tags.unwrap_or_default().into_iter().collect();
        Ok(Some(live(configuration, tags)))
    }

    async fn create(&self, clients: &Clients, resource: &Resource) -> Result<String, CloudError> {
        let name = &resource.key.name;
        let zip = package(name, &self.code).await?;
        let create = || {
            let request = clients.lambda.create_function().function_name(name);
            let request = request.runtime(Runtime::from(self.runtime.as_str())).handler(&self.handler);
            let request = request.role(&self.role).description(&self.description);
            let request = request.timeout(whole(self.timeout_seconds)).memory_size(whole(self.memory_mib));
            let request = request.environment(environment(&self.environment));
            let request =
                if self.architecture == Self::X86 { request } else { request.architectures(architecture(self)) };
            let layers = Some(self.layers.clone()).filter(|layers| !layers.is_empty());
            let request = request.set_layers(layers);
            let request = request.code(FunctionCode::builder().zip_file(zip.clone()).build());
            resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        let answer = clients.caller.call("lambda:CreateFunction", create).await?;
        let is_active = answer.state() == Some(&State::Active);
        if !is_active && let Settled::Failed(reason) = wait(clients, name).await? {
            // It is this call's own, and no page would show that it failed.
            let delete = || clients.lambda.delete_function().function_name(name).send();
            found(clients.caller.call("lambda:DeleteFunction", delete).await)?;
            let message = format!("`{name}` could not be made: {reason}");
            return Err(refused("lambda:CreateFunction", ErrorClass::Service, message));
        }
        Ok(answer.function_arn.unwrap_or_default())
    }

    async fn update(&self, clients: &Clients, resource: &Resource, update: Update<'_>) -> Result<(), CloudError> {
        let (name, arn, parts) = (&resource.key.name, update.live.arn, update.parts);
        if parts.contains(&Part::Code) && parts.contains(&Part::Configuration) {
            // Between the two calls the function is neither old nor new; without the digest it is known to be unfinished.
            let untag = || clients.lambda.untag_resource().resource(arn).tag_keys(tag::DIGEST).send();
            clients.caller.call("lambda:UntagResource", untag).await?;
        }
        if parts.contains(&Part::Code) {
            let zip = package(name, &self.code).await?;
            let update = || {
                let request = clients.lambda.update_function_code().function_name(name).zip_file(zip.clone());
                request.architectures(architecture(self)).send()
            };
            let answer = clients.caller.call("lambda:UpdateFunctionCode", update).await?;
            changed(clients, name, answer.last_update_status()).await?;
        }
        if parts.contains(&Part::Configuration) {
            let update = || {
                let request = clients.lambda.update_function_configuration().function_name(name);
                let request = request.runtime(Runtime::from(self.runtime.as_str())).handler(&self.handler);
                let request = request.role(&self.role).description(&self.description);
                let request = request.timeout(whole(self.timeout_seconds)).memory_size(whole(self.memory_mib));
                // An empty list, not an absent one, takes away what is there.
                request.environment(environment(&self.environment)).set_layers(Some(self.layers.clone())).send()
            };
            let answer = clients.caller.call("lambda:UpdateFunctionConfiguration", update).await?;
            changed(clients, name, answer.last_update_status()).await?;
        }
        let put = || {
            let request = clients.lambda.tag_resource().resource(arn);
            resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        clients.caller.call("lambda:TagResource", put).await.map(|_| ())
    }

    async fn delete(clients: &Clients, name: &str, live: Owned<'_>) -> Result<bool, CloudError> {
        if clients.seen(&Self::key(name), live.owner).is_none() {
            let Some(there) = Self::read(clients, name).await? else { return Ok(false) };
            if there.state != LiveState::Deleting {
                still_owned("lambda:DeleteFunction", name, live.owner, &there.tags)?;
            }
        }
        let delete = || clients.lambda.delete_function().function_name(name).send();
        let Some(answer) = found(clients.caller.call("lambda:DeleteFunction", delete).await)? else { return Ok(false) };
        // 204 is gone, 202 is going.
        if answer.status_code() != 202 {
            return Ok(true);
        }
        let mut poller = clients.caller.poller(SETTLES);
        loop {
            let ask = || clients.lambda.get_function().function_name(name).send();
            if found(clients.caller.call("lambda:GetFunction", ask).await)?.is_none() {
                return Ok(true);
            }
            if !poller.next().await {
                let message = format!("`{name}` is still being deleted");
                return Err(refused("lambda:DeleteFunction", ErrorClass::Busy, message));
            }
        }
    }
}

/// The zip behind `Code.Location`. <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html>
pub(in crate::cloud::sdk) async fn download_package(
    clients: &Clients,
    name: &str,
) -> Result<Option<Vec<u8>>, CloudError> {
    let ask = || clients.lambda.get_function().function_name(name).send();
    let Some(answer) = found(clients.caller.call("lambda:GetFunction", ask).await)? else { return Ok(None) };
    let Some(location) = answer.code.and_then(|code| code.location) else {
        let message = format!("the endpoint does not say where the code of `{name}` can be read");
        return Err(refused("lambda:GetFunction", ErrorClass::NotImplemented, message));
    };
    let download = download(&location, clients.ca_bundle.as_ref());
    let bytes = clients.caller.once("download", download).await?;
    // What stands in between may answer here, too, and what it answers with must not be kept as a student's work.
    let expected = answer.configuration.and_then(|configuration| configuration.code_sha256);
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&bytes));
    if expected.is_some_and(|expected| expected != digest) {
        let message = format!("what was downloaded is not the code of `{name}`: its SHA-256 is `{digest}`");
        return Err(refused("lambda:GetFunction", ErrorClass::NoAnswer, message));
    }
    Ok(Some(bytes))
}

/// Names of functions, page by page, and those that are to be kept without their tags, which no page shows. AWS leaves a
/// function's state out here, too.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
async fn list(clients: &Clients, keep: impl Fn(&FunctionConfiguration) -> bool) -> Result<FunctionPages, CloudError> {
    let (mut pages, mut marker) = (FunctionPages::default(), None);
    loop {
        let ask = || clients.lambda.list_functions().max_items(PAGE).set_marker(marker.clone()).send();
        let page = clients.caller.call("lambda:ListFunctions", ask).await?;
        let functions = page.functions.unwrap_or_default();
        pages.pages += 1;
        if let Some(first) = functions.first() {
            clients.settling.learn(first.state().is_some());
        }
        for configuration in functions {
            let Some(name) = configuration.function_name() else { continue };
            pages.names.push(name.to_owned());
            if keep(&configuration) {
                pages.kept.insert(name.to_owned(), live(&configuration, Tags::new()));
            }
        }
        marker = page.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(pages);
        }
    }
}

/// What ListFunctions showed.
#[derive(Default)]
struct FunctionPages {
    names: Vec<String>,
    kept: BTreeMap<String, Live>,
    /// How many there were.
    pages: usize,
}

/// Waits until a change that was answered with this status is in force.
async fn changed(clients: &Clients, name: &str, status: Option<&LastUpdateStatus>) -> Result<(), CloudError> {
    if status == Some(&LastUpdateStatus::Successful) {
        return Ok(());
    }
    match wait(clients, name).await? {
        Settled::Failed(reason) => {
            let message = format!("`{name}` could not be changed: {reason}");
            Err(refused("lambda:UpdateFunctionCode", ErrorClass::Service, message))
        }
        Settled::Ready | Settled::NotYet => Ok(()),
    }
}

/// Waits until a function that was made or changed can be changed and invoked, or is known not to come to that.
pub(in crate::cloud::sdk) async fn wait(clients: &Clients, name: &str) -> Result<Settled, CloudError> {
    let _waiting = Waiting::new(&clients.settling.waiting);
    let mut poller = clients.caller.poller(SETTLES);
    // The answer to the change has just said that it is not so yet.
    poller.next().await;
    loop {
        let is_throttled = match poll(clients, name).await {
            Ok(Settled::NotYet) => false,
            Ok(settled) => return Ok(settled),
            // It is being worked on all the same: the next poll will tell.
            Err(error) if error.class == ErrorClass::Throttled => true,
            Err(error) => return Err(error),
        };
        let more = if polls_all(clients) { poller.soon().await } else { poller.next().await };
        if !more {
            let why = if is_throttled { "cannot be looked at" } else { "is still being worked on" };
            return Err(refused("lambda:GetFunction", ErrorClass::Busy, format!("`{name}` {why}")));
        }
    }
}

async fn poll(clients: &Clients, name: &str) -> Result<Settled, CloudError> {
    if polls_all(clients)
        && let Some(settled) = poll_all(clients, name).await
    {
        return Ok(settled);
    }
    let ask = || clients.lambda.get_function().function_name(name).send();
    let answer = clients.caller.call("lambda:GetFunction", ask).await?;
    Ok(answer.configuration.map_or(Settled::Ready, |configuration| settled(&configuration)))
}

/// Whether the list may show how functions are, and is fewer calls than asking for each.
fn polls_all(clients: &Clients) -> bool {
    let pages = clients.settling.pages.load(Ordering::Relaxed);
    let many = clients.settling.waiting.load(Ordering::Relaxed) > pages.max(FEW);
    many && clients.caller.endpoints.all_loopback() && clients.settling.may_show()
}

/// How the list shows a function now; `None` where it does not. Whoever asks while the list is being read takes part in the next
/// reading, so that hundreds who wait are one reading.
async fn poll_all(clients: &Clients, name: &str) -> Option<Settled> {
    let time = &clients.caller.time;
    let asked = time.elapsed();
    let mut last = clients.settling.last.lock().await;
    if last.as_ref().is_none_or(|last| last.began < asked) {
        if !clients.settling.may_show() {
            return None;
        }
        let since = last.as_ref().map(|last| time.elapsed().saturating_sub(last.began));
        time.sleep(since.map_or(Duration::ZERO, |since| APART.saturating_sub(since))).await;
        let began = time.elapsed();
        let states = Mutex::new(BTreeMap::new());
        let note = |configuration: &FunctionConfiguration| {
            let name = configuration.function_name().unwrap_or_default().to_owned();
            let mut states = states.lock().unwrap_or_else(PoisonError::into_inner);
            states.insert(name, settled(configuration));
            false
        };
        match list(clients, note).await {
            Ok(read) => clients.settling.pages.store(read.pages, Ordering::Relaxed),
            Err(_) => clients.settling.learn(false),
        }
        let states = states.into_inner().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Reading { began, states });
    }
    if !clients.settling.may_show() {
        return None;
    }
    last.as_ref().and_then(|last| last.states.get(name).cloned())
}

fn live(configuration: &FunctionConfiguration, tags: Tags) -> Live {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let number = |value: Option<i32>| value.and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
    let variables = configuration.environment().and_then(|environment| environment.variables());
    let body = Function {
        runtime: text(configuration.runtime().map(Runtime::as_str)),
        handler: text(configuration.handler()),
        role: text(configuration.role()),
        description: text(configuration.description()),
        timeout_seconds: number(configuration.timeout()),
        memory_mib: number(configuration.memory_size()),
        architecture: configuration.architectures().first().map_or(Function::X86, Architecture::as_str).to_owned(),
        layers: configuration.layers().iter().filter_map(|layer| layer.arn().map(str::to_owned)).collect(),
        environment: variables.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect(),
        code: Code { sha256: text(configuration.code_sha256()), package: None },
    };
    Live { arn: text(configuration.function_arn()), body: body.into(), tags, state: state(configuration) }
}

fn environment(variables: &BTreeMap<String, String>) -> Environment {
    // An empty map, not an absent one, takes away what is there.
    let pairs = variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Environment::builder().set_variables(Some(pairs)).build()
}

fn architecture(function: &Function) -> Architecture {
    Architecture::from(function.architecture.as_str())
}

fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

async fn package(name: &str, code: &Code) -> Result<Blob, CloudError> {
    let wrong = |message: String| refused("lambda:CreateFunction", ErrorClass::Invalid, message);
    let Some(package) = &code.package else {
        return Err(wrong(format!("no package is at hand for `{name}`; run `labctl render`")));
    };
    let path = package.path.clone();
    let bytes = tokio::task::spawn_blocking(move || host::read(&path, host::LARGEST_FILE)).await;
    let bytes = bytes.map_err(std::io::Error::other).flatten();
    let bytes = bytes.map_err(|error| wrong(format!("cannot read `{}`: {error}", package.path.display())))?;
    Ok(Blob::new(bytes))
}
