//! From an AWS error code to what can be done about it.
//!
//! Common errors: <https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html>

use super::ErrorClass;

/// The class of a service's answer: `operation` is `service:Operation`, `status` the HTTP status.
pub(super) fn classify(operation: &str, code: Option<&str>, status: u16, message: &str) -> ErrorClass {
    let code = code.unwrap_or_default();
    // Some services put a namespace before the code (`AWS.SimpleQueueService.NonExistentQueue`) or a type after it.
    let code = code.rsplit(['.', '#']).next().unwrap_or(code);
    if is_propagation(operation, code, message) {
        return ErrorClass::IamPropagation;
    }
    match code {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "ExpiredTokenError"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "InvalidAccessKeyId"
        | "AuthFailure"
        | "OptInRequired" => ErrorClass::Credentials,
        "AccessDenied" | "AccessDeniedException" | "AuthorizationError" | "NotAuthorized" | "UnauthorizedOperation" => {
            ErrorClass::Denied
        }
        "NotImplemented"
        | "NotImplementedException"
        | "UnknownOperation"
        | "UnknownOperationException"
        | "InvalidAction" => ErrorClass::NotImplemented,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "PriorRequestNotComplete" => ErrorClass::Throttled,
        "ResourceConflictException" if message.to_lowercase().contains("already exist") => ErrorClass::Exists,
        "StateMachineDeleting"
        | "ConcurrentModification"
        | "ConcurrentModificationException"
        | "ConcurrentOperationException"
        | "ConflictException"
        | "OperationAbortedException"
        | "QueueDeletedRecently"
        | "DeleteConflict"
        | "ResourceConflictException" => ErrorClass::Busy,
        "EntityAlreadyExists"
        | "AlreadyExistsException"
        | "ResourceAlreadyExistsException"
        | "StateMachineAlreadyExists"
        | "QueueAlreadyExists"
        | "QueueNameExists"
        | "ExecutionAlreadyExists" => ErrorClass::Exists,
        "NoSuchEntity"
        | "ResourceNotFound"
        | "ResourceNotFoundException"
        | "StateMachineDoesNotExist"
        | "ExecutionDoesNotExist"
        | "QueueDoesNotExist"
        | "NonExistentQueue"
        | "DashboardNotFoundError" => ErrorClass::NotFound,
        "LimitExceeded"
        | "ServiceLimitExceededException"
        | "LimitExceededException"
        | "ServiceQuotaExceededException"
        | "StateMachineLimitExceeded"
        | "ExecutionLimitExceeded"
        | "CodeStorageExceededException"
        | "TooManyTags"
        | "QuotaExceededException" => ErrorClass::Quota,
        _ => by_status(code, status),
    }
}

/// The class of what has no code, or one that is not known here. A good many things answer 404 that are not the service; only one
/// that says in its code what was not found has looked for it.
fn by_status(code: &str, status: u16) -> ErrorClass {
    let says_not_found = ["NotFound", "DoesNotExist", "NoSuch", "NonExistent"].iter().any(|part| code.contains(part));
    match status {
        300..=399 | 407 => ErrorClass::NoAnswer,
        404 if !says_not_found => ErrorClass::NoAnswer,
        501 => ErrorClass::NotImplemented,
        429 => ErrorClass::Throttled,
        401 | 403 => ErrorClass::Denied,
        404 => ErrorClass::NotFound,
        400..=499 => ErrorClass::Invalid,
        500..=599 => ErrorClass::Service,
        _ => ErrorClass::Other,
    }
}

/// The three texts by which AWS says that a fresh role is not known everywhere yet. None has a code of its own.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
fn is_propagation(operation: &str, code: &str, message: &str) -> bool {
    match code {
        "InvalidParameterValueException" => {
            operation.starts_with("lambda:") && message.contains("cannot be assumed by Lambda")
        }
        "AccessDeniedException" => {
            matches!(operation, "states:CreateStateMachine" | "states:UpdateStateMachine")
                && (message.contains("not authorized to access the Log Destination")
                    || message.contains("authorized to assume the provided role"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_propagation_texts_are_told_from_their_neighbours() {
        let machine = |message| classify("states:CreateStateMachine", Some("AccessDeniedException"), 400, message);
        let log = "The state machine IAM Role is not authorized to access the Log Destination";
        let trust = "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to \
                     assume the provided role.";
        let lambda = "The role defined for the function cannot be assumed by Lambda.";
        assert_eq!(machine(log), ErrorClass::IamPropagation);
        assert_eq!(machine(trust), ErrorClass::IamPropagation);
        assert_eq!(machine("User: … is not authorized to perform: states:CreateStateMachine"), ErrorClass::Denied);
        let function =
            |message| classify("lambda:CreateFunction", Some("InvalidParameterValueException"), 400, message);
        assert_eq!(function(lambda), ErrorClass::IamPropagation);
        assert_eq!(function("Unzipped size must be smaller than 262144000 bytes"), ErrorClass::Invalid);
        assert_eq!(classify("states:StartExecution", Some("AccessDeniedException"), 400, log), ErrorClass::Denied);
    }

    #[test]
    fn codes_have_classes() {
        let table = [
            ("sts:GetCallerIdentity", "ExpiredToken", 403, "", ErrorClass::Credentials),
            ("states:ListStateMachines", "UnrecognizedClientException", 400, "", ErrorClass::Credentials),
            ("iam:CreateRole", "AccessDenied", 403, "", ErrorClass::Denied),
            (
                "lambda:CreateFunction",
                "ResourceConflictException",
                409,
                "Function already exist: a",
                ErrorClass::Exists,
            ),
            (
                "lambda:UpdateFunctionCode",
                "ResourceConflictException",
                409,
                "An update is in progress",
                ErrorClass::Busy,
            ),
            ("states:CreateStateMachine", "StateMachineDeleting", 400, "", ErrorClass::Busy),
            ("iam:CreateRole", "Throttling", 400, "Rate exceeded", ErrorClass::Throttled),
            ("lambda:GetFunction", "ResourceNotFoundException", 404, "", ErrorClass::NotFound),
            ("sqs:GetQueueUrl", "AWS.SimpleQueueService.NonExistentQueue", 400, "", ErrorClass::NotFound),
            ("iam:CreateRole", "LimitExceeded", 409, "", ErrorClass::Quota),
            ("states:CreateStateMachine", "InvalidDefinition", 400, "", ErrorClass::Invalid),
            ("tag:GetResources", "UnknownOperationException", 501, "", ErrorClass::NotImplemented),
            ("tag:GetResources", "Whatever", 501, "", ErrorClass::NotImplemented),
            ("states:CreateStateMachine", "InternalFailure", 500, "", ErrorClass::Service),
        ];
        for (operation, code, status, message, class) in table {
            assert_eq!(classify(operation, Some(code), status, message), class, "{code}");
        }
        assert_eq!(classify("iam:CreateRole", None, 503, ""), ErrorClass::Service);
        // Whoever does not say what was not found did not look for it.
        for (code, class) in [
            (None, ErrorClass::NoAnswer),
            (Some("NOT_FOUND"), ErrorClass::NoAnswer),
            (Some("404"), ErrorClass::NoAnswer),
            (Some("AliasDoesNotExist"), ErrorClass::NotFound),
            (Some("NoSuchThing"), ErrorClass::NotFound),
        ] {
            assert_eq!(classify("states:DescribeStateMachine", code, 404, ""), class, "{code:?}");
        }
        assert_eq!(classify("states:DescribeStateMachine", None, 302, ""), ErrorClass::NoAnswer);
    }
}
