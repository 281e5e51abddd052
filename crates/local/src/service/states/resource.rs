//! What a definition names as the resource of a task, and whether the endpoint offers it.

use super::sdk_service;
use crate::api::{Api, Operation};
use crate::arn::{Arn, arn};
use labctl_asl::{CalledOn, Definition, Resource};

/// The ARN of what is called, for a machine of the account and region in which it is.
pub(super) fn arn_of(on: &CalledOn, machine_arn: &str) -> String {
    match on {
        CalledOn::Arn(arn) => arn.clone(),
        CalledOn::Own { service, name } => {
            let (region, account) = Arn::parse(machine_arn).map_or(("", ""), |own| (own.region, own.account));
            arn(service, region, account, name)
        }
    }
}

/// Whether the endpoint itself carries out a task that names this; others are answered by mocks.
pub(crate) fn is_offered(resource: &Resource) -> bool {
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

/// What AWS says of the first Task of a definition that names an operation which Step Functions does not have. Of the other services not all
/// operations are known here.
pub(super) fn unknown_operation(machine: &Definition) -> Option<String> {
    let unknown = |resource: &Resource| match resource {
        Resource::AwsSdk { service, action, .. } => {
            sdk_service::find(service).is_some_and(|api| api.signing == "states" && !sdk_service::knows(api, action))
        }
        _ => false,
    };
    let resource = machine.resources().into_iter().find(unknown)?;
    Some(format!(
        "The resource provided arn:aws:states:::{resource} is not recognized. The value is not a valid resource ARN, or the \
         resource is not available in this region."
    ))
}
