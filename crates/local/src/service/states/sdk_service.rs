//! The services and operations that `aws-sdk:` resources can call: all that the endpoint offers.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>

use crate::api::{self, Api, Operation};

/// A service by its name in a resource.
pub(super) fn find(prefix: &str) -> Option<&'static Api> {
    api::ALL.into_iter().find(|api| api.sdk.prefix == prefix)
}

/// The operation that an action names: `startExecution` is StartExecution.
pub(super) fn operation(api: &Api, action: &str) -> Option<&'static Operation> {
    row(api, action).filter(|row| row.is_offered)
}

/// Whether an action is an operation that the service's table has, offered or not.
pub(super) fn knows(api: &Api, action: &str) -> bool {
    row(api, action).is_some()
}

fn row(api: &Api, action: &str) -> Option<&'static Operation> {
    let mut letters = action.chars();
    let first = letters.next()?.to_ascii_uppercase();
    api.operations.iter().find(|row| row.name.starts_with(first) && row.name.chars().skip(1).eq(letters.clone()))
}

/// What a workflow calls an error of the service: always with `Exception` at the end.
pub(super) fn error(api: &Api, code: &str) -> String {
    let bare = code.strip_suffix("Exception").unwrap_or(code);
    let known = if api.sdk.errors.contains(&bare) { bare } else { api.sdk.name };
    // The SDK for Java says Exception where a model says Fault.
    let known = known.strip_suffix("Fault").unwrap_or(known);
    format!("{}.{known}Exception", api.sdk.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_operations_with_a_small_letter() {
        let sfn = find("sfn").unwrap();
        assert_eq!(operation(sfn, "startExecution").map(|row| row.name), Some("StartExecution"));
        for unknown in ["", "start", "startExecutions", "startexecution", "createActivity"] {
            assert!(operation(sfn, unknown).is_none(), "{unknown}");
        }
        assert!(find("states").is_none() && find("dynamodb").is_none());
    }

    #[test]
    fn errors_end_in_exception_and_unlisted_ones_have_the_services_name() {
        let error = |prefix, code| error(find(prefix).unwrap(), code);
        assert_eq!(error("sfn", "ExecutionAlreadyExists"), "Sfn.ExecutionAlreadyExistsException");
        assert_eq!(error("sfn", "ValidationException"), "Sfn.ValidationException");
        assert_eq!(error("sfn", "AccessDeniedException"), "Sfn.SfnException");
        assert_eq!(error("iam", "NoSuchEntity"), "Iam.NoSuchEntityException");
        assert_eq!(error("sqs", "MissingParameter"), "Sqs.SqsException");
        assert_eq!(error("cloudwatch", "InternalServiceFault"), "CloudWatch.InternalServiceException");
    }
}
