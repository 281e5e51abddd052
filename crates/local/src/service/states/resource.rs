//! What a definition names as the resource of a task, and whether the endpoint offers it.

use super::sdk_service;
use crate::api::{Api, Operation};
use crate::wire::Fault;
use labctl_asl::{Definition, Pattern, Resource};

/// The ARN that a definition names a resource by.
pub(super) fn resource_arn(resource: &Resource) -> String {
    let suffix = |pattern: Pattern| match pattern {
        Pattern::RequestResponse => "",
        Pattern::Sync => ".sync",
        Pattern::Sync2 => ".sync:2",
        Pattern::WaitForTaskToken => ".waitForTaskToken",
    };
    match resource {
        Resource::LambdaFunction { arn } => arn.clone(),
        Resource::Integration { service, action, pattern } => {
            format!("arn:aws:states:::{service}:{action}{}", suffix(*pattern))
        }
        Resource::AwsSdk { service, action, pattern } => {
            format!("arn:aws:states:::aws-sdk:{service}:{action}{}", suffix(*pattern))
        }
    }
}

/// Whether the endpoint can carry out a task that names this.
pub(super) fn is_offered(resource: &Resource) -> bool {
    match resource {
        Resource::LambdaFunction { .. } => true,
        Resource::Integration { service, action, .. } => {
            matches!((service.as_str(), action.as_str()), ("lambda", "invoke") | ("sqs", "sendMessage"))
                || (service == "states" && action == "startExecution")
        }
        Resource::AwsSdk { service, action, .. } => sdk_operation(service, action).is_some(),
    }
}

/// The operation that an `aws-sdk:` resource names.
pub(super) fn sdk_operation(service: &str, action: &str) -> Option<(&'static Api, &'static Operation)> {
    let service = sdk_service::find(service)?;
    Some((service, sdk_service::operation(service, action)?))
}

/// Refuses a definition that uses an integration the local endpoint does not have.
///
/// # Errors
/// 501 that names the resource.
pub(super) fn refuse_not_offered(machine: &Definition) -> Result<(), Fault> {
    match machine.resources().iter().find(|resource| !is_offered(resource)) {
        None => Ok(()),
        Some(resource) => {
            let message = format!("the local endpoint does not offer the integration `{}`", resource_arn(resource));
            Err(Fault::client("NotImplemented", message).status(501))
        }
    }
}
