//! The services that `aws-sdk:` resources can call, and what of them.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>

use super::service::OFFERED;

/// A service of the endpoint as `aws-sdk:` resources see it.
pub(super) struct SdkService {
    /// Its name in a resource: the `sfn` of `aws-sdk:sfn:startExecution`.
    pub(super) prefix: &'static str,
    /// Its signing name, by which the endpoint knows it.
    pub(super) signing: &'static str,
    /// Its name in errors, which is that of the SDK for Java: `Sfn.ExecutionDoesNotExistException`.
    pub(super) name: &'static str,
    /// Whether the members of its API begin with a small letter; in a workflow all begin with a capital.
    pub(super) is_camel: bool,
    /// The operations that the endpoint offers.
    pub(super) operations: &'static [&'static str],
    /// The errors of its model, without `Exception` at the end. Any other comes as `Sfn.SfnException`.
    errors: &'static [&'static str],
}

/// Every service that can be called.
pub(super) const SERVICES: [SdkService; 8] = [
    SdkService {
        prefix: "sfn",
        signing: "states",
        name: "Sfn",
        is_camel: true,
        operations: &OFFERED,
        errors: &[
            "Conflict",
            "ExecutionAlreadyExists",
            "ExecutionDoesNotExist",
            "ExecutionLimitExceeded",
            "InvalidArn",
            "InvalidDefinition",
            "InvalidExecutionInput",
            "InvalidLoggingConfiguration",
            "InvalidName",
            "InvalidOutput",
            "InvalidToken",
            "InvalidTracingConfiguration",
            "MissingRequiredParameter",
            "ResourceNotFound",
            "StateMachineAlreadyExists",
            "StateMachineDeleting",
            "StateMachineDoesNotExist",
            "StateMachineLimitExceeded",
            "StateMachineTypeNotSupported",
            "TaskDoesNotExist",
            "TaskTimedOut",
            "TooManyTags",
            "Validation",
        ],
    },
    SdkService {
        prefix: "lambda",
        signing: "lambda",
        name: "Lambda",
        is_camel: false,
        operations: &[
            "CreateFunction",
            "DeleteFunction",
            "GetFunction",
            "GetFunctionConfiguration",
            "Invoke",
            "ListFunctions",
            "ListTags",
            "TagResource",
            "UntagResource",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ],
        errors: &[
            "CodeStorageExceeded",
            "InvalidParameterValue",
            "InvalidRequestContent",
            "InvalidRuntime",
            "InvalidZipFile",
            "PolicyLengthExceeded",
            "PreconditionFailed",
            "RequestTooLarge",
            "ResourceConflict",
            "ResourceInUse",
            "ResourceNotFound",
            "ResourceNotReady",
            "Service",
            "TooManyRequests",
            "UnsupportedMediaType",
        ],
    },
    SdkService {
        prefix: "sqs",
        signing: "sqs",
        name: "Sqs",
        is_camel: false,
        operations: &[
            "ChangeMessageVisibility",
            "CreateQueue",
            "DeleteMessage",
            "DeleteMessageBatch",
            "DeleteQueue",
            "GetQueueAttributes",
            "GetQueueUrl",
            "ListQueueTags",
            "ListQueues",
            "PurgeQueue",
            "ReceiveMessage",
            "SendMessage",
            "SendMessageBatch",
            "SetQueueAttributes",
            "TagQueue",
            "UntagQueue",
        ],
        errors: &[
            "BatchEntryIdsNotDistinct",
            "BatchRequestTooLong",
            "EmptyBatchRequest",
            "InvalidAttributeName",
            "InvalidAttributeValue",
            "InvalidBatchEntryId",
            "InvalidIdFormat",
            "InvalidMessageContents",
            "MessageNotInflight",
            "OverLimit",
            "PurgeQueueInProgress",
            "QueueDeletedRecently",
            "QueueDoesNotExist",
            "QueueNameExists",
            "ReceiptHandleIsInvalid",
            "RequestThrottled",
            "TooManyEntriesInBatchRequest",
            "UnsupportedOperation",
        ],
    },
    SdkService {
        prefix: "cloudwatchlogs",
        signing: "logs",
        name: "CloudWatchLogs",
        is_camel: true,
        operations: &[
            "CreateLogGroup",
            "CreateLogStream",
            "DeleteLogGroup",
            "DeleteLogStream",
            "DeleteResourcePolicy",
            "DeleteRetentionPolicy",
            "DescribeLogGroups",
            "DescribeLogStreams",
            "DescribeResourcePolicies",
            "FilterLogEvents",
            "GetLogEvents",
            "ListTagsForResource",
            "ListTagsLogGroup",
            "PutLogEvents",
            "PutResourcePolicy",
            "PutRetentionPolicy",
            "TagLogGroup",
            "TagResource",
            "UntagLogGroup",
            "UntagResource",
        ],
        errors: &[
            "AccessDenied",
            "Conflict",
            "DataAlreadyAccepted",
            "InvalidOperation",
            "InvalidParameter",
            "InvalidSequenceToken",
            "LimitExceeded",
            "OperationAborted",
            "ResourceAlreadyExists",
            "ResourceNotFound",
            "ServiceUnavailable",
            "Throttling",
            "TooManyTags",
            "UnrecognizedClient",
            "Validation",
        ],
    },
    SdkService {
        prefix: "cloudwatch",
        signing: "monitoring",
        name: "CloudWatch",
        is_camel: false,
        operations: &[
            "DeleteDashboards",
            "GetDashboard",
            "GetMetricData",
            "GetMetricStatistics",
            "ListDashboards",
            "ListMetrics",
            "ListTagsForResource",
            "PutDashboard",
            "PutMetricData",
            "TagResource",
            "UntagResource",
        ],
        errors: &[
            "ConcurrentModification",
            "DashboardInvalidInputError",
            "DashboardNotFoundError",
            "InternalServiceFault",
            "InvalidFormatFault",
            "InvalidNextToken",
            "InvalidParameterCombination",
            "InvalidParameterValue",
            "LimitExceeded",
            "MissingRequiredParameter",
            "ResourceNotFound",
        ],
    },
    SdkService {
        prefix: "iam",
        signing: "iam",
        name: "Iam",
        is_camel: false,
        operations: &[
            "AttachRolePolicy",
            "CreateRole",
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "GetAccountAuthorizationDetails",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListInstanceProfilesForRole",
            "ListRolePolicies",
            "ListRoleTags",
            "ListRoles",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
            "UpdateRoleDescription",
        ],
        errors: &[
            "ConcurrentModification",
            "DeleteConflict",
            "EntityAlreadyExists",
            "EntityTemporarilyUnmodifiable",
            "InvalidInput",
            "LimitExceeded",
            "MalformedPolicyDocument",
            "NoSuchEntity",
            "PolicyNotAttachable",
            "ServiceFailure",
            "UnmodifiableEntity",
        ],
    },
    SdkService {
        prefix: "sts",
        signing: "sts",
        name: "Sts",
        is_camel: false,
        operations: &["GetCallerIdentity"],
        errors: &["ExpiredToken", "MalformedPolicyDocument", "PackedPolicyTooLarge", "RegionDisabled"],
    },
    SdkService {
        prefix: "resourcegroupstaggingapi",
        signing: "tagging",
        name: "ResourceGroupsTaggingApi",
        is_camel: false,
        operations: &["GetResources", "GetTagKeys"],
        errors: &[
            "ConcurrentModification",
            "ConstraintViolation",
            "InternalService",
            "InvalidParameter",
            "PaginationTokenExpired",
            "Throttled",
        ],
    },
];

impl SdkService {
    /// A service by its name in a resource.
    pub(super) fn find(prefix: &str) -> Option<&'static Self> {
        SERVICES.iter().find(|service| service.prefix == prefix)
    }

    /// The operation that an action names: `startExecution` is StartExecution.
    pub(super) fn operation(&self, action: &str) -> Option<&'static str> {
        let mut letters = action.chars();
        let first = letters.next()?.to_ascii_uppercase();
        self.operations.iter().copied().find(|name| name.starts_with(first) && name.chars().skip(1).eq(letters.clone()))
    }

    /// What a workflow calls an error of the service: always with `Exception` at the end.
    pub(super) fn error(&self, code: &str) -> String {
        let bare = code.strip_suffix("Exception").unwrap_or(code);
        let known = if self.errors.contains(&bare) { bare } else { self.name };
        // The SDK for Java says Exception where a model says Fault.
        let known = known.strip_suffix("Fault").unwrap_or(known);
        format!("{}.{known}Exception", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_operations_with_a_small_letter() {
        let sfn = SdkService::find("sfn").unwrap();
        assert_eq!(sfn.operation("startExecution"), Some("StartExecution"));
        for unknown in ["", "start", "startExecutions", "startexecution", "createActivity"] {
            assert_eq!(sfn.operation(unknown), None, "{unknown}");
        }
        assert!(SdkService::find("states").is_none() && SdkService::find("dynamodb").is_none());
    }

    #[test]
    fn errors_end_in_exception_and_unlisted_ones_have_the_services_name() {
        let error = |prefix, code| SdkService::find(prefix).unwrap().error(code);
        assert_eq!(error("sfn", "ExecutionAlreadyExists"), "Sfn.ExecutionAlreadyExistsException");
        assert_eq!(error("sfn", "ValidationException"), "Sfn.ValidationException");
        assert_eq!(error("sfn", "AccessDeniedException"), "Sfn.SfnException");
        assert_eq!(error("iam", "NoSuchEntity"), "Iam.NoSuchEntityException");
        assert_eq!(error("sqs", "MissingParameter"), "Sqs.SqsException");
        assert_eq!(error("cloudwatch", "InternalServiceFault"), "CloudWatch.InternalServiceException");
    }
}
