//! Lambda functions. <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>
//!
//! While a function is Pending or an update is InProgress, every change is refused, a tag among them; so each step waits for the
//! one before, where its answer does not say that it is done.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, FunctionConfiguration, LastUpdateStatus, Runtime, State};
use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::account::Account;
use super::caller::{found, refused, still_owned};
use super::settle::{SETTLES, Settled};
use super::transport::download;
use crate::cloud::{CloudError, ErrorClass};
use crate::host;
use crate::kind::{Code, Function, Live, LiveState, Part, Resource};
use crate::model::{Owner, Tags, tag};

/// AWS gives fifty at most, whatever is asked for.
const PAGE: i32 = 1000;

fn wanted(resource: &Resource) -> Result<&Function, CloudError> {
    resource.body.of::<Function>().ok_or_else(|| {
        let message = format!("{} has no function's content", resource.key);
        refused("lambda:CreateFunction", ErrorClass::Invalid, message)
    })
}

fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl Account {
    pub(super) async fn read_function(&self, name: &str) -> Result<Option<Live>, CloudError> {
        let ask = || self.lambda.get_function().function_name(name).send();
        let Some(answer) = found(self.caller.call("lambda:GetFunction", ask).await)? else { return Ok(None) };
        let Some(configuration) = &answer.configuration else { return Ok(None) };
        let tags = answer.tags.unwrap_or_default().into_iter().collect();
        Ok(Some(live(configuration, tags)))
    }

    /// The zip behind `Code.Location`. <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html>
    pub(super) async fn download_package(&self, name: &str) -> Result<Option<Vec<u8>>, CloudError> {
        let ask = || self.lambda.get_function().function_name(name).send();
        let Some(answer) = found(self.caller.call("lambda:GetFunction", ask).await)? else { return Ok(None) };
        let Some(location) = answer.code.and_then(|code| code.location) else {
            let message = format!("the endpoint does not say where the code of `{name}` can be read");
            return Err(refused("lambda:GetFunction", ErrorClass::NotImplemented, message));
        };
        let download = download(&location, self.ca_bundle.as_ref());
        let bytes = self.caller.once("download", download).await?;
        // What stands in between may answer here, too, and what it answers with must not be kept as a student's work.
        let expected = answer.configuration.and_then(|configuration| configuration.code_sha256);
        let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&bytes));
        if expected.is_some_and(|expected| expected != digest) {
            let message = format!("what was downloaded is not the code of `{name}`: its SHA-256 is `{digest}`");
            return Err(refused("lambda:GetFunction", ErrorClass::NoAnswer, message));
        }
        Ok(Some(bytes))
    }

    pub(super) async fn create_function(&self, resource: &Resource) -> Result<String, CloudError> {
        let function = wanted(resource)?;
        let name = &resource.key.name;
        let zip = package(name, &function.code).await?;
        let create = || {
            let request =
                self.lambda.create_function().function_name(name).runtime(Runtime::from(function.runtime.as_str()));
            let request = request.handler(&function.handler).role(&function.role).description(&function.description);
            let request = request.timeout(whole(function.timeout_seconds)).memory_size(whole(function.memory_mib));
            let request = request.environment(environment(&function.environment));
            let request = request.code(FunctionCode::builder().zip_file(zip.clone()).build());
            let request = resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value));
            request.send()
        };
        let answer = self.caller.call("lambda:CreateFunction", create).await?;
        let is_active = answer.state() == Some(&State::Active);
        if !is_active && let Settled::Failed(reason) = self.settled(name).await? {
            // It is this call's own, and no page would show that it failed.
            let delete = || self.lambda.delete_function().function_name(name).send();
            found(self.caller.call("lambda:DeleteFunction", delete).await)?;
            let message = format!("`{name}` could not be made: {reason}");
            return Err(refused("lambda:CreateFunction", ErrorClass::Service, message));
        }
        Ok(answer.function_arn.unwrap_or_default())
    }

    pub(super) async fn update_function(
        &self,
        resource: &Resource,
        arn: &str,
        parts: &BTreeSet<Part>,
    ) -> Result<(), CloudError> {
        let function = wanted(resource)?;
        let name = &resource.key.name;
        if parts.contains(&Part::Code) && parts.contains(&Part::Configuration) {
            // Between the two calls the function is neither old nor new; without the digest it is known to be unfinished.
            let untag = || self.lambda.untag_resource().resource(arn).tag_keys(tag::DIGEST).send();
            self.caller.call("lambda:UntagResource", untag).await?;
        }
        if parts.contains(&Part::Code) {
            let zip = package(name, &function.code).await?;
            let update = || {
                let request = self.lambda.update_function_code().function_name(name).zip_file(zip.clone());
                request.send()
            };
            let answer = self.caller.call("lambda:UpdateFunctionCode", update).await?;
            self.changed(name, answer.last_update_status()).await?;
        }
        if parts.contains(&Part::Configuration) {
            let update = || {
                let request = self.lambda.update_function_configuration().function_name(name);
                let request = request.runtime(Runtime::from(function.runtime.as_str())).handler(&function.handler);
                let request = request.role(&function.role).description(&function.description);
                let request = request.timeout(whole(function.timeout_seconds)).memory_size(whole(function.memory_mib));
                request.environment(environment(&function.environment)).send()
            };
            let answer = self.caller.call("lambda:UpdateFunctionConfiguration", update).await?;
            self.changed(name, answer.last_update_status()).await?;
        }
        let put = || {
            let request = self.lambda.tag_resource().resource(arn);
            resource.tags.iter().fold(request, |request, (key, value)| request.tags(key, value)).send()
        };
        self.caller.call("lambda:TagResource", put).await.map(|_| ())
    }

    pub(super) async fn delete_function(&self, name: &str, owner: &Owner) -> Result<bool, CloudError> {
        if self.seen(Function::KIND, name, owner).is_none() {
            let Some(live) = self.read_function(name).await? else { return Ok(false) };
            if live.state != LiveState::Deleting {
                still_owned("lambda:DeleteFunction", name, owner, &live.tags)?;
            }
        }
        let delete = || self.lambda.delete_function().function_name(name).send();
        let Some(answer) = found(self.caller.call("lambda:DeleteFunction", delete).await)? else { return Ok(false) };
        // 204 is gone, 202 is going.
        if answer.status_code() != 202 {
            return Ok(true);
        }
        let mut looks = self.caller.looks(SETTLES);
        loop {
            let ask = || self.lambda.get_function().function_name(name).send();
            if found(self.caller.call("lambda:GetFunction", ask).await)?.is_none() {
                return Ok(true);
            }
            if !looks.next().await {
                return Err(refused(
                    "lambda:DeleteFunction",
                    ErrorClass::Busy,
                    format!("`{name}` is still being deleted"),
                ));
            }
        }
    }

    /// Names of functions, page by page, and those that are to be kept without their tags, which no page shows. AWS leaves a
    /// function's state out here, too.
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
    pub(super) async fn functions(
        &self,
        keep: impl Fn(&FunctionConfiguration) -> bool,
    ) -> Result<FunctionPages, CloudError> {
        let (mut pages, mut marker) = (FunctionPages::default(), None);
        loop {
            let ask = || self.lambda.list_functions().max_items(PAGE).set_marker(marker.clone()).send();
            let page = self.caller.call("lambda:ListFunctions", ask).await?;
            let functions = page.functions.unwrap_or_default();
            pages.pages += 1;
            if let Some(first) = functions.first() {
                self.settling.learn(first.state().is_some());
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

    /// Waits until a change that was answered with this status is in force.
    async fn changed(&self, name: &str, status: Option<&LastUpdateStatus>) -> Result<(), CloudError> {
        if status == Some(&LastUpdateStatus::Successful) {
            return Ok(());
        }
        match self.settled(name).await? {
            Settled::Failed(reason) => {
                let message = format!("`{name}` could not be changed: {reason}");
                Err(refused("lambda:UpdateFunctionCode", ErrorClass::Service, message))
            }
            Settled::Ready | Settled::NotYet => Ok(()),
        }
    }
}

/// What ListFunctions showed.
#[derive(Default)]
pub(super) struct FunctionPages {
    pub(super) names: Vec<String>,
    pub(super) kept: BTreeMap<String, Live>,
    /// How many there were.
    pub(super) pages: usize,
}

pub(super) fn state(configuration: &FunctionConfiguration) -> LiveState {
    match configuration.state() {
        Some(State::Failed) => LiveState::Broken,
        Some(state) if state.as_str() == "Deleting" => LiveState::Deleting,
        // Inactive functions wake up when they are invoked, and can be changed. No state at all is an old function's.
        None | Some(State::Active | State::Inactive) => match configuration.last_update_status() {
            Some(LastUpdateStatus::InProgress) => LiveState::Settling,
            _ => LiveState::Ready,
        },
        Some(_) => LiveState::Settling,
    }
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
